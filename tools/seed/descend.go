package main

import (
	"strings"

	"bookend.dev/seed/sys"
)

// descend opens the directory at a path below an open one, step by step: no symbolic link is followed, and no path is
// too long.
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
