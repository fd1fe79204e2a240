package main

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"

	"bookend.dev/seed/sys"
)

const (
	// Files up to this size, in bytes, are read and written at once: nothing is quicker.
	smallFile = 128 << 10
	// The kernel copies so many bytes of a large file at a time; in between it can be told to stop.
	chunk = 16 << 20
)

var smallBuffers = sync.Pool{New: func() any { return new([smallFile]byte) }}

// copyContent copies what is in an open file, holes included.
func (c *copying) copyContent(from, to int, stat *sys.Stat) error {
	if stat.Size == 0 {
		return nil
	}
	if stat.Size <= blockSize || (stat.Size <= smallFile && stat.Allocated() >= stat.Size) {
		return c.copyThroughMemory(from, to, 0, stat.Size)
	}
	if c.ways.clone.works() {
		if err := sys.Clone(from, to); err == nil {
			c.progress.bytes.Add(stat.Size)
			return nil
		} else if !c.ways.clone.refused(err) {
			return err
		}
	}
	end := int64(0)
	for end < stat.Size {
		data, hole, err := sys.NextData(from, end, stat.Size)
		if err != nil {
			return reading{err}
		}
		if data < hole {
			if err := c.copyStretch(from, to, data, hole); err != nil {
				return err
			}
		}
		c.progress.bytes.Add(hole - end - (hole - data))
		end = hole
	}
	// A hole at the end has not been made by writing.
	return sys.Truncate(to, stat.Size)
}

// copyStretch copies bytes without holes, letting the kernel do it where it can.
func (c *copying) copyStretch(from, to int, start, end int64) error {
	for start < end && !c.stopped() {
		copied, err := c.copySome(from, to, start, int(min(chunk, end-start)))
		if err != nil {
			return err
		}
		start += int64(copied)
		c.progress.bytes.Add(int64(copied))
	}
	return nil
}

func (c *copying) copySome(from, to int, start int64, length int) (int, error) {
	if c.ways.copyRange.works() {
		copied, err := sys.CopyRange(from, to, start, length)
		if err == nil && copied > 0 {
			return copied, nil
		}
		if err != nil && !c.ways.copyRange.refused(err) {
			return 0, err
		}
	}
	if c.ways.send.works() {
		if err := sys.Seek(to, start); err != nil {
			return 0, err
		}
		copied, err := sys.Send(from, to, start, length)
		if err == nil && copied > 0 {
			return copied, nil
		}
		if err != nil && !c.ways.send.refused(err) {
			return 0, err
		}
	}
	length = min(length, smallFile)
	return length, c.copyThroughMemoryUncounted(from, to, start, length)
}

func (c *copying) copyThroughMemory(from, to int, start, size int64) error {
	err := c.copyThroughMemoryUncounted(from, to, start, int(size))
	c.progress.bytes.Add(size)
	return err
}

func (c *copying) copyThroughMemoryUncounted(from, to int, start int64, length int) error {
	pooled := smallBuffers.Get().(*[smallFile]byte)
	defer smallBuffers.Put(pooled)
	buffer := pooled[:length]
	read, err := sys.ReadAt(from, buffer, start)
	if err != nil {
		return reading{err}
	}
	if read < length {
		return reading{fmt.Errorf("it became shorter while it was copied")}
	}
	return sys.WriteAt(to, buffer, start)
}

// reading marks an error as one of the source.
type reading struct{ error }

func (r reading) Unwrap() error { return r.error }

// ways are what the kernel may be asked for. Whether it can depends on the two file systems: the first refusal counts
// for all files.
type ways struct{ clone, copyRange, send way }

type way struct{ failed atomic.Bool }

func (w *way) works() bool { return !w.failed.Load() }

// refused tells whether an error means that there must be another way, and remembers it.
func (w *way) refused(err error) bool {
	for _, refusal := range []syscall.Errno{syscall.EXDEV, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EINVAL, syscall.ENOTTY, syscall.EPERM,
		syscall.EBADF, syscall.ETXTBSY} {
		if errors.Is(err, refusal) {
			w.failed.Store(true)
			return true
		}
	}
	return false
}
