package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"bookend.dev/seed/sys"
)

// merging puts the content together from the copies of its layers. A file of the content is a further name of the file
// in its layer, so it takes no space of its own, and what a consumer writes into it is kept as in any copy.
type merging struct {
	*copying
	layers []layer
}

// spot is where one layer may have an entry.
type spot struct {
	layer     string
	directory int
	name      string
}

// putTogether makes the content of all layers, unless it is there.
func (c *copying) putTogether(boot string, say func(string)) error {
	started := time.Now()
	t := c.target
	layers, err := t.layers(c.options.layers)
	if err != nil {
		return err
	}
	// The copies of layers have their owners and modes: they are kept.
	m := &merging{&copying{source: &source{path: filepath.Join(t.path, contentName)}, target: t, options: &options{keepOwners: true},
		progress: &progress{total: &manifest{}}}, layers}
	m.room.limit, m.room.progress = c.options.limit, m.progress
	digest := m.digest(c.options.text)
	state, err := t.judge(contentSlot, &manifest{digest: digest, conclusive: true}, boot, m.compare)
	if err != nil {
		return err
	}
	if state.isGood {
		if err := t.keep(contentSlot, state, c.options.layers); err != nil {
			return err
		}
		return c.options.remakeMountPoints(t)
	}
	if m.room.limit.bytes > 0 {
		m.room.used = t.usage()
	}
	err = t.publish(contentSlot, marker{digest: digest, boot: boot, made: madeNow()}, func(staging string) error {
		return m.fill(staging, c.options)
	})
	_, cleaning := t.clean(c.options.layers)
	if err == nil {
		err = cleaning
	}
	if err != nil {
		return err
	}
	say(fmt.Sprintf("put together %s of %s in %s", counted(m.progress.files.Load(), "file"), strings.Join(c.options.layers, ", "), elapsed(started)))
	return nil
}

// digest is of which copies the content is put together from.
func (m *merging) digest(flags string) string {
	var set record
	set.begin('m').text(digestVersion).text(flags)
	for _, layer := range m.layers {
		set.text(layer.name).text(layer.marker.digest).text(layer.marker.made)
	}
	of := set.sum()
	return fmt.Sprintf("sha256:%x", of[:])
}

func (m *merging) roots() []spot {
	var spots []spot
	for _, layer := range m.layers {
		spots = append(spots, spot{layer.name, m.target.directory, layerSlot(layer.name).content})
	}
	return spots
}

func (m *merging) fill(staging string, flags *options) error {
	if err := m.entry(m.roots(), m.target.directory, staging, ""); err != nil {
		return err
	}
	root, err := sys.OpenDirectory(m.target.directory, staging)
	if err == syscall.ENOTDIR {
		return nil
	}
	if err != nil {
		return targetFailure(m.inTarget(""), err)
	}
	defer sys.Close(root)
	return flags.makeMountPoints(root, m.target.path, uint32(m.target.stat.Mode)&syscall.S_ISGID)
}

// entry makes what layers have at their spots, of which the last one has something: the directory that they merge to,
// or what the last has.
func (m *merging) entry(spots []spot, to int, name, path string) error {
	last := spots[len(spots)-1]
	var stat sys.Stat
	if err := sys.Statx(last.directory, last.name, &stat); err != nil {
		return layerFailure(m.target, last.layer, path, err)
	}
	if stat.Type() != syscall.S_IFDIR {
		return m.link(last, to, name, &stat, path)
	}
	below, err := m.open(spots, path)
	if err != nil {
		return err
	}
	defer closeSpots(below)
	if err := sys.MakeDirectory(to, name); err != nil {
		return m.targetFailure(m.inTarget(path), err)
	}
	directory, err := sys.OpenDirectory(to, name)
	if err != nil {
		return m.targetFailure(m.inTarget(path), err)
	}
	defer sys.Close(directory)
	if path == "" {
		if err := m.learnCreator(directory); err != nil {
			return err
		}
	}
	err = m.each(below, path, func(spots []spot, child, path string) error { return m.entry(spots, directory, child, path) })
	if err != nil {
		return err
	}
	// Like a directory that `cp -r` finds in its way, it keeps what it had from the first.
	if err := sys.Statx(below[0].directory, "", &stat); err != nil {
		return m.targetFailure(m.inTarget(path), err)
	}
	return m.keepAttributes(below[0].directory, directory, &stat, path)
}

// each calls `visit` for each name that one of the open directories has, with the spots up to the last one that has
// it.
func (m *merging) each(directories []spot, path string, visit func(spots []spot, name, path string) error) error {
	for index, directory := range directories {
		err := sys.EachName(directory.directory, func(name string) error {
			for _, later := range directories[index+1:] {
				if err := sys.Statx(later.directory, name, new(sys.Stat)); err == nil {
					return nil
				}
			}
			spots := make([]spot, index+1)
			for below := range spots {
				spots[below] = spot{directories[below].layer, directories[below].directory, name}
			}
			return visit(spots, name, filepath.Join(path, name))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// open opens the directories at the spots that merge: those after the last that has something else there.
func (m *merging) open(spots []spot, path string) ([]spot, error) {
	var opened []spot
	for index := len(spots) - 1; index >= 0; index-- {
		at := spots[index]
		fd, err := sys.OpenDirectory(at.directory, at.name)
		if err == syscall.ENOENT {
			continue
		}
		if err == syscall.ENOTDIR || err == syscall.ELOOP {
			break
		}
		if err != nil {
			closeSpots(opened)
			return nil, layerFailure(m.target, at.layer, path, err)
		}
		opened = append([]spot{{at.layer, fd, ""}}, opened...)
	}
	return opened, nil
}

func closeSpots(spots []spot) {
	for _, spot := range spots {
		sys.Close(spot.directory)
	}
}

// link gives what is no directory one more name, or copies it where that cannot be.
func (m *merging) link(from spot, to int, name string, stat *sys.Stat, path string) error {
	err := sys.Link(from.directory, from.name, to, name)
	if cannotLink(err) {
		err = m.copyEntry(from, to, name, stat, path)
	}
	if err != nil {
		return m.targetFailure(m.inTarget(path), err)
	}
	if stat.Type() == syscall.S_IFREG {
		m.progress.files.Add(1)
	}
	return nil
}

func (m *merging) copyEntry(from spot, to int, name string, stat *sys.Stat, path string) error {
	child := entry{from.name, kindFile, *stat}
	switch stat.Type() {
	case syscall.S_IFREG:
		fd, err := sys.OpenFile(from.directory, from.name)
		if err != nil {
			return layerFailure(m.target, from.layer, path, err)
		}
		sys.Close(fd)
		return m.copyFile(from.directory, to, name, &child, path)
	case syscall.S_IFLNK:
		child.kind = kindSymlink
	default:
		child.kind = kindFifo
	}
	return m.copyNode(from.directory, to, name, &child, path)
}
