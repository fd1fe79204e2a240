package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// progress counts what is done. A long copy says how far it is every few seconds.
type progress struct {
	files, bytes atomic.Int64
	total        *manifest
	// limit is what an eviction would be for.
	limit sizeLimit
}

// running is the copy that is being made, for what is said when the program is stopped.
var running atomic.Pointer[progress]

const progressEvery = 5 * time.Second

// said is how far it is, for messages.
func (p *progress) said() string {
	files, bytes := counted(p.files.Load(), "file"), size(p.bytes.Load())
	if p.total.files > 0 {
		files = fmt.Sprintf("%d of %s", p.files.Load(), counted(p.total.files, "file"))
	}
	// Of files with names outside of the source, the total has but a part.
	if p.bytes.Load() <= p.total.content {
		bytes += " of " + size(p.total.content)
	}
	return fmt.Sprintf("copied %s, %s", files, bytes)
}

// watch reports until it is stopped.
func (p *progress) watch(report io.Writer, every time.Duration) (stop func()) {
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				fmt.Fprintf(report, "seed: %s\n", p.said())
			}
		}
	}()
	return func() { close(done); <-ended }
}

// size writes bytes for people.
func size(bytes int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	value, unit := float64(bytes), 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	if unit == 0 {
		return counted(bytes, "byte")
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}

// counted writes a number of things.
func counted(number int64, thing string) string {
	if number == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", number, thing)
}
