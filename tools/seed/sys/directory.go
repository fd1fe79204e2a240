package sys

import (
	"sync"

	"golang.org/x/sys/unix"
)

// How much of a directory is in memory at a time. A walk holds one such piece for each level that it is deep.
const directoryPiece = 8 << 10

var directoryPieces = sync.Pool{New: func() any { return new([directoryPiece]byte) }}

// EachName calls `visit` with each entry of an open directory but `.` and `..`, in the order of the file system. Only
// a piece of the directory is in memory at a time, however many entries it has. An error of `visit` ends it.
func EachName(dir int, visit func(name string) error) error {
	// A directory that was read before is read again from its start.
	if err := Seek(dir, 0); err != nil {
		return err
	}
	piece := directoryPieces.Get().(*[directoryPiece]byte)
	defer directoryPieces.Put(piece)
	for {
		length, err := retry(func() (int, error) { return unix.ReadDirent(dir, piece[:]) })
		if err != nil || length <= 0 {
			return err
		}
		_, _, names := unix.ParseDirent(piece[:length], -1, nil)
		for _, name := range names {
			if err := visit(name); err != nil {
				return err
			}
		}
	}
}
