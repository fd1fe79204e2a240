package main

import (
	"path/filepath"
	"syscall"

	"bookend.dev/seed/sys"
)

// copying makes a copy of the source under a name in the target that nobody uses yet.
type copying struct {
	source  *source
	target  *target
	options *options
	// earlier are the copies of earlier layers in the same volume.
	earlier []layer
	// creator owns what this process creates in the target.
	creator      owner
	knowsCreator bool
	// inherited is the set-group-ID bit that directories get from the volume.
	inherited uint32
	// directorySize is what an empty directory takes, in bytes.
	directorySize int64
	losses        losses
	progress      *progress
	ways          ways
	queue         queue
	links         linkTable
	room          room
}

type owner struct{ user, group uint32 }

type fileID struct {
	inode        uint64
	major, minor uint32
}

func idOf(stat *sys.Stat) fileID { return fileID{stat.Inode, stat.DeviceMajor, stat.DeviceMinor} }

// copyTo copies the source to the name `staging` in the target.
func (c *copying) copyTo(staging string) error {
	if c.source.name != "" {
		child := entry{c.source.name, kindFile, c.source.stat}
		err := c.copyFile(c.source.directory, c.target.directory, staging, &child, "")
		if err == nil {
			c.progress.files.Add(1)
		}
		return err
	}
	if err := sys.MakeDirectory(c.target.directory, staging); err != nil {
		return c.targetFailure(c.target.path, err)
	}
	to, err := sys.OpenDirectory(c.target.directory, staging)
	if err != nil {
		return c.targetFailure(c.target.path, err)
	}
	defer sys.Close(to)
	if err := c.learnCreator(to); err != nil {
		return err
	}
	defer c.links.close()
	root := &branch{from: c.source.directory, to: to}
	root.pending.Store(1)
	c.queue.run(func() { c.copyBranch(root) })
	if err := c.queue.failure(); err != nil {
		return err
	}
	if !c.options.hasLayers() {
		if err := c.options.makeMountPoints(to, c.target.path, c.inherited); err != nil {
			return err
		}
	}
	return c.finishRoot(to)
}

// learnCreator finds out who owns what this process creates, from the first that it has created: in a volume with an
// fsGroup, the group is not that of the process.
func (c *copying) learnCreator(fd int) error {
	var stat sys.Stat
	if err := sys.Statx(fd, "", &stat); err != nil {
		return targetFailure(c.target.path, err)
	}
	c.creator, c.knowsCreator = owner{stat.UID, stat.GID}, true
	c.inherited = stat.Permissions() & syscall.S_ISGID
	c.directorySize = stat.Allocated()
	return nil
}

func (c *copying) stopped() bool { return c.queue.isStopped() }

func (c *copying) inSource(path string) string { return filepath.Join(c.source.path, path) }

func (c *copying) inTarget(path string) string {
	return filepath.Join(c.target.path, contentName, path)
}
