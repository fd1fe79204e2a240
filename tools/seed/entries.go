package main

import (
	"errors"
	"path/filepath"

	"bookend.dev/seed/sys"
)

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
