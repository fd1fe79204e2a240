package main

import (
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"

	"bookend.dev/seed/sys"
)

// copying makes a true copy of the source under a name in the target that nobody uses yet.
type copying struct {
	source *source
	target *target
	// creator owns what this process creates in the target.
	creator  owner
	losses   losses
	progress progress
	ways     ways
	queue    queue

	mutex sync.Mutex
	// originals has the first copy of each file with several names, later the further names.
	originals map[fileID]place
	links     []link
	// directories get their attributes when nothing is created in them any more.
	directories []directoryDone
}

type owner struct{ user, group uint32 }

type fileID struct {
	inode        uint64
	major, minor uint32
}

func idOf(stat *sys.Stat) fileID { return fileID{stat.Inode, stat.DeviceMajor, stat.DeviceMinor} }

// place is a name in a directory of the copy; the directory is given by its path below the root of the copy.
type place struct{ directory, name string }

type link struct {
	from, to place
	kind     kind
}

type directoryDone struct {
	path string
	stat sys.Stat
}

// branch is a directory that is being copied, open on both sides until everything in it is.
type branch struct {
	parent   *branch
	path     string
	from, to int
	pending  atomic.Int32
}

// Files of one directory are handed to workers in batches of this size.
const batchSize = 64

// copyTo copies the source to the name `staging` in the target.
func (c *copying) copyTo(staging string) error {
	c.originals = map[fileID]place{}
	if c.source.name != "" {
		if err := c.learnCreator(); err != nil {
			return err
		}
		child := entry{c.source.name, kindFile, c.source.stat}
		return c.copyFile(c.source.directory, c.target.directory, staging, &child, "")
	}
	root := &branch{from: c.source.directory}
	if err := sys.MakeDirectory(c.target.directory, staging); err != nil {
		return targetFailure(c.target.path, err)
	}
	to, err := sys.OpenDirectory(c.target.directory, staging)
	if err != nil {
		return targetFailure(c.target.path, err)
	}
	defer sys.Close(to)
	root.to = to
	root.pending.Store(1)
	if err := c.learnCreator(); err != nil {
		return err
	}
	c.queue.run(func() { c.copyBranch(root) })
	if err := c.queue.failure(); err != nil {
		return err
	}
	if err := c.makeLinks(to); err != nil {
		return err
	}
	return c.finishDirectories(to)
}

// learnCreator finds out who owns what this process creates: in a volume with an fsGroup, the group is not that of the process.
func (c *copying) learnCreator() error {
	const probe = stagingName + ".probe"
	fd, err := sys.CreateFile(c.target.directory, probe)
	if err != nil {
		return targetFailure(c.target.path, err)
	}
	var stat sys.Stat
	err = sys.Statx(fd, "", &stat)
	sys.Close(fd)
	if err == nil {
		err = sys.Remove(c.target.directory, probe)
	}
	if err != nil {
		return targetFailure(c.target.path, err)
	}
	c.creator = owner{stat.UID, stat.GID}
	return nil
}

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

// copyNamed copies a file, or notes that a file of several names has been copied under another one.
func (c *copying) copyNamed(b *branch, child *entry) error {
	path := filepath.Join(b.path, child.name)
	if c.isFurtherName(b, child) {
		return nil
	}
	return c.copyFile(b.from, b.to, child.name, child, path)
}

func (c *copying) isFurtherName(b *branch, child *entry) bool {
	if child.stat.Links < 2 {
		return false
	}
	id := idOf(&child.stat)
	here := place{b.path, child.name}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	original, seen := c.originals[id]
	if seen {
		c.links = append(c.links, link{original, here, child.kind})
	} else {
		c.originals[id] = here
	}
	return seen
}

func (c *copying) copyFile(fromDirectory, toDirectory int, toName string, child *entry, path string) error {
	from, err := sys.OpenFile(fromDirectory, child.name)
	if err != nil {
		return sourceFailure(c.inSource(path), err)
	}
	defer sys.Close(from)
	to, err := sys.CreateFile(toDirectory, toName)
	if err != nil {
		return targetFailure(c.inTarget(path), err)
	}
	defer sys.Close(to)
	if err := c.copyContent(from, to, &child.stat); err != nil {
		if errors.As(err, new(reading)) {
			return sourceFailure(c.inSource(path), err)
		}
		return targetFailure(c.inTarget(path), err)
	}
	c.progress.files.Add(1)
	return c.keepAttributes(from, to, &child.stat, path)
}

// copySmall copies what is neither directory nor file.
func (c *copying) copySmall(b *branch, child *entry) error {
	path := filepath.Join(b.path, child.name)
	var err error
	switch child.kind {
	case kindSpecial:
		c.losses.add(lostSpecial)
		return nil
	case kindMountedDirectory:
		c.losses.add(lostMounted)
		c.mutex.Lock()
		c.directories = append(c.directories, directoryDone{path, placeholder})
		c.mutex.Unlock()
		err = sys.MakeDirectory(b.to, child.name)
	case kindMountedFile:
		c.losses.add(lostMounted)
		var fd int
		if fd, err = sys.CreateFile(b.to, child.name); err == nil {
			err = sys.ChmodOpen(fd, 0o644)
			sys.Close(fd)
		}
	default:
		if c.isFurtherName(b, child) {
			return nil
		}
		return c.copyNode(b, child, path)
	}
	if err != nil {
		return targetFailure(c.inTarget(path), err)
	}
	return nil
}

func (c *copying) copyNode(b *branch, child *entry, path string) error {
	var err error
	if child.kind == kindFifo {
		if err = sys.MakeFifo(b.to, child.name); err != nil && isRefusal(err) {
			c.losses.add(lostFifos)
			return nil
		}
	} else {
		target, readError := sys.Readlink(b.from, child.name)
		if readError != nil {
			return sourceFailure(c.inSource(path), readError)
		}
		err = sys.MakeSymlink(target, b.to, child.name)
	}
	if err != nil {
		return targetFailure(c.inTarget(path), err)
	}
	return c.keepAttributesOf(b.to, child, path)
}

func (c *copying) stopped() bool { return c.queue.isStopped() }

func (c *copying) inSource(path string) string { return filepath.Join(c.source.path, path) }
