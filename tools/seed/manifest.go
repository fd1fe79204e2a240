package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"math/bits"
	"path/filepath"
	"syscall"

	"bookend.dev/seed/sys"
)

// manifest is what one look at the source tells, without reading the content of files.
type manifest struct {
	// digest is of what an image says of its files: names, types, modes, owners, sizes, times, targets of links.
	// Another digest means another source; the same one does not mean the same content, as reproducible builds give
	// all files one time.
	digest string
	// identity is of which files these are on this node, by inode and change time. The kernel sets that time with
	// every change and nobody else can: the same identity means the same content.
	identity string
	// conclusive tells whether it does. File systems that are made from an image without unpacking it (EROFS, lazily
	// pulled ones) have no change time of their own and give the modification time in its place.
	conclusive bool
	files      int64
	// content is how many bytes its files have, and bytes what the copy of them takes at least.
	content, bytes int64
}

// File systems give files room in blocks of this size, in bytes.
const blockSize = 4096

// describe looks at everything in the source. The flags are part of the digest: with others, another copy comes of it.
func (s *source) describe(flags string) (*manifest, error) {
	described := &describing{source: s, access: processAccess(), manifest: manifest{conclusive: true}}
	var of sum
	var err error
	if s.name != "" {
		of, err = described.file(s.directory, entry{s.name, kindFile, s.stat}, s.path)
	} else {
		of, err = described.directory(s.directory, entry{"", kindDirectory, s.stat}, s.path)
	}
	if err != nil {
		return nil, err
	}
	described.record.begin('v').text(digestVersion).text(flags).bytes(of[:])
	of = described.record.sum()
	described.manifest.content, described.manifest.bytes = int64(math.Round(described.content)), int64(described.bytes)
	described.digest = "sha256:" + hex.EncodeToString(of[:])
	described.identity = "sha256:" + described.identities.String()
	return &described.manifest, nil
}

const digestVersion = "bookend.dev/seed 2"

type describing struct {
	manifest
	source     *source
	access     access
	identities sumSet
	record     record
	// A file of several names counts once, divided among them. Names outside of the source make it too little, which
	// does no harm.
	content, bytes float64
}

// directory describes an open directory. Neither its inode nor its times are part of the digest: a container runtime
// that makes a mount point in it changes them, in each container anew. What is in it is, by name. File systems give
// the entries in an order of their own, and there may be too many to sort them in memory: the sums of the entries are
// added up.
func (d *describing) directory(fd int, directory entry, path string) (sum, error) {
	attributes, err := sys.ListAttributes(fd)
	if err != nil {
		return sum{}, sourceFailure(path, err)
	}
	var children sumSet
	err = d.source.each(fd, func(child entry) error {
		of, err := d.entry(fd, child, filepath.Join(path, child.name))
		children.add(of)
		return err
	})
	if errors.Is(err, syscall.EACCES) {
		// Its names may be read, and nothing else of what is in it.
		return sum{}, mayNotRead(path, &directory.stat)
	}
	if err != nil {
		return sum{}, sourceFailure(path, err)
	}
	d.header(directory).text(attributes).set(&children)
	return d.record.sum(), nil
}

func (d *describing) entry(parent int, child entry, path string) (sum, error) {
	switch child.kind {
	case kindDirectory:
		fd, err := sys.OpenDirectory(parent, child.name)
		if err != nil {
			return sum{}, d.source.unreadable(parent, child.name, path, err)
		}
		defer sys.Close(fd)
		return d.directory(fd, child, path)
	case kindFile:
		return d.file(parent, child, path)
	case kindSymlink:
		target, err := sys.Readlink(parent, child.name)
		if err != nil {
			return sum{}, sourceFailure(path, err)
		}
		d.header(child).text(target).time(child.stat.Modified)
	case kindFifo:
		d.header(child).time(child.stat.Modified)
	default:
		// What is mounted there, or its owner and mode, is not of the image.
		d.record.begin(byte(child.kind)).text(child.name)
	}
	return d.record.sum(), nil
}

// file describes a file. One that may not be read is found here, before anything is copied.
func (d *describing) file(parent int, child entry, path string) (sum, error) {
	stat := &child.stat
	if !d.access.mayRead(stat) {
		// The mode alone does not say it: there are capabilities and access control lists.
		fd, err := sys.OpenFile(parent, child.name)
		if err != nil {
			return sum{}, d.source.unreadable(parent, child.name, path, err)
		}
		sys.Close(fd)
	}
	d.files++
	names := float64(max(stat.Links, 1))
	d.content += float64(stat.Size) / names
	d.bytes += float64(allocation(stat)) / names
	if stat.Size > 0 && stat.Modified == stat.Changed {
		d.conclusive = false
	}
	d.record.begin('i').number(stat.Inode).time(stat.Changed)
	d.identities.add(d.record.sum())
	if d.source.name != "" {
		child.name = ""
	}
	d.header(child).number(uint64(stat.Size)).time(stat.Modified)
	return d.record.sum(), nil
}

// allocation is what a file takes in a copy, in bytes.
func allocation(stat *sys.Stat) int64 {
	return min((stat.Size+blockSize-1)/blockSize*blockSize, stat.Allocated())
}

func (d *describing) header(described entry) *record {
	stat := &described.stat
	return d.record.begin(byte(described.kind)).text(described.name).
		number(uint64(stat.Permissions())<<32 | uint64(stat.UID)).number(uint64(stat.GID))
}

// sum is the SHA-256 of a record.
type sum [sha256.Size]byte

// sumSet stands for a set of records, whatever their order: the number of them, and their sums added up.
type sumSet struct {
	count uint64
	total [4]uint64
}

func (s *sumSet) add(of sum) {
	s.count++
	carry := uint64(0)
	for index := range s.total {
		s.total[index], carry = bits.Add64(s.total[index], binary.LittleEndian.Uint64(of[index*8:]), carry)
	}
}

func (s *sumSet) String() string {
	var written record
	of := written.begin('s').set(s).sum()
	return hex.EncodeToString(of[:])
}

// record is written field by field, each with its length or of a fixed one, so that no two records look alike.
type record struct{ buffer []byte }

func (r *record) begin(kind byte) *record {
	r.buffer = append(r.buffer[:0], kind)
	return r
}

func (r *record) text(text string) *record {
	r.number(uint64(len(text)))
	r.buffer = append(r.buffer, text...)
	return r
}

func (r *record) bytes(bytes []byte) *record { return r.text(string(bytes)) }

func (r *record) number(number uint64) *record {
	r.buffer = binary.LittleEndian.AppendUint64(r.buffer, number)
	return r
}

func (r *record) time(time sys.Time) *record {
	return r.number(uint64(time.Sec)).number(uint64(time.Nsec))
}

func (r *record) set(s *sumSet) *record {
	r.number(s.count)
	for _, part := range s.total {
		r.number(part)
	}
	return r
}

func (r *record) sum() sum { return sha256.Sum256(r.buffer) }
