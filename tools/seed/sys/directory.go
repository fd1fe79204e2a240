package sys

import (
	"encoding/binary"
	"sync"
	"syscall"
)

// How much of a directory is in memory at a time. A walk holds one such piece for each level that it is deep.
const directoryPiece = 8 << 10

var directoryPieces = sync.Pool{New: func() any { return new([directoryPiece]byte) }}

// EachName calls `visit` with each entry of an open directory but `.` and `..`, in the order of the file system. Only
// a piece of the directory is in memory at a time, however many entries it has. An error of `visit` ends it.
func EachName(dir int, visit func(name string) error) error {
	// A directory that was read before is read again from its start.
	if _, err := syscall.Seek(dir, 0, 0); err != nil {
		return err
	}
	piece := directoryPieces.Get().(*[directoryPiece]byte)
	defer directoryPieces.Put(piece)
	for {
		length, err := syscall.ReadDirent(dir, piece[:])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		if length <= 0 {
			return nil
		}
		for rest := piece[:length]; len(rest) > 0; {
			var name string
			if name, rest = nextName(rest); name == "." || name == ".." {
				continue
			}
			if err := visit(name); err != nil {
				return err
			}
		}
	}
}

// nextName reads one struct linux_dirent64: inode and offset of 8 bytes, its own length of 2, a type, and the name up
// to a zero byte.
func nextName(entries []byte) (name string, rest []byte) {
	const lengthAt, nameAt = 16, 19
	length := int(binary.NativeEndian.Uint16(entries[lengthAt:]))
	end := nameAt
	for end < length && entries[end] != 0 {
		end++
	}
	return string(entries[nameAt:end]), entries[length:]
}
