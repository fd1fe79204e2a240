package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"

	"bookend.dev/seed/sys"
)

// The names in a target. Consumers see only the content: they mount the volume with `subPath: content`.
const (
	contentName = "content"
	markerName  = ".seed-marker"
	stagingName = ".seed-staging"
	// ourNames is how all names of ours begin that may be left by a run that did not end well.
	ourNames = ".seed-"
)

// target is the directory that is copied to.
type target struct {
	path      string
	directory int
	stat      sys.Stat
}

// openTarget opens the directory and waits until no other seed is at work in it.
func openTarget(path string, say func(string)) (*target, error) {
	fd, err := openPath(path)
	if err != nil {
		return nil, targetFailure(path, err)
	}
	opened := &target{path: path, directory: fd}
	if err := sys.Statx(fd, "", &opened.stat); err != nil {
		return nil, targetFailure(path, err)
	}
	// A kubelet that starts a container again has ended the one before; what a person starts by hand may still run.
	err = syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		say(fmt.Sprintf("another seed is at work in %s: waiting for it", path))
		err = lockExclusively(fd)
	}
	if err != nil && err != syscall.EOPNOTSUPP && err != syscall.ENOSYS {
		return nil, targetFailure(path, err)
	}
	return opened, nil
}

func lockExclusively(fd int) error {
	for {
		if err := syscall.Flock(fd, syscall.LOCK_EX); err != syscall.EINTR {
			return err
		}
	}
}

// free is how many bytes can still be written.
func (t *target) free() (int64, error) {
	var stat syscall.Statfs_t
	for {
		err := syscall.Fstatfs(t.directory, &stat)
		if err == syscall.EINTR {
			continue
		}
		return int64(stat.Bavail) * stat.Bsize, err
	}
}

// has tells whether there is an entry of this name.
func (t *target) has(name string) (bool, error) {
	var stat sys.Stat
	err := sys.Statx(t.directory, name, &stat)
	if err == syscall.ENOENT {
		return false, nil
	}
	if err != nil {
		return false, targetFailure(filepath.Join(t.path, name), err)
	}
	return true, nil
}

// clean removes what earlier runs left, and gives the names of what cannot be removed: a consumer may have made directories of its own
// in what was replaced, which another user may not empty.
func (t *target) clean() ([]string, error) {
	names, err := sys.Names(t.directory)
	if err != nil {
		return nil, targetFailure(t.path, err)
	}
	var stuck []string
	for _, name := range names {
		if !strings.HasPrefix(name, ourNames) || name == markerName {
			continue
		}
		if err := removeTree(t.directory, name); err != nil {
			stuck = append(stuck, name)
		}
	}
	return stuck, nil
}

// freshName is a name of ours that does not exist.
func (t *target) freshName(base string) (string, error) {
	for number := 1; ; number++ {
		name := base
		if number > 1 {
			name = fmt.Sprintf("%s-%d", base, number)
		}
		if exists, err := t.has(name); err != nil || !exists {
			return name, err
		}
	}
}

// removeTree removes an entry with all that is in it, never following a symbolic link.
func removeTree(parent int, name string) error {
	err := sys.Remove(parent, name)
	if err != syscall.EISDIR && err != syscall.EPERM {
		return err
	}
	fd, err := sys.OpenDirectory(parent, name)
	if err == syscall.EACCES {
		// It is ours, and was copied with a mode that keeps its owner out.
		if err = sys.Chmod(parent, name, 0o700); err == nil {
			fd, err = sys.OpenDirectory(parent, name)
		}
	}
	if err != nil {
		return err
	}
	defer sys.Close(fd)
	names, err := sys.Names(fd)
	if err != nil {
		return err
	}
	var failed error
	for _, child := range names {
		err := removeTree(fd, child)
		if err == syscall.EACCES {
			if err = sys.ChmodOpen(fd, 0o700); err == nil {
				err = removeTree(fd, child)
			}
		}
		if failed == nil {
			failed = err
		}
	}
	if failed != nil {
		return failed
	}
	return sys.RemoveDirectory(parent, name)
}
