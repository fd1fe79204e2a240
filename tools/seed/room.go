package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"bookend.dev/seed/sys"
)

// room is how much of the volume's size limit is taken. The kubelet measures every few seconds and evicts the Pod
// without a word in its log; a copy that goes beyond the limit ends by itself before that, and says so.
type room struct {
	limit sizeLimit
	// progress says how far the copy is, for the message.
	progress *progress

	mutex sync.Mutex
	// used is about what the volume takes. Where it says that there is too much, the volume is measured before that is
	// believed.
	used     int64
	measured bool
	// next is when it is worth to measure again: that takes a look at everything.
	next int64
}

// take notes that so many bytes of the volume are going to be used.
func (r *room) take(t *target, bytes int64) error {
	if r.limit.bytes == 0 {
		return nil
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.used += bytes; r.used <= r.limit.bytes || r.used < r.next {
		return nil
	}
	r.measured = true
	err := r.measure(t)
	r.next = r.used + r.limit.bytes/16
	return err
}

// settle measures the volume once more when the copy is complete, unless it is certain that it is within the limit:
// while others write, not everything is there to be measured.
func (r *room) settle(t *target) error {
	if !r.measured {
		return nil
	}
	return r.measure(t)
}

func (r *room) measure(t *target) error {
	if r.used = t.usage(); r.used <= r.limit.bytes {
		return nil
	}
	return &failure{exitSpace, fmt.Sprintf("the %s, %s, is reached: %s", r.limit, size(r.limit.bytes), r.progress.said()), limitAdvice}
}

const limitAdvice = "Raise that limit, or share a smaller directory."

// makeRoom fails before a disk is filled that others use too, and names what is needed and what there is. The copy
// before makes way where there is no room for both.
func (c *copying) makeRoom(needed *manifest, into slot, say func(string)) error {
	t := c.target
	c.room.limit, c.room.progress = c.options.limit, c.progress
	if c.room.limit.bytes > 0 {
		c.room.used = t.usage()
	}
	err := c.requireRoom(needed, 0)
	if err == nil {
		return nil
	}
	before := []slot{into}
	if c.options.hasLayers() {
		// Its files are those of the layer.
		before = append(before, contentSlot)
	}
	room := int64(0)
	for _, one := range before {
		room += t.usageOf(one.content)
	}
	if room == 0 || c.requireRoom(needed, room) != nil {
		return err
	}
	say("there is no room for the copy before and the new one: removing the one before")
	for _, one := range before {
		if err := t.discard(one); err != nil {
			return err
		}
	}
	c.room.used = max(0, c.room.used-room)
	return nil
}

// requireRoom tells whether the source fits when `freed` more bytes are free.
func (c *copying) requireRoom(needed *manifest, freed int64) error {
	t, source := c.target, c.source
	if limit := c.options.limit; limit.bytes > 0 && c.room.used-freed+needed.bytes > limit.bytes {
		taken := ""
		if c.room.used-freed > blockSize {
			taken = fmt.Sprintf(" (%s are taken)", size(c.room.used-freed))
		}
		return &failure{exitSpace, fmt.Sprintf("%s needs %s, which is more than the %s, %s%s", source.path, size(needed.bytes), limit,
			size(limit.bytes), taken), limitAdvice}
	}
	if memory := memoryLimit(); t.isMemory() && memory > 0 && needed.bytes > memory {
		return &failure{exitSpace, fmt.Sprintf("%s needs %s of memory in %s, and this container may use %s", source.path, size(needed.bytes),
			t.path, size(memory)), "A volume with medium Memory counts against limits.memory: raise that limit, or take medium=Memory off the share."}
	}
	free, err := t.free()
	if err != nil {
		return targetFailure(t.path, err)
	}
	// On one file system the copy may share the blocks of the original.
	if needed.bytes <= free+freed || source.stat.SameDevice(&t.stat) {
		return nil
	}
	return &failure{exitSpace, fmt.Sprintf("not enough space in %s: %s needs %s, %s are free", t.path, source.path,
		size(needed.bytes), size(free)), c.spaceAdvice(syscall.ENOSPC)}
}

// targetFailure says why something cannot be written and, where there is no space left, how far the copy is and what
// to raise.
func (c *copying) targetFailure(path string, err error) error {
	if err == nil || !isOutOfSpace(err) {
		return targetFailure(path, err)
	}
	what := "not enough space for"
	if errors.Is(err, syscall.EFBIG) {
		what = "there may be no file as large as"
	}
	return &failure{exitSpace, fmt.Sprintf("%s %s: %v; %s", what, path, err, c.progress.said()), c.spaceAdvice(err)}
}

// spaceAdvice tells what to raise.
func (c *copying) spaceAdvice(err error) string {
	const smaller = ", or share a smaller directory."
	limit := c.options.limit.of
	if limit == "" {
		limit = "sizeLimit of the share"
	}
	switch {
	case errors.Is(err, syscall.EFBIG):
		return "Raise the limit of the process for files (ulimit -f), take a volume whose file system allows it" + smaller
	case errors.Is(err, syscall.EDQUOT):
		return "A quota on the disk of the node ends it: raise that quota" + smaller
	case c.target.isMemory():
		return "The volume is in memory: raise " + limit + " and limits.memory of the container" + smaller
	case c.target.isOutOfInodes():
		return "The disk of the node has no inodes left: free some" + smaller
	}
	return "The disk of the node is full: free some space, let the Pod request it (resources.requests.ephemeral-storage)" + smaller
}

// memoryLimit is what the container may use, in bytes; 0 where nobody says, or it is any amount.
func memoryLimit() int64 {
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// "max" is no number; the older interface has a number of almost 8 EiB for it.
		limit, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
		if err == nil && limit < 1<<60 {
			return limit
		}
	}
	return 0
}

// usage is what everything in the volume takes, in bytes, as the kubelet measures it.
func (t *target) usage() int64 {
	total := t.stat.Allocated()
	_ = sys.EachName(t.directory, func(name string) error {
		total += usageOf(t.directory, name)
		return nil
	})
	return total
}

func (t *target) usageOf(name string) int64 { return usageOf(t.directory, name) }

// usageOf measures an entry with all that is in it. What cannot be looked at counts nothing; what has several names is
// divided among them.
func usageOf(parent int, name string) int64 {
	var stat sys.Stat
	if sys.Statx(parent, name, &stat) != nil {
		return 0
	}
	if stat.Type() != syscall.S_IFDIR {
		return stat.Allocated() / int64(max(stat.Links, 1))
	}
	total := stat.Allocated()
	fd, err := sys.OpenDirectory(parent, name)
	if err != nil {
		return total
	}
	defer sys.Close(fd)
	_ = sys.EachName(fd, func(child string) error {
		total += usageOf(fd, child)
		return nil
	})
	return total
}
