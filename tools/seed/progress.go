package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// progress counts what is done. A long copy says how far it is every few seconds.
type progress struct{ files, bytes atomic.Int64 }

const progressEvery = 5 * time.Second

// watch reports until it is stopped.
func (p *progress) watch(report io.Writer, total *manifest, every time.Duration) (stop func()) {
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
				fmt.Fprintf(report, "seed: copied %d of %d files, %s\n", p.files.Load(), total.files, size(p.bytes.Load()))
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
