package main

import (
	"syscall"

	"bookend.dev/seed/sys"
)

// compare tells whether the content still has what the layers have, as far as no consumer changed it: after a new
// start of the node, when some of it may not have reached the disk. The layers themselves have been compared with
// their images before.
func (m *merging) compare() (string, error) {
	c := &comparing{m.source, make([]byte, 1<<20), make([]byte, 1<<20)}
	return m.compareEntry(c, m.roots(), m.target.directory, contentName, "", true)
}

func (m *merging) compareEntry(c *comparing, spots []spot, to int, name, path string, untouched bool) (string, error) {
	last := spots[len(spots)-1]
	child := entry{name: last.name}
	if err := sys.Statx(last.directory, last.name, &child.stat); err != nil {
		return "", layerFailure(m.target, last.layer, path, err)
	}
	var stat sys.Stat
	isThere := sys.Statx(to, name, &stat) == nil
	switch child.stat.Type() {
	case syscall.S_IFDIR:
		if !isThere && untouched {
			return m.inTarget(path) + ": missing", nil
		}
		if !isThere || stat.Type() != syscall.S_IFDIR {
			return "", nil
		}
		return m.compareDirectory(c, spots, to, name, path, &stat)
	case syscall.S_IFREG:
		child.kind = kindFile
	case syscall.S_IFLNK:
		child.kind = kindSymlink
	default:
		child.kind = kindFifo
	}
	if isThere && stat.SameFile(&child.stat) {
		return "", nil
	}
	return c.entry(last.directory, to, &child, name, m.inTarget(path), untouched)
}

func (m *merging) compareDirectory(c *comparing, spots []spot, to int, name, path string, stat *sys.Stat) (string, error) {
	below, err := m.open(spots, path)
	if err != nil {
		return "", err
	}
	defer closeSpots(below)
	var first sys.Stat
	if err := sys.Statx(below[0].directory, "", &first); err != nil {
		return "", targetFailure(m.inTarget(path), err)
	}
	directory, err := sys.OpenDirectory(to, name)
	if err == syscall.EACCES {
		return "", nil
	}
	if err != nil {
		return "", targetFailure(m.inTarget(path), err)
	}
	defer sys.Close(directory)
	difference := ""
	err = m.each(below, path, func(spots []spot, child, path string) error {
		found, err := m.compareEntry(c, spots, directory, child, path, stat.Modified == first.Modified)
		if err == nil && found != "" {
			difference, err = found, errStopped
		}
		return err
	})
	if err == errStopped {
		err = nil
	}
	return difference, err
}
