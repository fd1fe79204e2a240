// Package sys has the system calls that copying needs, relative to open directories, so that no path is ever resolved
// twice and no symbolic link is followed by accident. golang.org/x/sys/unix makes the calls; this package repeats what
// a signal interrupted, and gives the tests a place before each write.
package sys

import "golang.org/x/sys/unix"

// Time is a point in time as file systems keep it.
type Time = unix.StatxTimestamp

// Stat describes a file, directory or other entry. There may be many in memory at a time: it has only what is used.
type Stat struct {
	Inode       uint64
	Size        int64
	Accessed    Time
	Changed     Time
	Modified    Time
	blocks      uint64
	mountID     uint64
	UID         uint32
	GID         uint32
	Links       uint32
	DeviceMajor uint32
	DeviceMinor uint32
	Mode        uint16
	hasMountID  bool
}

// Statx describes the entry `name` of an open directory, never following a symbolic link.
func Statx(dir int, name string, stat *Stat) error {
	var found unix.Statx_t
	err := do(func() error {
		return unix.Statx(dir, name, flagsFor(name)|unix.AT_NO_AUTOMOUNT, unix.STATX_BASIC_STATS|unix.STATX_MNT_ID, &found)
	})
	*stat = Stat{
		Inode: found.Ino, Size: int64(found.Size), Accessed: found.Atime, Changed: found.Ctime, Modified: found.Mtime,
		blocks: found.Blocks, mountID: found.Mnt_id, UID: found.Uid, GID: found.Gid, Links: found.Nlink,
		DeviceMajor: found.Dev_major, DeviceMinor: found.Dev_minor, Mode: found.Mode, hasMountID: found.Mask&unix.STATX_MNT_ID != 0,
	}
	return err
}

// flagsFor makes a call speak of a symbolic link itself, and without a name of the open directory or file itself.
func flagsFor(name string) int {
	if name == "" {
		return unix.AT_SYMLINK_NOFOLLOW | unix.AT_EMPTY_PATH
	}
	return unix.AT_SYMLINK_NOFOLLOW
}

// Type is the file type of the mode: syscall.S_IFREG, S_IFDIR, …
func (stat *Stat) Type() uint32 { return uint32(stat.Mode) & unix.S_IFMT }

// Permissions are the mode without the type: read, write, execute, set-user-ID, set-group-ID, sticky.
func (stat *Stat) Permissions() uint32 { return uint32(stat.Mode) &^ unix.S_IFMT }

// SameMount tells whether two entries are on one mount; `known` is false where the kernel does not say (before Linux
// 5.8).
func (stat *Stat) SameMount(other *Stat) (same, known bool) {
	return stat.mountID == other.mountID, stat.hasMountID && other.hasMountID
}

// SameDevice tells whether two entries are on one file system.
func (stat *Stat) SameDevice(other *Stat) bool {
	return stat.DeviceMajor == other.DeviceMajor && stat.DeviceMinor == other.DeviceMinor
}

// SameFile tells whether two entries are one file or directory.
func (stat *Stat) SameFile(other *Stat) bool {
	return stat.Inode == other.Inode && stat.SameDevice(other)
}

// Allocated is how many bytes the content takes on the disk: less than its size where it has holes.
func (stat *Stat) Allocated() int64 { return int64(stat.blocks) * 512 }

// do repeats a call until no signal interrupts it.
func do(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

// retry does so for a call that gives something.
func retry[T any](call func() (T, error)) (found T, err error) {
	err = do(func() error {
		found, err = call()
		return err
	})
	return found, err
}
