package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"

	"bookend.dev/seed/sys"
)

// slot is a place for a copy in a target, with the name of its marker.
type slot struct{ content, marker string }

var contentSlot = slot{contentName, markerName}

// layerSlot is where the copy of one of several sources is, until and after the content is put together.
func layerSlot(layer string) slot {
	name := ourNames + "layer-" + layer
	return slot{name, name + ".marker"}
}

// The names in a target. Consumers see only the content: they mount the volume with `subPath: content`.
const (
	contentName = "content"
	markerName  = ".seed-marker"
	stagingName = ".seed-staging"
	oldName     = ".seed-old"
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

// isMemory tells whether it is in memory, as a volume with medium Memory is.
func (t *target) isMemory() bool {
	const tmpfs = 0x01021994
	var stat syscall.Statfs_t
	return syscall.Fstatfs(t.directory, &stat) == nil && stat.Type == tmpfs
}

// isOutOfInodes tells whether no more files can be made, whatever their size. Some file systems count none.
func (t *target) isOutOfInodes() bool {
	var stat syscall.Statfs_t
	return syscall.Fstatfs(t.directory, &stat) == nil && stat.Files > 0 && stat.Ffree == 0
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

// clean removes what earlier runs left, and counts what cannot be removed: a consumer may have made directories of its
// own in what was replaced, which another user may not empty. What belongs to the layers of the content stays.
func (t *target) clean(layers []string) (stuck int, err error) {
	kept := map[string]bool{markerName: true}
	for _, layer := range layers {
		of := layerSlot(layer)
		kept[of.content], kept[of.marker] = true, true
	}
	err = sys.EachName(t.directory, func(name string) error {
		if strings.HasPrefix(name, ourNames) && !kept[name] && removeTree(t.directory, name) != nil {
			stuck++
		}
		return nil
	})
	if err != nil {
		return 0, targetFailure(t.path, err)
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
	if err := removeAll(fd); err != nil {
		return err
	}
	return sys.RemoveDirectory(parent, name)
}

// removeAll removes everything in an open directory. One that gets smaller while it is read may not show all of its
// entries: it is read again until nothing more can be removed.
func removeAll(fd int) error {
	for {
		removed := 0
		var failed error
		err := sys.EachName(fd, func(child string) error {
			err := removeTree(fd, child)
			if err == syscall.EACCES {
				if err = sys.ChmodOpen(fd, 0o700); err == nil {
					err = removeTree(fd, child)
				}
			}
			if err == nil {
				removed++
			} else if failed == nil {
				failed = err
			}
			return nil
		})
		if err != nil || removed == 0 {
			if err == nil {
				err = failed
			}
			return err
		}
	}
}
