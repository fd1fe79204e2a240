package main

import (
	"errors"
	"path/filepath"
	"sync/atomic"

	"bookend.dev/seed/sys"
)

// branch is a directory that is being copied, open on both sides until everything in it is.
type branch struct {
	parent *branch
	path   string
	// child is what it is in its parent; the root has none.
	child    entry
	from, to int
	pending  atomic.Int32
}

// Files of one directory are handed to workers in batches of this size.
const batchSize = 64

// errStopped ends a walk when some other worker has failed.
var errStopped = errors.New("stopped")

// copyBranch copies what is in a directory, and leaves directories and files in it to whoever is free. When nobody is,
// it copies them itself: what waits takes memory.
func (c *copying) copyBranch(b *branch) {
	defer c.leave(b)
	var batch []entry
	err := c.source.each(b.from, func(child entry) error {
		if c.stopped() {
			return errStopped
		}
		switch child.kind {
		case kindDirectory:
			b.pending.Add(1)
			c.queue.give(func() { c.enter(b, child) })
		case kindFile:
			if batch = append(batch, child); len(batch) == batchSize {
				c.giveBatch(b, batch)
				batch = nil
			}
		default:
			return c.copySmall(b, &child)
		}
		return nil
	})
	if err != nil {
		if err != errStopped {
			c.queue.fail(sourceFailure(c.inSource(b.path), err))
		}
		return
	}
	if len(batch) > 0 {
		c.giveBatch(b, batch)
	}
}

func (c *copying) giveBatch(b *branch, files []entry) {
	b.pending.Add(1)
	c.queue.give(func() { c.copyBatch(b, files) })
}

// enter makes a directory and copies what is in it.
func (c *copying) enter(parent *branch, child entry) {
	b := &branch{parent: parent, path: filepath.Join(parent.path, child.name), child: child, from: -1, to: -1}
	b.pending.Store(1)
	err := sys.MakeDirectory(parent.to, child.name)
	if err == nil {
		b.to, err = sys.OpenDirectory(parent.to, child.name)
	}
	if err != nil {
		c.queue.fail(c.targetFailure(c.inTarget(b.path), err))
		c.leave(b)
		return
	}
	if b.from, err = sys.OpenDirectory(parent.from, child.name); err != nil {
		c.queue.fail(c.source.unreadable(parent.from, child.name, c.inSource(b.path), err))
		c.leave(b)
		return
	}
	if err := c.room.take(c.target, c.directorySize); err != nil {
		c.queue.fail(err)
		c.leave(b)
		return
	}
	c.copyBranch(b)
}

// leave gives a directory its attributes when nobody is at work in it any more, and closes it: a mode may take the
// right to create something in it, and whatever is created changes its time.
func (c *copying) leave(b *branch) {
	for b != nil && b.pending.Add(-1) == 0 && b.parent != nil {
		if !c.stopped() {
			if err := c.keepAttributes(b.from, b.to, &b.child.stat, b.path); err != nil {
				c.queue.fail(err)
			}
		}
		if b.from >= 0 {
			sys.Close(b.from)
		}
		if b.to >= 0 {
			sys.Close(b.to)
		}
		b = b.parent
	}
}

func (c *copying) copyBatch(b *branch, files []entry) {
	defer c.leave(b)
	for index := range files {
		if c.stopped() {
			return
		}
		if err := c.copyNamed(b, &files[index]); err != nil {
			c.queue.fail(err)
			return
		}
	}
}
