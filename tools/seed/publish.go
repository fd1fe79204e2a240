package main

import (
	"path/filepath"
	"strings"
	"syscall"

	"bookend.dev/seed/sys"
)

// publish fills a fresh name and puts it in place with one rename. Whenever it ends, the content is what was there
// before or the whole copy. The marker that speaks for it has no boot where everything has reached the disk.
func (t *target) publish(into slot, of marker, fill func(staging string) error) error {
	staging, err := t.freshName(stagingName)
	if err != nil {
		return err
	}
	if err := fill(staging); err != nil {
		return err
	}
	if of.boot == "" {
		if err := sys.SyncFileSystem(t.directory); err != nil {
			return targetFailure(t.path, err)
		}
	}
	if err := t.removeMarker(into); err != nil {
		return err
	}
	if err := t.putInPlace(into, staging); err != nil {
		return err
	}
	return t.writeMarker(into, of)
}

// putInPlace gives the copy its name. Where the file system cannot exchange two names at once, the content has none
// for an instant.
func (t *target) putInPlace(into slot, staging string) error {
	path := filepath.Join(t.path, into.content)
	exists, err := t.has(into.content)
	if err != nil {
		return err
	}
	if exists {
		err := sys.Exchange(t.directory, staging, into.content)
		if err == nil {
			return nil
		}
		if err != syscall.EINVAL && err != syscall.ENOSYS && err != syscall.EOPNOTSUPP {
			return targetFailure(path, err)
		}
		if err := t.putAside(into); err != nil {
			return err
		}
	}
	if err := sys.Rename(t.directory, staging, into.content); err != nil {
		return targetFailure(path, err)
	}
	return nil
}

// putAside takes the name from a copy, in one step.
func (t *target) putAside(of slot) error {
	aside, err := t.freshName(oldName)
	if err == nil {
		err = sys.Rename(t.directory, of.content, aside)
	}
	return targetFailure(filepath.Join(t.path, of.content), err)
}

// discard removes a copy, if there is one: first what speaks for it, then its name, so that nobody ever sees a part of
// it.
func (t *target) discard(of slot) error {
	if err := t.removeMarker(of); err != nil {
		return err
	}
	exists, err := t.has(of.content)
	if err != nil || !exists {
		return err
	}
	if err := t.putAside(of); err != nil {
		return err
	}
	return sys.EachName(t.directory, func(name string) error {
		if strings.HasPrefix(name, oldName) {
			// What is stuck is said at the end.
			_ = removeTree(t.directory, name)
		}
		return nil
	})
}
