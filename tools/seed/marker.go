package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"bookend.dev/seed/sys"
)

// marker says what the content beside it is a copy of. It is written last: without it the content is not trusted.
type marker struct {
	// digest and identity are those of the source's manifest.
	digest, identity string
	// boot is the start of the node in which the copy was made; empty when everything had reached the disk before the
	// marker was written.
	boot string
	// made tells one copy from another of the same source.
	made string
}

const markerTitle = "bookend seed 2"

func (m marker) String() string {
	return markerTitle + "\ndigest " + m.digest + "\nidentity " + m.identity + "\nboot " + m.boot + "\nmade " + m.made + "\n"
}

// readMarker gives nothing when there is no marker of this version.
func (t *target) readMarker(of slot) *marker {
	fd, err := sys.OpenFile(t.directory, of.marker)
	if err != nil {
		return nil
	}
	defer sys.Close(fd)
	buffer := make([]byte, 1024)
	length, err := sys.ReadAt(fd, buffer, 0)
	if err != nil {
		return nil
	}
	lines := strings.Split(string(buffer[:length]), "\n")
	if len(lines) != 6 || lines[0] != markerTitle || lines[5] != "" {
		return nil
	}
	var found marker
	for index, field := range []struct {
		name  string
		value *string
	}{{"digest ", &found.digest}, {"identity ", &found.identity}, {"boot ", &found.boot}, {"made ", &found.made}} {
		value, known := strings.CutPrefix(lines[index+1], field.name)
		if !known {
			return nil
		}
		*field.value = value
	}
	return &found
}

// writeMarker puts a marker in place, whole or not at all.
func (t *target) writeMarker(of slot, m marker) error {
	fresh := of.marker + ".new"
	path := filepath.Join(t.path, of.marker)
	fd, err := sys.CreateFile(t.directory, fresh)
	if err != nil {
		return targetFailure(path, err)
	}
	defer sys.Close(fd)
	err = sys.WriteAt(fd, []byte(m.String()), 0)
	if err == nil {
		err = sys.ChmodOpen(fd, 0o444)
	}
	if err == nil {
		err = sys.Rename(t.directory, fresh, of.marker)
	}
	if err == nil && m.boot == "" {
		if err = sys.Sync(fd); err == nil {
			err = sys.Sync(t.directory)
		}
	}
	if err != nil {
		return targetFailure(path, err)
	}
	return nil
}

// removeMarker removes it, and lasting: after a loss of power it must not speak for another content.
func (t *target) removeMarker(of slot) error {
	err := sys.Remove(t.directory, of.marker)
	if err == nil {
		err = sys.Sync(t.directory)
	}
	if err != nil && err != syscall.ENOENT {
		return targetFailure(filepath.Join(t.path, of.marker), err)
	}
	return nil
}

// madeNow tells this copy from all others.
func madeNow() string {
	var random [16]byte
	_, _ = rand.Read(random[:])
	return hex.EncodeToString(random[:])
}

// currentBoot tells one start of the node from another; empty where the kernel does not say (without /proc).
func currentBoot() string {
	content, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}

// judgement is what is thought of the content that is there.
type judgement struct {
	isGood bool
	// renewed says from now on that it is good, where that took more than a look at the marker.
	renewed *marker
	// why it is not good, when there was a copy that seemed to be.
	why string
}

// judge tells whether the content is a complete copy of the source as it is now, in the cheapest way that is certain.
func (t *target) judge(of slot, now *manifest, boot string, compare func() (string, error)) (judgement, error) {
	was := t.readMarker(of)
	exists, err := t.has(of.content)
	if err != nil || !exists || was == nil {
		return judgement{}, err
	}
	if was.digest != now.digest {
		return judgement{why: "the image or the flags of the share have changed: copying again"}, nil
	}
	// In one and the same start of the node the content is what was written, whether it has reached the disk or not.
	isWhole := was.boot == "" || was.boot == boot
	if isWhole && was.identity == now.identity && now.conclusive {
		return judgement{isGood: true}, nil
	}
	difference, err := compare()
	if err != nil {
		return judgement{}, err
	}
	if difference != "" {
		return judgement{why: fmt.Sprintf("the copy is not what the image has (%s): copying again", difference)}, nil
	}
	renewed := marker{now.digest, now.identity, was.boot, was.made}
	if !isWhole {
		// What was read in another start of the node has come from its disk.
		renewed.boot = ""
	}
	return judgement{isGood: true, renewed: &renewed}, nil
}

// keep leaves the content as it is, with nothing beside it: a run that was ended right after it had put its copy in
// place has left what was there before.
func (t *target) keep(of slot, good judgement, layers []string) error {
	if _, err := t.clean(layers); err != nil || good.renewed == nil {
		return err
	}
	return t.writeMarker(of, *good.renewed)
}
