// Package sys has the system calls that copying needs, relative to open directories, so that no path is ever resolved
// twice and no symbolic link is followed by accident. The standard library offers some of them only by path, others
// not at all.
package sys

import (
	"syscall"
	"unsafe"
)

// Time is a point in time as file systems keep it.
type Time struct {
	Seconds     int64
	Nanoseconds uint32
	_           int32
}

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

// answer is what the kernel answers to statx(2), the same on every architecture.
type answer struct {
	mask                     uint32
	_                        uint32
	_                        uint64
	links                    uint32
	uid                      uint32
	gid                      uint32
	mode                     uint16
	_                        uint16
	inode                    uint64
	size                     int64
	blocks                   uint64
	_                        uint64
	accessed                 Time
	_                        Time
	changed                  Time
	modified                 Time
	_                        [2]uint32
	deviceMajor, deviceMinor uint32
	mountID                  uint64
	_                        [13]uint64
}

const (
	statxBasicStats = 0x7ff
	statxMountID    = 0x1000
	atNoAutomount   = 0x800
	// AtEmptyPath makes a call speak of the open directory or file itself.
	AtEmptyPath = 0x1000
	// AtNoFollow makes a call speak of a symbolic link itself.
	AtNoFollow = 0x100
)

// Statx describes the entry `name` of an open directory, never following a symbolic link.
func Statx(dir int, name string, stat *Stat) error {
	flags := AtNoFollow | atNoAutomount
	if name == "" {
		flags |= AtEmptyPath
	}
	path, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	var found answer
	err = retry(func() syscall.Errno {
		_, _, errno := syscall.Syscall6(numberStatx, uintptr(dir), uintptr(unsafe.Pointer(path)), uintptr(flags),
			statxBasicStats|statxMountID, uintptr(unsafe.Pointer(&found)), 0)
		return errno
	})
	*stat = Stat{
		Inode: found.inode, Size: found.size, Accessed: found.accessed, Changed: found.changed, Modified: found.modified,
		blocks: found.blocks, mountID: found.mountID, UID: found.uid, GID: found.gid, Links: found.links,
		DeviceMajor: found.deviceMajor, DeviceMinor: found.deviceMinor, Mode: found.mode, hasMountID: found.mask&statxMountID != 0,
	}
	return err
}

// Type is the file type of the mode: syscall.S_IFREG, S_IFDIR, …
func (stat *Stat) Type() uint32 { return uint32(stat.Mode) & syscall.S_IFMT }

// Permissions are the mode without the type: read, write, execute, set-user-ID, set-group-ID, sticky.
func (stat *Stat) Permissions() uint32 { return uint32(stat.Mode) &^ syscall.S_IFMT }

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

// Same tells whether two points in time are one.
func (time Time) Same(other Time) bool {
	return time.Seconds == other.Seconds && time.Nanoseconds == other.Nanoseconds
}

func retry(call func() syscall.Errno) error {
	for {
		switch errno := call(); errno {
		case 0:
			return nil
		case syscall.EINTR:
		default:
			return errno
		}
	}
}
