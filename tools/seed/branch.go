package main

import (
	"path/filepath"
	"sync/atomic"

	"bookend.dev/seed/sys"
)

// branch is a directory that is being copied, open on both sides until everything in it is.
type branch struct {
	parent   *branch
	path     string
	from, to int
	pending  atomic.Int32
}

// Files of one directory are handed to workers in batches of this size.
const batchSize = 64

// copyBranch copies what is in a directory, and leaves directories and files in it to whoever is free.
func (c *copying) copyBranch(b *branch) {
	defer c.leave(b)
	entries, err := c.source.list(b.from)
	if err != nil {
		c.queue.fail(sourceFailure(c.inSource(b.path), err))
		return
	}
	// The files take the place of all entries: a directory may have very many.
	files := entries[:0]
	var directories []entry
	for _, child := range entries {
		switch child.kind {
		case kindDirectory:
			directories = append(directories, child)
		case kindFile:
			files = append(files, child)
		default:
			if err := c.copySmall(b, &child); err != nil {
				c.queue.fail(err)
				return
			}
		}
	}
	// What is added last is taken first: files before directories, so that few directories are open at a time.
	b.pending.Add(int32(len(directories)))
	for _, child := range directories {
		c.queue.add(func() { c.enter(b, child) })
	}
	for len(files) > 0 {
		batch := files[:min(batchSize, len(files))]
		files = files[len(batch):]
		b.pending.Add(1)
		c.queue.add(func() { c.copyBatch(b, batch) })
	}
}

// enter makes a directory and copies what is in it.
func (c *copying) enter(parent *branch, child entry) {
	b := &branch{parent: parent, path: filepath.Join(parent.path, child.name), from: -1, to: -1}
	b.pending.Store(1)
	err := sys.MakeDirectory(parent.to, child.name)
	if err == nil {
		b.to, err = sys.OpenDirectory(parent.to, child.name)
	}
	if err != nil {
		c.queue.fail(targetFailure(c.inTarget(b.path), err))
		c.leave(b)
		return
	}
	if b.from, err = sys.OpenDirectory(parent.from, child.name); err != nil {
		c.queue.fail(sourceFailure(c.inSource(b.path), err))
		c.leave(b)
		return
	}
	c.mutex.Lock()
	c.directories = append(c.directories, directoryDone{b.path, child.stat})
	c.mutex.Unlock()
	c.copyBranch(b)
}

// leave closes a directory when nobody is at work in it any more.
func (c *copying) leave(b *branch) {
	for b != nil && b.parent != nil && b.pending.Add(-1) == 0 {
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
