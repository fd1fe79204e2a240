package main

import (
	"bytes"
	"path/filepath"
	"syscall"

	"bookend.dev/seed/sys"
)

// comparing reads source and content side by side, where digest and identity of the source are not enough: after a new
// start of the node (what was written last may not have reached its disk), on file systems that keep no change time,
// and where the files are others and may have the same content all the same (an image that was fetched again).
//
// A consumer may have changed the content, which is its right. What it changed bears another time than it was copied
// with; what still bears that time must be as it was copied.
type comparing struct {
	source   *source
	from, to []byte
}

// compare gives the path of the first difference and what it is; empty when there is none.
func (t *target) compare(source *source, with slot) (string, error) {
	c := &comparing{source, make([]byte, 1<<20), make([]byte, 1<<20)}
	child := entry{source.name, source.kindOf(&source.stat), source.stat}
	if source.name != "" {
		return c.entry(source.directory, t.directory, &child, with.content, source.path, true)
	}
	return c.directory(source.directory, t.directory, &child, with.content, source.path)
}

// entry compares one entry. `untouched` tells whether the directory that it should be in has its time from the copy.
func (c *comparing) entry(from, to int, child *entry, name, path string, untouched bool) (string, error) {
	var stat sys.Stat
	err := sys.Statx(to, name, &stat)
	switch {
	case child.kind == kindSpecial:
		return "", nil
	case err == syscall.ENOENT && untouched && child.kind != kindMountedFile:
		return path + ": missing", nil
	case err == syscall.ENOENT, err == syscall.EACCES:
		// A consumer has removed it, or closed the directory to others.
		return "", nil
	case err != nil:
		return "", targetFailure(path, err)
	}
	switch child.kind {
	case kindDirectory:
		directory, err := sys.OpenDirectory(from, child.name)
		if err != nil {
			return "", sourceFailure(path, err)
		}
		defer sys.Close(directory)
		return c.directory(directory, to, child, name, path)
	case kindMountedDirectory, kindMountedFile:
		return "", nil
	}
	if stat.Modified != child.stat.Modified {
		return "", nil
	}
	if stat.Type() != child.stat.Type() {
		return path + ": another type", nil
	}
	switch child.kind {
	case kindFile:
		return c.file(from, to, child, name, &stat, path)
	case kindSymlink:
		one, err := sys.Readlink(from, child.name)
		if err != nil {
			return "", sourceFailure(path, err)
		}
		other, err := sys.Readlink(to, name)
		if err != nil {
			return "", targetFailure(path, err)
		}
		if one != other {
			return path + ": another target", nil
		}
	}
	return "", nil
}

func (c *comparing) directory(from, toParent int, directory *entry, name, path string) (string, error) {
	var stat sys.Stat
	if err := sys.Statx(toParent, name, &stat); err != nil {
		return "", targetFailure(path, err)
	}
	if stat.Type() != syscall.S_IFDIR {
		return path + ": another type", nil
	}
	untouched := stat.Modified == directory.stat.Modified
	to, err := sys.OpenDirectory(toParent, name)
	if err == syscall.EACCES {
		// A consumer of another user has closed it to others.
		return "", nil
	}
	if err != nil {
		return "", targetFailure(path, err)
	}
	defer sys.Close(to)
	difference := ""
	err = c.source.each(from, func(child entry) error {
		found, err := c.entry(from, to, &child, child.name, filepath.Join(path, child.name), untouched)
		if err == nil && found != "" {
			difference, err = found, errStopped
		}
		return err
	})
	if err != nil && err != errStopped {
		return "", sourceFailure(path, err)
	}
	return difference, nil
}

func (c *comparing) file(fromDirectory, toDirectory int, child *entry, name string, stat *sys.Stat, path string) (string, error) {
	if stat.Size != child.stat.Size {
		return path + ": another size", nil
	}
	from, err := sys.OpenFile(fromDirectory, child.name)
	if err != nil {
		return "", sourceFailure(path, err)
	}
	defer sys.Close(from)
	to, err := sys.OpenFile(toDirectory, name)
	if err == syscall.EACCES {
		return path + ": its copy cannot be read", nil
	}
	if err != nil {
		return "", targetFailure(path, err)
	}
	defer sys.Close(to)
	for offset := int64(0); offset < stat.Size; offset += int64(len(c.from)) {
		length, err := sys.ReadAt(from, c.from, offset)
		if err != nil {
			return "", sourceFailure(path, err)
		}
		otherLength, err := sys.ReadAt(to, c.to, offset)
		if err != nil {
			return "", targetFailure(path, err)
		}
		if !bytes.Equal(c.from[:length], c.to[:otherLength]) {
			return path + ": another content", nil
		}
	}
	return "", nil
}
