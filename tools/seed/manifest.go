package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"path/filepath"

	"bookend.dev/seed/sys"
)

// manifest is what one look at the source tells, without reading the content of files.
type manifest struct {
	// digest is of what an image says of its files: names, types, modes, owners, sizes, times, targets of links. Another digest means
	// another source; the same one does not mean the same content, as reproducible builds give all files one time.
	digest string
	// identity is of which files these are on this node, by inode and change time. The kernel sets that time with every change and
	// nobody else can: the same identity means the same content.
	identity string
	// conclusive tells whether it does. File systems that are made from an image without unpacking it (EROFS, lazily pulled ones) have
	// no change time of their own and give the modification time in its place.
	conclusive bool
	files      int64
	// bytes is what the copy needs at least: what its files take.
	bytes int64
}

// File systems give files room in blocks of this size, in bytes.
const blockSize = 4096

// describe looks at everything in the source.
func (s *source) describe() (*manifest, error) {
	described := &describing{source: s, hash: sha256.New(), identities: sha256.New(), seen: map[fileID]bool{}, manifest: manifest{conclusive: true}}
	described.text("bookend.dev/seed 1")
	var err error
	if s.name != "" {
		err = described.entry(s.directory, entry{"", kindFile, s.stat}, s.path)
	} else {
		err = described.directory(s.directory, entry{"", kindDirectory, s.stat}, s.path)
	}
	if err != nil {
		return nil, err
	}
	described.digest = "sha256:" + hex.EncodeToString(described.hash.Sum(nil))
	described.identity = "sha256:" + hex.EncodeToString(described.identities.Sum(nil))
	return &described.manifest, nil
}

type describing struct {
	manifest
	source     *source
	hash       hash.Hash
	identities hash.Hash
	buffer     []byte
	// seen are the files of several names.
	seen map[fileID]bool
}

// directory describes an open directory. Neither its inode nor its times are part of the digest: a container runtime that makes a mount
// point in it changes them, in each container anew. What is in it is, by name.
func (d *describing) directory(fd int, directory entry, path string) error {
	attributes, err := sys.ListAttributes(fd)
	if err != nil {
		return sourceFailure(path, err)
	}
	d.header(directory)
	d.text(attributes)
	entries, err := d.source.list(fd)
	if err != nil {
		return sourceFailure(path, err)
	}
	d.number(uint64(len(entries)))
	for _, child := range entries {
		if err := d.entry(fd, child, filepath.Join(path, child.name)); err != nil {
			return err
		}
	}
	return nil
}

func (d *describing) entry(parent int, child entry, path string) error {
	switch child.kind {
	case kindDirectory:
		fd, err := sys.OpenDirectory(parent, child.name)
		if err != nil {
			return sourceFailure(path, err)
		}
		defer sys.Close(fd)
		return d.directory(fd, child, path)
	case kindFile:
		d.header(child)
		d.file(&child.stat)
	case kindSymlink:
		target, err := sys.Readlink(parent, child.name)
		if err != nil {
			return sourceFailure(path, err)
		}
		d.header(child)
		d.text(target)
		d.time(child.stat.Modified)
	case kindFifo:
		d.header(child)
		d.time(child.stat.Modified)
	default:
		// What is mounted there, or its owner and mode, is not of the image.
		d.hash.Write([]byte{byte(child.kind)})
		d.text(child.name)
	}
	return nil
}

func (d *describing) file(stat *sys.Stat) {
	d.files++
	if !d.isFurtherName(stat) {
		d.bytes += min((stat.Size+blockSize-1)/blockSize*blockSize, stat.Allocated())
	}
	d.number(uint64(stat.Size))
	d.time(stat.Modified)
	d.buffer = binary.LittleEndian.AppendUint64(d.buffer[:0], stat.Inode)
	d.buffer = binary.LittleEndian.AppendUint64(d.buffer, uint64(stat.Changed.Seconds))
	d.buffer = binary.LittleEndian.AppendUint64(d.buffer, uint64(stat.Changed.Nanoseconds))
	d.identities.Write(d.buffer)
	if stat.Size > 0 && stat.Modified.Same(stat.Changed) {
		d.conclusive = false
	}
}

// isFurtherName tells whether a file was seen under another name, which needs no space of its own.
func (d *describing) isFurtherName(stat *sys.Stat) bool {
	if stat.Links < 2 {
		return false
	}
	id := idOf(stat)
	seen := d.seen[id]
	d.seen[id] = true
	return seen
}

func (d *describing) header(described entry) {
	d.hash.Write([]byte{byte(described.kind)})
	d.text(described.name)
	stat := &described.stat
	d.number(uint64(stat.Permissions())<<32 | uint64(stat.UID))
	d.number(uint64(stat.GID))
}

func (d *describing) time(time sys.Time) {
	d.number(uint64(time.Seconds))
	d.number(uint64(time.Nanoseconds))
}

// text adds a text with its length, so that no two lists of texts look alike.
func (d *describing) text(text string) {
	d.number(uint64(len(text)))
	d.buffer = append(d.buffer[:0], text...)
	d.hash.Write(d.buffer)
}

func (d *describing) number(number uint64) {
	d.buffer = binary.LittleEndian.AppendUint64(d.buffer[:0], number)
	d.hash.Write(d.buffer)
}
