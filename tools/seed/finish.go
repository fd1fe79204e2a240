package main

import (
	"path/filepath"
	"strings"

	"bookend.dev/seed/sys"
)

// placeholder stands for a directory over which something else is mounted: of its own attributes nothing can be seen.
var placeholder = sys.Stat{Mode: 0o755}

// makeLinks gives files their further names, when the first one is complete.
func (c *copying) makeLinks(root int) error {
	for _, link := range c.links {
		path := filepath.Join(link.to.directory, link.to.name)
		from, err := descend(root, link.from.directory)
		if err != nil {
			return targetFailure(c.inTarget(path), err)
		}
		to, err := descend(root, link.to.directory)
		if err == nil {
			err = sys.Link(from, link.from.name, to, link.to.name)
			sys.Close(to)
		}
		sys.Close(from)
		if err != nil {
			return targetFailure(c.inTarget(path), err)
		}
		if link.kind == kindFile {
			c.progress.files.Add(1)
		}
	}
	return nil
}

// finishDirectories gives directories their attributes, the deepest first: a mode may take the right to enter them, and whatever is
// created in one changes its time. They were noted from the top down.
func (c *copying) finishDirectories(root int) error {
	for index := len(c.directories) - 1; index >= 0; index-- {
		if err := c.finishDirectory(root, &c.directories[index]); err != nil {
			return err
		}
	}
	return c.keepAttributes(c.source.directory, root, &c.source.stat, "")
}

func (c *copying) finishDirectory(root int, done *directoryDone) error {
	to, err := descend(root, done.path)
	if err != nil {
		return targetFailure(c.inTarget(done.path), err)
	}
	defer sys.Close(to)
	if done.stat == placeholder {
		if err := sys.ChmodOpen(to, placeholder.Permissions()); err != nil {
			return targetFailure(c.inTarget(done.path), err)
		}
		return nil
	}
	from, err := descend(c.source.directory, done.path)
	if err != nil {
		return sourceFailure(c.inSource(done.path), err)
	}
	defer sys.Close(from)
	return c.keepAttributes(from, to, &done.stat, done.path)
}

// descend opens the directory at a path below an open one, step by step: no symbolic link is followed, and no path is too long.
func descend(root int, path string) (int, error) {
	fd, err := sys.OpenDirectory(root, ".")
	for name := range strings.SplitSeq(path, "/") {
		if err != nil || name == "" {
			return fd, err
		}
		parent := fd
		fd, err = sys.OpenDirectory(parent, name)
		sys.Close(parent)
	}
	return fd, err
}
