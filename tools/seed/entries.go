package main

import (
	"errors"
	"path/filepath"
	"syscall"

	"bookend.dev/seed/sys"
)

// copyNamed copies a file, or gives the copy of a file of several names one more.
func (c *copying) copyNamed(b *branch, child *entry) error {
	path := filepath.Join(b.path, child.name)
	copyTo := func(directory int, name string) error {
		return c.copyFile(b.from, directory, name, child, path)
	}
	var err error
	if child.stat.Links < 2 {
		err = copyTo(b.to, child.name)
	} else {
		err = c.copyLinked(b, child, path, copyTo)
	}
	if err == nil {
		c.progress.files.Add(1)
	}
	return err
}

func (c *copying) copyFile(fromDirectory, toDirectory int, toName string, child *entry, path string) error {
	from, err := sys.OpenFile(fromDirectory, child.name)
	if err != nil {
		return c.source.unreadable(fromDirectory, child.name, c.inSource(path), err)
	}
	defer sys.Close(from)
	if err := c.room.take(c.target, allocation(&child.stat)); err != nil {
		return err
	}
	to, err := sys.CreateFile(toDirectory, toName)
	if err == errExists {
		return err
	}
	if err != nil {
		return c.targetFailure(c.inTarget(path), err)
	}
	defer sys.Close(to)
	if !c.knowsCreator {
		if err := c.learnCreator(to); err != nil {
			return err
		}
	}
	if err := c.copyContent(from, to, &child.stat); err != nil {
		if errors.As(err, new(reading)) {
			return sourceFailure(c.inSource(path), err)
		}
		return c.targetFailure(c.inTarget(path), err)
	}
	return c.keepAttributes(from, to, &child.stat, path)
}

// errExists is the answer to the second of two workers that make the same name of the table of links.
const errExists = syscall.EEXIST

// copySmall copies what is neither directory nor file.
func (c *copying) copySmall(b *branch, child *entry) error {
	path := filepath.Join(b.path, child.name)
	switch child.kind {
	case kindSpecial:
		c.losses.add(lostSpecial)
		return nil
	case kindMountedDirectory, kindMountedFile:
		c.losses.add(lostMounted)
		if child.kind == kindMountedFile && c.isInEarlierLayer(path) {
			return nil
		}
		if err := makePlaceholder(b.to, child.name, child.kind == kindMountedFile, c.inherited); err != nil {
			return c.targetFailure(c.inTarget(path), err)
		}
		return nil
	}
	copyTo := func(directory int, name string) error { return c.copyNode(b.from, directory, name, child, path) }
	if child.stat.Links > 1 {
		return c.copyLinked(b, child, path, copyTo)
	}
	return copyTo(b.to, child.name)
}

// makePlaceholder makes an empty directory or file over which something else can be mounted.
func makePlaceholder(directory int, name string, isFile bool, inherited uint32) error {
	if isFile {
		fd, err := sys.CreateFile(directory, name)
		if err == nil {
			err = sys.ChmodOpen(fd, 0o644)
			sys.Close(fd)
		}
		return err
	}
	if err := sys.MakeDirectory(directory, name); err != nil {
		return err
	}
	return sys.Chmod(directory, name, 0o755|inherited)
}

func (c *copying) copyNode(from, to int, name string, child *entry, path string) error {
	var err error
	if child.kind == kindFifo {
		if err = sys.MakeFifo(to, name); err != nil && err != errExists && isRefusal(err) {
			c.losses.add(lostFifos)
			return nil
		}
	} else {
		target, readError := sys.Readlink(from, child.name)
		if readError != nil {
			return sourceFailure(c.inSource(path), readError)
		}
		err = sys.MakeSymlink(target, to, name)
	}
	if err == errExists {
		return err
	}
	if err != nil {
		return c.targetFailure(c.inTarget(path), err)
	}
	return c.keepAttributesOf(to, name, child, path)
}
