package main

import (
	"fmt"
	"sync"
	"syscall"

	"bookend.dev/seed/sys"
)

// linkTable finds the copy of a file that has several names. It is a directory of the volume, with one more name for
// each such file, and not a list in memory: there may be a million.
type linkTable struct {
	mutex  sync.Mutex
	isOpen bool
	fd     int
}

const linksName = ourNames + "links"

func (l *linkTable) open(t *target) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.isOpen {
		return l.fd, nil
	}
	name, err := t.freshName(linksName)
	if err != nil {
		return -1, err
	}
	if err := sys.MakeDirectory(t.directory, name); err != nil {
		return -1, err
	}
	l.fd, err = sys.OpenDirectory(t.directory, name)
	l.isOpen = err == nil
	return l.fd, err
}

func (l *linkTable) close() {
	if l.isOpen {
		sys.Close(l.fd)
	}
}

// nameOf is the name of a file of the source in the table.
func nameOf(id fileID) string { return fmt.Sprintf("%x-%x-%x", id.inode, id.major, id.minor) }

// copyLinked copies what has several names: the first time under a name of the table, which is then linked, by
// whichever name comes first. A worker that comes second finds that name and links it too, whether the content is
// complete yet or not. `make` copies the entry to a name of a directory.
func (c *copying) copyLinked(b *branch, child *entry, path string, make func(directory int, name string) error) error {
	table, err := c.links.open(c.target)
	if err != nil {
		return c.targetFailure(c.inTarget(path), err)
	}
	name := nameOf(idOf(&child.stat))
	err = sys.Link(table, name, b.to, child.name)
	if err == syscall.ENOENT {
		err = make(table, name)
		if err != nil && err != errExists {
			return err
		}
		err = sys.Link(table, name, b.to, child.name)
	}
	switch {
	case err == nil:
		return nil
	case cannotLink(err) || err == syscall.ENOENT:
		c.losses.add(lostLinks)
		return make(b.to, child.name)
	}
	return c.targetFailure(c.inTarget(path), err)
}

// cannotLink tells whether a file has to be copied in place of getting one more name: another user's
// (fs.protected_hardlinks), too many names, a file system without links, or one that keeps quotas of two directories
// apart.
func cannotLink(err error) bool {
	return isRefusal(err) || err == syscall.EMLINK || err == syscall.EXDEV
}
