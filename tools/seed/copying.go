package main

import (
	"path/filepath"
	"sync"

	"bookend.dev/seed/sys"
)

// copying makes a true copy of the source under a name in the target that nobody uses yet.
type copying struct {
	source *source
	target *target
	// creator owns what this process creates in the target.
	creator  owner
	losses   losses
	progress progress
	ways     ways
	queue    queue

	mutex sync.Mutex
	// originals has the first copy of each file with several names, later the further names.
	originals map[fileID]place
	links     []link
	// directories get their attributes when nothing is created in them any more.
	directories []directoryDone
}

type owner struct{ user, group uint32 }

type fileID struct {
	inode        uint64
	major, minor uint32
}

func idOf(stat *sys.Stat) fileID { return fileID{stat.Inode, stat.DeviceMajor, stat.DeviceMinor} }

// place is a name in a directory of the copy; the directory is given by its path below the root of the copy.
type place struct{ directory, name string }

type link struct {
	from, to place
	kind     kind
}

type directoryDone struct {
	path string
	stat sys.Stat
}

// copyTo copies the source to the name `staging` in the target.
func (c *copying) copyTo(staging string) error {
	c.originals = map[fileID]place{}
	if c.source.name != "" {
		if err := c.learnCreator(); err != nil {
			return err
		}
		child := entry{c.source.name, kindFile, c.source.stat}
		return c.copyFile(c.source.directory, c.target.directory, staging, &child, "")
	}
	root := &branch{from: c.source.directory}
	if err := sys.MakeDirectory(c.target.directory, staging); err != nil {
		return targetFailure(c.target.path, err)
	}
	to, err := sys.OpenDirectory(c.target.directory, staging)
	if err != nil {
		return targetFailure(c.target.path, err)
	}
	defer sys.Close(to)
	root.to = to
	root.pending.Store(1)
	if err := c.learnCreator(); err != nil {
		return err
	}
	c.queue.run(func() { c.copyBranch(root) })
	if err := c.queue.failure(); err != nil {
		return err
	}
	if err := c.makeLinks(to); err != nil {
		return err
	}
	return c.finishDirectories(to)
}

// learnCreator finds out who owns what this process creates: in a volume with an fsGroup, the group is not that of the process.
func (c *copying) learnCreator() error {
	const probe = stagingName + ".probe"
	fd, err := sys.CreateFile(c.target.directory, probe)
	if err != nil {
		return targetFailure(c.target.path, err)
	}
	var stat sys.Stat
	err = sys.Statx(fd, "", &stat)
	sys.Close(fd)
	if err == nil {
		err = sys.Remove(c.target.directory, probe)
	}
	if err != nil {
		return targetFailure(c.target.path, err)
	}
	c.creator = owner{stat.UID, stat.GID}
	return nil
}

func (c *copying) stopped() bool { return c.queue.isStopped() }

func (c *copying) inSource(path string) string { return filepath.Join(c.source.path, path) }
