package main

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// heard is what was reported so far.
type heard struct {
	mutex sync.Mutex
	lines []string
}

func (h *heard) Write(line []byte) (int, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.lines = append(h.lines, string(line))
	return len(line), nil
}

func TestALongCopySaysHowFarItIs(t *testing.T) {
	done := progress{total: &manifest{files: 9, content: 4 << 30}}
	var said heard
	done.files.Store(7)
	done.bytes.Store(3 << 30)
	stop := done.watch(&said, time.Millisecond)
	time.Sleep(50 * time.Millisecond)
	stop()
	count := len(said.lines)
	if count == 0 || said.lines[0] != "seed: copied 7 of 9 files, 3.0 GiB of 4.0 GiB\n" {
		t.Errorf("said: %q", said.lines)
	}
	time.Sleep(10 * time.Millisecond)
	if len(said.lines) != count {
		t.Error("it went on after it was stopped")
	}
}

func TestSizesAreWrittenForPeople(t *testing.T) {
	var found []string
	for _, bytes := range []int64{0, 1, 1023, 1024, 1536, 5 << 20, 1 << 40, 1 << 51} {
		found = append(found, size(bytes))
	}
	if joined := strings.Join(found, ", "); joined != "0 bytes, 1 byte, 1023 bytes, 1.0 KiB, 1.5 KiB, 5.0 MiB, 1.0 TiB, 2048.0 TiB" {
		t.Error(joined)
	}
}
