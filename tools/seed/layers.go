package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"

	"bookend.dev/seed/sys"
)

// Several sources may fill one volume: each from an image of its own, so each in a run of its own. A run copies its
// source to a place beside the content, as it would copy to the content; the run of the last layer puts the content
// together (merge.go). So each layer can be checked, and made again, without the images of the others.

// layer is the copy of one of several sources.
type layer struct {
	name   string
	marker *marker
}

// slot is where this run copies to.
func (o *options) slot() slot {
	if o.hasLayers() {
		return layerSlot(o.layers[o.layer])
	}
	return contentSlot
}

// prepareLayers finds what earlier layers have copied, and fails where this one has a path of theirs.
func (c *copying) prepareLayers() error {
	if !c.options.hasLayers() {
		return nil
	}
	var err error
	if c.earlier, err = c.target.layers(c.options.layers[:c.options.layer]); err != nil || c.options.lastWins {
		return err
	}
	return c.requireNoConflict()
}

// layers reads what is known of the copies of layers.
func (t *target) layers(names []string) ([]layer, error) {
	var found []layer
	for _, name := range names {
		read := t.readMarker(layerSlot(name))
		if read == nil {
			return nil, &failure{exitUsage, fmt.Sprintf("the layer %s has not been copied to %s", name, t.path),
				"Run seed for the layers in the order of --layers."}
		}
		found = append(found, layer{name, read})
	}
	return found, nil
}

// isInEarlierLayer tells whether an earlier layer has something at a path.
func (c *copying) isInEarlierLayer(path string) bool {
	for _, layer := range c.earlier {
		root, err := sys.OpenDirectory(c.target.directory, layerSlot(layer.name).content)
		if err != nil {
			continue
		}
		directory, err := descend(root, filepath.Dir(path))
		sys.Close(root)
		if err != nil {
			continue
		}
		err = sys.Statx(directory, filepath.Base(path), new(sys.Stat))
		sys.Close(directory)
		if err == nil {
			return true
		}
	}
	return false
}

// conflicts are the paths that a source and earlier layers both have.
type conflicts struct {
	source *source
	target *target
	// path is the first of them in the order of the alphabet, and layer the earlier one that has it.
	path, layer string
	count       int64
}

// openLayer is a directory of an earlier layer.
type openLayer struct {
	name string
	fd   int
}

// requireNoConflict fails where this layer has something that an earlier one has, but for directories, which merge.
func (c *copying) requireNoConflict() error {
	found := &conflicts{source: c.source, target: c.target}
	var roots []openLayer
	defer func() { closeAll(roots) }()
	for _, layer := range c.earlier {
		fd, err := sys.OpenDirectory(c.target.directory, layerSlot(layer.name).content)
		switch {
		case err == nil && c.source.name == "":
			roots = append(roots, openLayer{layer.name, fd})
		case err == nil || err == syscall.ENOTDIR:
			if err == nil {
				sys.Close(fd)
			}
			found.note("", layer.name)
		default:
			return layerFailure(c.target, layer.name, "", err)
		}
	}
	if len(roots) > 0 {
		if err := found.directory(c.source.directory, roots, ""); err != nil {
			return sourceFailure(c.source.path, err)
		}
	}
	if found.count == 0 {
		return nil
	}
	name := c.options.layers[c.options.layer]
	return &failure{exitConflict, fmt.Sprintf("the shares %s and %s both have %s", found.layer, name, found),
		fmt.Sprintf("Write onConflict=last on %s if its files are to replace those of %s, or share narrower paths.", name, found.layer)}
}

func (f *conflicts) String() string {
	text := f.path
	if text == "" {
		text = "a file in place of the whole directory"
	}
	if f.count > 1 {
		text += fmt.Sprintf(" (and %s)", counted(f.count-1, "other path"))
	}
	return text
}

func (f *conflicts) note(path, layer string) {
	if f.count++; f.count == 1 || path < f.path {
		f.path, f.layer = path, layer
	}
}

func (f *conflicts) directory(from int, others []openLayer, path string) error {
	return f.source.each(from, func(child entry) error {
		if child.kind == kindSpecial || child.kind == kindMountedDirectory || child.kind == kindMountedFile {
			return nil
		}
		at := filepath.Join(path, child.name)
		var below []openLayer
		defer func() { closeAll(below) }()
		for _, other := range others {
			var stat sys.Stat
			err := sys.Statx(other.fd, child.name, &stat)
			switch {
			case err == syscall.ENOENT:
			case err != nil:
				return layerFailure(f.target, other.name, at, err)
			case child.kind != kindDirectory || stat.Type() != syscall.S_IFDIR:
				f.note(at, other.name)
			default:
				fd, err := sys.OpenDirectory(other.fd, child.name)
				if err != nil {
					return layerFailure(f.target, other.name, at, err)
				}
				below = append(below, openLayer{other.name, fd})
			}
		}
		if len(below) == 0 {
			return nil
		}
		fd, err := sys.OpenDirectory(from, child.name)
		if err != nil {
			return err
		}
		defer sys.Close(fd)
		return f.directory(fd, below, at)
	})
}

func closeAll(layers []openLayer) {
	for _, layer := range layers {
		sys.Close(layer.fd)
	}
}

// layerFailure says why the copy of another layer cannot be read: another user may have made it.
func layerFailure(t *target, name, path string, err error) error {
	if err != syscall.EACCES && err != syscall.EPERM {
		return targetFailure(filepath.Join(t.path, layerSlot(name).content, path), err)
	}
	return &failure{exitPermission, fmt.Sprintf("%s of the share %s cannot be read by %s", filepath.Join("/", path), name, whoAmI()),
		"Shares of one target are put together by the last of them: let their sources run as one user, or write chmod=go+rX on " + name + "."}
}

// descend opens the directory at a path below an open one, step by step: no symbolic link is followed, and no path is
// too long.
func descend(root int, path string) (int, error) {
	fd, err := sys.OpenDirectory(root, ".")
	for name := range strings.SplitSeq(path, "/") {
		if err != nil || name == "" {
			return fd, err
		}
		parent := fd
		fd, err = sys.OpenDirectory(parent, name)
		sys.Close(parent)
	}
	return fd, err
}
