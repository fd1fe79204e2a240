package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Everything that changes a file system goes through this file, and each call through `beforeWrite`: the tests end the
// program there.

func write(call func() error) error {
	beforeWrite()
	return do(call)
}

// CreateFile makes a regular file that only its owner may read and write until its attributes are set.
func CreateFile(dir int, name string) (int, error) {
	beforeWrite()
	return open(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600)
}

// MakeDirectory makes a directory that only its owner may use until its attributes are set.
func MakeDirectory(dir int, name string) error {
	return write(func() error { return unix.Mkdirat(dir, name, 0o700) })
}

// MakeFifo makes a named pipe.
func MakeFifo(dir int, name string) error {
	return write(func() error { return unix.Mknodat(dir, name, unix.S_IFIFO|0o600, 0) })
}

// MakeSymlink makes a symbolic link.
func MakeSymlink(target string, dir int, name string) error {
	return write(func() error { return unix.Symlinkat(target, dir, name) })
}

// Link gives a file a second name.
func Link(fromDir int, fromName string, toDir int, toName string) error {
	return write(func() error { return unix.Linkat(fromDir, fromName, toDir, toName, 0) })
}

// Remove removes a name that is no directory.
func Remove(dir int, name string) error {
	return write(func() error { return unix.Unlinkat(dir, name, 0) })
}

// RemoveDirectory removes an empty directory.
func RemoveDirectory(dir int, name string) error {
	return write(func() error { return unix.Unlinkat(dir, name, unix.AT_REMOVEDIR) })
}

// Rename renames within one directory, replacing a file of the new name.
func Rename(dir int, from, to string) error {
	return write(func() error { return unix.Renameat2(dir, from, dir, to, 0) })
}

// Exchange gives two entries of one directory each other's name, at once.
func Exchange(dir int, one, other string) error {
	if refused("exchange") {
		return unix.ENOSYS
	}
	return write(func() error { return unix.Renameat2(dir, one, dir, other, unix.RENAME_EXCHANGE) })
}

// WriteAt writes the whole buffer at an offset.
func WriteAt(fd int, buffer []byte, offset int64) error {
	for len(buffer) > 0 {
		beforeWrite()
		length, err := unix.Pwrite(fd, buffer, offset)
		if err != nil && err != unix.EINTR {
			return err
		}
		length = max(length, 0)
		buffer, offset = buffer[length:], offset+int64(length)
	}
	return nil
}

// Truncate sets the size of a file; what it gains is a hole.
func Truncate(fd int, size int64) error {
	return write(func() error { return unix.Ftruncate(fd, size) })
}

// Clone lets a file share the content of another on file systems that can (reflink).
func Clone(from, to int) error {
	if refused("clone") {
		return unix.EXDEV
	}
	return write(func() error { return unix.IoctlFileClone(to, from) })
}

// CopyRange lets the kernel copy between two files; `offset` is the same in both.
func CopyRange(from, to int, offset int64, length int) (int, error) {
	if refused("range") {
		return 0, unix.EXDEV
	}
	beforeWrite()
	return retry(func() (int, error) {
		fromOffset, toOffset := offset, offset
		return unix.CopyFileRange(from, &fromOffset, to, &toOffset, length, 0)
	})
}

// Send lets the kernel copy from an offset of one file to the position of another, also between file systems.
func Send(from, to int, offset int64, length int) (int, error) {
	if refused("send") {
		return 0, unix.EXDEV
	}
	beforeWrite()
	return retry(func() (int, error) {
		position := offset
		return unix.Sendfile(to, from, &position, length)
	})
}

// Seek sets the position at which Send writes.
func Seek(fd int, offset int64) error {
	_, err := unix.Seek(fd, offset, unix.SEEK_SET)
	return err
}

// Chown sets owner and group of an entry, of a symbolic link itself; -1 leaves one as it is.
func Chown(dir int, name string, uid, gid int) error {
	return write(func() error { return unix.Fchownat(dir, name, uid, gid, flagsFor(name)) })
}

// ChmodOpen sets the mode of an open file or directory.
func ChmodOpen(fd int, mode uint32) error {
	return write(func() error { return unix.Fchmod(fd, mode) })
}

// Chmod sets the mode of an entry that is known to be no symbolic link.
func Chmod(dir int, name string, mode uint32) error {
	return write(func() error { return unix.Fchmodat(dir, name, mode, 0) })
}

// SetTimes sets when an entry was last read and written, of a symbolic link itself.
func SetTimes(dir int, name string, accessed, modified Time) error {
	times := timespecs(accessed, modified)
	return write(func() error { return unix.UtimesNanoAt(dir, name, times[:], unix.AT_SYMLINK_NOFOLLOW) })
}

// SetTimesOpen does so for an open file or directory. The library has no futimens(2), which is this call without a name.
func SetTimesOpen(fd int, accessed, modified Time) error {
	times := timespecs(accessed, modified)
	return write(func() error {
		_, _, errno := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0)
		if errno != 0 {
			return errno
		}
		return nil
	})
}

func timespecs(accessed, modified Time) [2]unix.Timespec {
	return [2]unix.Timespec{
		{Sec: accessed.Sec, Nsec: int64(accessed.Nsec)},
		{Sec: modified.Sec, Nsec: int64(modified.Nsec)},
	}
}

// SetAttribute sets an extended attribute of an open file or directory.
func SetAttribute(fd int, name string, value []byte) error {
	return write(func() error { return unix.Fsetxattr(fd, name, value, 0) })
}

// Sync brings an open file or directory to the disk.
func Sync(fd int) error {
	return write(func() error { return unix.Fsync(fd) })
}

// SyncFileSystem brings everything of the file system of an open file to the disk.
func SyncFileSystem(fd int) error {
	return write(func() error { return unix.Syncfs(fd) })
}
