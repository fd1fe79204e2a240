package sys

import (
	"syscall"
	"unsafe"
)

const (
	renameExchange = 2
	ficlone        = 0x40049409
)

// Everything that changes a file system goes through this file, and each call through `beforeWrite`: the tests end the
// program there.

// CreateFile makes a regular file that only its owner may read and write until its attributes are set.
func CreateFile(dir int, name string) (fd int, err error) {
	beforeWrite()
	err = retry(func() syscall.Errno {
		fd, err = syscall.Openat(dir, name, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_EXCL|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0o600)
		return errnoOf(err)
	})
	return fd, err
}

// MakeDirectory makes a directory that only its owner may use until its attributes are set.
func MakeDirectory(dir int, name string) error {
	beforeWrite()
	return retry(func() syscall.Errno { return errnoOf(syscall.Mkdirat(dir, name, 0o700)) })
}

// MakeFifo makes a named pipe.
func MakeFifo(dir int, name string) error {
	beforeWrite()
	return retry(func() syscall.Errno { return errnoOf(syscall.Mknodat(dir, name, syscall.S_IFIFO|0o600, 0)) })
}

// MakeSymlink makes a symbolic link.
func MakeSymlink(target string, dir int, name string) error {
	beforeWrite()
	from, err := syscall.BytePtrFromString(target)
	if err != nil {
		return err
	}
	to, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	return retry(func() syscall.Errno {
		_, _, errno := syscall.Syscall(syscall.SYS_SYMLINKAT, uintptr(unsafe.Pointer(from)), uintptr(dir), uintptr(unsafe.Pointer(to)))
		return errno
	})
}

// Link gives a file a second name.
func Link(fromDir int, fromName string, toDir int, toName string) error {
	beforeWrite()
	from, err := syscall.BytePtrFromString(fromName)
	if err != nil {
		return err
	}
	to, err := syscall.BytePtrFromString(toName)
	if err != nil {
		return err
	}
	return retry(func() syscall.Errno {
		_, _, errno := syscall.Syscall6(syscall.SYS_LINKAT, uintptr(fromDir), uintptr(unsafe.Pointer(from)), uintptr(toDir),
			uintptr(unsafe.Pointer(to)), 0, 0)
		return errno
	})
}

// Remove removes a name that is no directory.
func Remove(dir int, name string) error {
	beforeWrite()
	return unlink(dir, name, 0)
}

// RemoveDirectory removes an empty directory.
func RemoveDirectory(dir int, name string) error {
	beforeWrite()
	return unlink(dir, name, 0x200)
}

func unlink(dir int, name string, flags int) error {
	path, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	return retry(func() syscall.Errno {
		_, _, errno := syscall.Syscall(syscall.SYS_UNLINKAT, uintptr(dir), uintptr(unsafe.Pointer(path)), uintptr(flags))
		return errno
	})
}

// Rename renames within one directory, replacing a file of the new name.
func Rename(dir int, from, to string) error { return rename(dir, from, to, 0) }

// Exchange gives two entries of one directory each other's name, at once.
func Exchange(dir int, one, other string) error {
	if refused("exchange") {
		return syscall.ENOSYS
	}
	return rename(dir, one, other, renameExchange)
}

func rename(dir int, from, to string, flags int) error {
	beforeWrite()
	one, err := syscall.BytePtrFromString(from)
	if err != nil {
		return err
	}
	other, err := syscall.BytePtrFromString(to)
	if err != nil {
		return err
	}
	return retry(func() syscall.Errno {
		_, _, errno := syscall.Syscall6(numberRenameat2, uintptr(dir), uintptr(unsafe.Pointer(one)), uintptr(dir),
			uintptr(unsafe.Pointer(other)), uintptr(flags), 0)
		return errno
	})
}

// WriteAt writes the whole buffer at an offset.
func WriteAt(fd int, buffer []byte, offset int64) error {
	for len(buffer) > 0 {
		beforeWrite()
		length, err := syscall.Pwrite(fd, buffer, offset)
		if err != nil && err != syscall.EINTR {
			return err
		}
		length = max(length, 0)
		buffer, offset = buffer[length:], offset+int64(length)
	}
	return nil
}

// Truncate sets the size of a file; what it gains is a hole.
func Truncate(fd int, size int64) error {
	beforeWrite()
	return retry(func() syscall.Errno { return errnoOf(syscall.Ftruncate(fd, size)) })
}

// Clone lets a file share the content of another on file systems that can (reflink).
func Clone(from, to int) error {
	if refused("clone") {
		return syscall.EXDEV
	}
	beforeWrite()
	return retry(func() syscall.Errno {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(to), ficlone, uintptr(from))
		return errno
	})
}

// CopyRange lets the kernel copy between two files; `offset` is the same in both.
func CopyRange(from, to int, offset int64, length int) (copied int, err error) {
	if refused("range") {
		return 0, syscall.EXDEV
	}
	beforeWrite()
	fromOffset, toOffset := offset, offset
	err = retry(func() syscall.Errno {
		count, _, errno := syscall.Syscall6(numberCopyFileRange, uintptr(from), uintptr(unsafe.Pointer(&fromOffset)), uintptr(to),
			uintptr(unsafe.Pointer(&toOffset)), uintptr(length), 0)
		copied = int(count)
		return errno
	})
	return copied, err
}

// Send lets the kernel copy from an offset of one file to the position of another, also between file systems.
func Send(from, to int, offset int64, length int) (copied int, err error) {
	if refused("send") {
		return 0, syscall.EXDEV
	}
	beforeWrite()
	err = retry(func() syscall.Errno {
		position := offset
		copied, err = syscall.Sendfile(to, from, &position, length)
		return errnoOf(err)
	})
	return copied, err
}

// Seek sets the position at which Send writes.
func Seek(fd int, offset int64) error {
	_, err := syscall.Seek(fd, offset, 0)
	return err
}

// Chown sets owner and group of an entry, of a symbolic link itself; -1 leaves one as it is.
func Chown(dir int, name string, uid, gid int) error {
	beforeWrite()
	flags := AtNoFollow
	if name == "" {
		flags |= AtEmptyPath
	}
	return retry(func() syscall.Errno { return errnoOf(syscall.Fchownat(dir, name, uid, gid, flags)) })
}

// ChmodOpen sets the mode of an open file or directory.
func ChmodOpen(fd int, mode uint32) error {
	beforeWrite()
	return retry(func() syscall.Errno { return errnoOf(syscall.Fchmod(fd, mode)) })
}

// Chmod sets the mode of an entry that is known to be no symbolic link.
func Chmod(dir int, name string, mode uint32) error {
	beforeWrite()
	path, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	return retry(func() syscall.Errno {
		_, _, errno := syscall.Syscall(syscall.SYS_FCHMODAT, uintptr(dir), uintptr(unsafe.Pointer(path)), uintptr(mode))
		return errno
	})
}

// SetTimes sets when an entry was last read and written, of a symbolic link itself.
func SetTimes(dir int, name string, accessed, modified Time) error {
	beforeWrite()
	path, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	times := timespecs(accessed, modified)
	return retry(func() syscall.Errno {
		_, _, errno := syscall.Syscall6(syscall.SYS_UTIMENSAT, uintptr(dir), uintptr(unsafe.Pointer(path)),
			uintptr(unsafe.Pointer(&times)), AtNoFollow, 0, 0)
		return errno
	})
}

// SetTimesOpen does so for an open file or directory.
func SetTimesOpen(fd int, accessed, modified Time) error {
	beforeWrite()
	times := timespecs(accessed, modified)
	return retry(func() syscall.Errno {
		_, _, errno := syscall.Syscall6(syscall.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0)
		return errno
	})
}

func timespecs(accessed, modified Time) [2]syscall.Timespec {
	return [2]syscall.Timespec{
		{Sec: accessed.Seconds, Nsec: int64(accessed.Nanoseconds)},
		{Sec: modified.Seconds, Nsec: int64(modified.Nanoseconds)},
	}
}

// SetAttribute sets an extended attribute of an open file or directory.
func SetAttribute(fd int, name string, value []byte) error {
	beforeWrite()
	path, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	var content unsafe.Pointer
	if len(value) > 0 {
		content = unsafe.Pointer(&value[0])
	}
	return retry(func() syscall.Errno {
		_, _, errno := syscall.Syscall6(syscall.SYS_FSETXATTR, uintptr(fd), uintptr(unsafe.Pointer(path)), uintptr(content),
			uintptr(len(value)), 0, 0)
		return errno
	})
}

// Sync brings an open file or directory to the disk.
func Sync(fd int) error {
	beforeWrite()
	return retry(func() syscall.Errno { return errnoOf(syscall.Fsync(fd)) })
}

// SyncFileSystem brings everything of the file system of an open file to the disk.
func SyncFileSystem(fd int) error {
	beforeWrite()
	return retry(func() syscall.Errno {
		_, _, errno := syscall.Syscall(numberSyncfs, uintptr(fd), 0, 0)
		return errno
	})
}
