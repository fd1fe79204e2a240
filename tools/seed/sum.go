package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"

	"bookend.dev/seed/sys"
)

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
	return r.number(uint64(time.Seconds)).number(uint64(time.Nanoseconds))
}

func (r *record) set(s *sumSet) *record {
	r.number(s.count)
	for _, part := range s.total {
		r.number(part)
	}
	return r
}

func (r *record) sum() sum { return sha256.Sum256(r.buffer) }
