package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"bookend.dev/seed/sys"
)

// source is what is to be copied: an open directory, or a file in one.
type source struct {
	// path is where it is, with all symbolic links resolved.
	path string
	// directory is the open directory; name is empty, or names the file in it that is the source.
	directory int
	name      string
	stat      sys.Stat
	// excluded are directories that are ours and not of the image: the volume that is written to and what it is
	// mounted in.
	excluded []sys.Stat
}

// kind is what becomes of an entry of the source.
type kind byte

const (
	kindDirectory kind = 'd'
	kindFile      kind = 'f'
	kindSymlink   kind = 'l'
	kindFifo      kind = 'p'
	// kindSpecial is a socket or device node: not copied.
	kindSpecial kind = 's'
	// kindMountedDirectory and kindMountedFile are places where something else is mounted over the image (/proc,
	// /etc/hosts, volumes): an empty directory or file stands for them, so that the same can be mounted there again,
	// even where the share is read-only.
	kindMountedDirectory kind = 'D'
	kindMountedFile      kind = 'F'
	// kindExcluded is ours.
	kindExcluded kind = 'x'
)

// openSource resolves the path, which may be or lead through symbolic links, and opens what is there.
func openSource(path string) (*source, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, sourceFailure(path, err)
	}
	// This says best why a path leads nowhere.
	if err := syscall.Stat(absolute, new(syscall.Stat_t)); err != nil {
		return nil, unresolved(absolute, err)
	}
	resolved, err := filepath.EvalSymlinks(absolute)
	if err != nil {
		return nil, sourceFailure(absolute, err)
	}
	opened := &source{path: resolved}
	opened.directory, err = openPath(resolved)
	if err == syscall.ENOTDIR {
		opened.name = filepath.Base(resolved)
		opened.directory, err = openPath(filepath.Dir(resolved))
	}
	if err == nil {
		err = sys.Statx(opened.directory, opened.name, &opened.stat)
	}
	if err != nil {
		return nil, sourceFailure(resolved, err)
	}
	if kind := opened.kindOf(&opened.stat); kind != kindDirectory && kind != kindFile {
		return nil, &failure{exitUsage, fmt.Sprintf("%s is neither a directory nor a file", resolved), "Share the directory that it is in."}
	}
	return opened, nil
}

func unresolved(path string, err error) error {
	var stat sys.Stat
	if errors.Is(err, syscall.ENOENT) && sys.Statx(atWorkingDirectory, path, &stat) == nil && stat.Type() == syscall.S_IFLNK {
		target, _ := sys.Readlink(atWorkingDirectory, path)
		return &failure{exitNoSource, fmt.Sprintf("%s is a symbolic link to %s, which does not exist in this image", path, target),
			"Correct the source path of the share, or the image."}
	}
	return sourceFailure(path, err)
}

const atWorkingDirectory = -100

func openPath(path string) (int, error) {
	for {
		fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
		if err != syscall.EINTR {
			return fd, err
		}
	}
}

// isWithin tells whether the source is a directory, or somewhere in it.
func (s *source) isWithin(directory string) bool {
	resolved, err := filepath.EvalSymlinks(directory)
	if err != nil {
		return false
	}
	resolved, err = filepath.Abs(resolved)
	return err == nil && (s.path == resolved || strings.HasPrefix(s.path, strings.TrimSuffix(resolved, "/")+"/"))
}

// exclude leaves out a directory, as it is not of the image.
func (s *source) exclude(stat sys.Stat) { s.excluded = append(s.excluded, stat) }

func (s *source) kindOf(stat *sys.Stat) kind {
	isDirectory := stat.Type() == syscall.S_IFDIR
	switch {
	case isDirectory && s.isExcluded(stat):
		return kindExcluded
	case s.isMounted(stat) && isDirectory:
		return kindMountedDirectory
	case s.isMounted(stat) && stat.Type() == syscall.S_IFREG:
		return kindMountedFile
	case isDirectory:
		return kindDirectory
	}
	switch stat.Type() {
	case syscall.S_IFREG:
		return kindFile
	case syscall.S_IFLNK:
		return kindSymlink
	case syscall.S_IFIFO:
		return kindFifo
	}
	return kindSpecial
}

func (s *source) isExcluded(stat *sys.Stat) bool {
	return slices.ContainsFunc(s.excluded, func(excluded sys.Stat) bool { return excluded.SameFile(stat) })
}

// isMounted tells whether an entry belongs to another mount than the source. Before Linux 5.8 the kernel does not say,
// and only directories can be told by their device: files of one overlay may show the devices of its layers.
func (s *source) isMounted(stat *sys.Stat) bool {
	if same, known := stat.SameMount(&s.stat); known {
		return !same
	}
	return stat.Type() == syscall.S_IFDIR && !stat.SameDevice(&s.stat)
}

// entry is one entry of a directory of the source.
type entry struct {
	name string
	kind kind
	stat sys.Stat
}

// each calls `visit` with each entry of an open directory of the source, in no order, without what is ours.
func (s *source) each(directory int, visit func(entry) error) error {
	return sys.EachName(directory, func(name string) error {
		found := entry{name: name}
		if err := sys.Statx(directory, name, &found.stat); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if found.kind = s.kindOf(&found.stat); found.kind == kindExcluded {
			return nil
		}
		return visit(found)
	})
}
