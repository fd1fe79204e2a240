package sys

import "golang.org/x/sys/unix"

// OpenDirectory opens the entry `name` of an open directory, which must be a directory and no symbolic link to one.
func OpenDirectory(dir int, name string) (int, error) {
	return open(dir, name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
}

// OpenFile opens a regular file to read; a fifo that took its place meanwhile does not block.
func OpenFile(dir int, name string) (int, error) {
	return open(dir, name, unix.O_RDONLY|unix.O_NONBLOCK, 0)
}

func open(dir int, name string, flags int, mode uint32) (int, error) {
	return retry(func() (int, error) { return unix.Openat(dir, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode) })
}

// Close closes what was only read; closing that can lose data does not exist on the file systems of a node.
func Close(fd int) { _ = unix.Close(fd) }

// Readlink is where a symbolic link points.
func Readlink(dir int, name string) (string, error) {
	// No Linux file system has longer ones.
	buffer := make([]byte, 4096)
	length, err := retry(func() (int, error) { return unix.Readlinkat(dir, name, buffer) })
	return string(buffer[:max(length, 0)]), err
}

// ReadAt fills the buffer from an offset as far as the file goes.
func ReadAt(fd int, buffer []byte, offset int64) (total int, err error) {
	for total < len(buffer) {
		length, err := retry(func() (int, error) { return unix.Pread(fd, buffer[total:], offset+int64(total)) })
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
	from, err = unix.Seek(fd, offset, unix.SEEK_DATA)
	switch err {
	case nil:
	case unix.ENXIO:
		return size, size, nil
	case unix.EINVAL, unix.EOPNOTSUPP:
		return offset, size, nil
	default:
		return 0, 0, err
	}
	to, err = unix.Seek(fd, from, unix.SEEK_HOLE)
	if err != nil {
		return 0, 0, err
	}
	return min(from, size), min(to, size), nil
}

// ListAttributes names the extended attributes of an open file or directory.
func ListAttributes(fd int) (string, error) {
	list, err := attribute(1024, func(buffer []byte) (int, error) { return unix.Flistxattr(fd, buffer) })
	if err == unix.EOPNOTSUPP || err == unix.ENOSYS {
		return "", nil
	}
	return string(list), err
}

// Attribute is the value of an extended attribute.
func Attribute(fd int, name string) ([]byte, error) {
	return attribute(256, func(buffer []byte) (int, error) { return unix.Fgetxattr(fd, name, buffer) })
}

// attribute reads with buffers that grow until the answer fits.
func attribute(size int, read func(buffer []byte) (int, error)) ([]byte, error) {
	for ; ; size *= 4 {
		buffer := make([]byte, size)
		length, err := retry(func() (int, error) { return read(buffer) })
		if err == nil {
			return buffer[:length], nil
		}
		if err != unix.ERANGE {
			return nil, err
		}
	}
}
