package main

import (
	"fmt"
	"path/filepath"
	"syscall"

	"bookend.dev/seed/sys"
)

// publish copies, and puts the copy in place with one rename. Whenever it ends, the content is what was there before or the whole copy.
func (c *copying) publish(described *manifest, boot string) error {
	t := c.target
	staging, err := t.freshName(stagingName)
	if err != nil {
		return err
	}
	if err := c.copyTo(staging); err != nil {
		return err
	}
	if copied := c.progress.files.Load(); copied != described.files {
		return &failure{exitIO, fmt.Sprintf("%s changed while it was copied: it had %d files, %d were copied", c.source.path, described.files, copied),
			"Share a directory of the image that nothing writes to."}
	}
	if boot == "" {
		if err := sys.SyncFileSystem(t.directory); err != nil {
			return targetFailure(t.path, err)
		}
	}
	if err := t.removeMarker(); err != nil {
		return err
	}
	if err := t.putInPlace(staging); err != nil {
		return err
	}
	return t.writeMarker(marker{described.digest, described.identity, boot})
}

// putInPlace gives the copy its name. Where the file system cannot exchange two names at once, the content has none for an instant.
func (t *target) putInPlace(staging string) error {
	path := filepath.Join(t.path, contentName)
	exists, err := t.has(contentName)
	if err != nil {
		return err
	}
	if exists {
		err := sys.Exchange(t.directory, staging, contentName)
		if err == nil {
			return nil
		}
		if err != syscall.EINVAL && err != syscall.ENOSYS && err != syscall.EOPNOTSUPP {
			return targetFailure(path, err)
		}
		aside, err := t.freshName(ourNames + "old")
		if err != nil {
			return err
		}
		if err := sys.Rename(t.directory, contentName, aside); err != nil {
			return targetFailure(path, err)
		}
	}
	if err := sys.Rename(t.directory, staging, contentName); err != nil {
		return targetFailure(path, err)
	}
	return nil
}
