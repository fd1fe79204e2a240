package sys

import (
	"syscall"
	"unsafe"
)

// Where lseek(2) finds what is stored and what is a hole.
const (
	seekData = 3
	seekHole = 4
)

// OpenDirectory opens the entry `name` of an open directory, which must be a directory and no symbolic link to one.
func OpenDirectory(dir int, name string) (int, error) {
	return open(dir, name, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW)
}

// OpenFile opens a regular file to read; a fifo that took its place meanwhile does not block.
func OpenFile(dir int, name string) (int, error) {
	return open(dir, name, syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK)
}

func open(dir int, name string, flags int) (fd int, err error) {
	err = retry(func() (errno syscall.Errno) {
		fd, err = syscall.Openat(dir, name, flags|syscall.O_CLOEXEC, 0)
		return errnoOf(err)
	})
	return fd, err
}

// Close closes what was only read; closing that can lose data does not exist on the file systems of a node.
func Close(fd int) { _ = syscall.Close(fd) }

// Readlink is where a symbolic link points.
func Readlink(dir int, name string) (string, error) {
	path, err := syscall.BytePtrFromString(name)
	if err != nil {
		return "", err
	}
	// No Linux file system has longer ones.
	buffer := make([]byte, 4096)
	var length uintptr
	err = retry(func() (errno syscall.Errno) {
		length, _, errno = syscall.Syscall6(syscall.SYS_READLINKAT, uintptr(dir), uintptr(unsafe.Pointer(path)),
			uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)), 0, 0)
		return errno
	})
	return string(buffer[:length]), err
}

// ReadAt fills the buffer from an offset as far as the file goes.
func ReadAt(fd int, buffer []byte, offset int64) (total int, err error) {
	for total < len(buffer) {
		length, err := syscall.Pread(fd, buffer[total:], offset+int64(total))
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return total, err
		}
		if length == 0 {
			break
		}
		total += length
	}
	return total, nil
}

// NextData is the first stretch of stored bytes at or after an offset; `from` is the size where only a hole follows.
// A file system that knows no holes has one stretch.
func NextData(fd int, offset, size int64) (from, to int64, err error) {
	from, err = syscall.Seek(fd, offset, seekData)
	switch err {
	case nil:
	case syscall.ENXIO:
		return size, size, nil
	case syscall.EINVAL, syscall.EOPNOTSUPP:
		return offset, size, nil
	default:
		return 0, 0, err
	}
	to, err = syscall.Seek(fd, from, seekHole)
	if err != nil {
		return 0, 0, err
	}
	return min(from, size), min(to, size), nil
}

// ListAttributes names the extended attributes of an open file or directory.
func ListAttributes(fd int) (list string, err error) {
	buffer := make([]byte, 1024)
	for {
		length, _, errno := syscall.Syscall(syscall.SYS_FLISTXATTR, uintptr(fd), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
		switch errno {
		case 0:
			return string(buffer[:length]), nil
		case syscall.EINTR:
		case syscall.ERANGE:
			buffer = make([]byte, 4*len(buffer))
		case syscall.EOPNOTSUPP, syscall.ENOSYS:
			return "", nil
		default:
			return "", errno
		}
	}
}

// Attribute is the value of an extended attribute.
func Attribute(fd int, name string) ([]byte, error) {
	path, err := syscall.BytePtrFromString(name)
	if err != nil {
		return nil, err
	}
	buffer := make([]byte, 256)
	for {
		length, _, errno := syscall.Syscall6(syscall.SYS_FGETXATTR, uintptr(fd), uintptr(unsafe.Pointer(path)),
			uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)), 0, 0)
		switch errno {
		case 0:
			return buffer[:length], nil
		case syscall.EINTR:
		case syscall.ERANGE:
			buffer = make([]byte, 4*len(buffer))
		default:
			return nil, errno
		}
	}
}

func errnoOf(err error) syscall.Errno {
	if errno, isErrno := err.(syscall.Errno); isErrno {
		return errno
	}
	if err != nil {
		return syscall.EINVAL
	}
	return 0
}
