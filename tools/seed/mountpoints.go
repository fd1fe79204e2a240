package main

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"bookend.dev/seed/sys"
)

// A runtime makes the mount point of a volume by itself, but not below a mount that is read-only, as a share may be.
// These are made in the copy. They belong to it as files of the source do; what is there already stays.

// makeMountPoints makes all of them below an open directory, whose path is for messages.
func (o *options) makeMountPoints(root int, at string, inherited uint32) error {
	for _, point := range o.mountPoints {
		if err := o.makeMountPoint(root, at, point, inherited); err != nil {
			return err
		}
	}
	return nil
}

// remakeMountPoints makes those in the content that are not there any more.
func (o *options) remakeMountPoints(t *target) error {
	if len(o.mountPoints) == 0 {
		return nil
	}
	root, err := sys.OpenDirectory(t.directory, contentName)
	if err == syscall.ENOTDIR {
		return nil
	}
	if err != nil {
		return targetFailure(filepath.Join(t.path, contentName), err)
	}
	defer sys.Close(root)
	return o.makeMountPoints(root, t.path, uint32(t.stat.Mode)&syscall.S_ISGID)
}

func (o *options) makeMountPoint(root int, at string, point mountPoint, inherited uint32) error {
	full := filepath.Join(at, contentName, point.path)
	directory, err := sys.OpenDirectory(root, ".")
	if err != nil {
		return targetFailure(full, err)
	}
	defer func() { sys.Close(directory) }()
	for rest := point.path; ; {
		name, below, isMore := strings.Cut(rest, "/")
		isFile := point.isFile && !isMore
		var stat sys.Stat
		err := sys.Statx(directory, name, &stat)
		switch {
		case err == syscall.ENOENT:
			if err := o.make(directory, name, isFile, inherited); err != nil {
				return targetFailure(full, err)
			}
		case err != nil:
			return targetFailure(full, err)
		case stat.Type() == syscall.S_IFLNK:
			// Where it leads is for the consumer's file system to say.
			return nil
		case isFile == (stat.Type() == syscall.S_IFDIR):
			there := path.Clean(strings.TrimSuffix(point.path, below))
			return &failure{exitUsage, fmt.Sprintf("the mount point %s cannot be made: the source has %s at %s", full, typeOf(&stat), there),
				"Mount the volume elsewhere, or a volume of the other kind."}
		}
		if !isMore {
			return nil
		}
		next, err := sys.OpenDirectory(directory, name)
		if err != nil {
			return targetFailure(full, err)
		}
		sys.Close(directory)
		directory, rest = next, below
	}
}

func typeOf(stat *sys.Stat) string {
	if stat.Type() == syscall.S_IFDIR {
		return "a directory"
	}
	return "a file"
}

// make makes one entry and leaves mode and times of the directory as they are.
func (o *options) make(directory int, name string, isFile bool, inherited uint32) error {
	var stat sys.Stat
	if err := sys.Statx(directory, "", &stat); err != nil {
		return err
	}
	err := makePlaceholder(directory, name, isFile, inherited)
	if err == syscall.EACCES && sys.ChmodOpen(directory, stat.Permissions()|0o700) == nil {
		err = makePlaceholder(directory, name, isFile, inherited)
		if restored := sys.ChmodOpen(directory, stat.Permissions()); err == nil {
			err = restored
		}
	}
	if err == nil && o.chown != nil {
		err = sys.Chown(directory, name, o.chown.user, o.chown.group)
	}
	if err != nil {
		return err
	}
	return sys.SetTimesOpen(directory, stat.Accessed, stat.Modified)
}
