package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"bookend.dev/seed/sys"
)

// copyInto makes DIR/content a true copy of the source, unless it is one already.
func copyInto(sourcePath, targetPath string, report io.Writer) error {
	started := time.Now()
	say := func(text string) { fmt.Fprintf(report, "seed: %s\n", text) }
	target, err := openTarget(targetPath, say)
	if err != nil {
		return err
	}
	defer sys.Close(target.directory)
	source, err := openSource(sourcePath)
	if err != nil {
		return err
	}
	defer sys.Close(source.directory)
	if source.isWithin(target.path) {
		return usage(fmt.Sprintf("%s is in %s, which it is to be copied to", source.path, target.path))
	}
	excludeOurs(source, target)
	described, err := source.describe()
	if err != nil {
		return err
	}
	boot := currentBoot()
	state, err := target.judge(source, described, boot)
	if err != nil {
		return err
	}
	if state.isGood {
		// A run that was ended after it put the content in place has left what was there before.
		if _, err := target.clean(); err != nil {
			return err
		}
		if state.renewed != nil {
			if err := target.writeMarker(*state.renewed); err != nil {
				return err
			}
		}
		say(fmt.Sprintf("%s is there already (%s, checked in %s)", source.path, counted(described.files, "file"), elapsed(started)))
		return nil
	}
	if state.why != "" {
		say(state.why)
	}
	stuck, err := target.clean()
	if err != nil {
		return err
	}
	if err := requireSpace(source, target, described); err != nil {
		return err
	}
	work := &copying{source: source, target: target}
	stop := work.progress.watch(report, described, progressEvery)
	err = work.publish(described, boot)
	stop()
	if err != nil {
		// Half a copy takes space that others of the node may need. What is in the way of removing it is not what went wrong.
		_, _ = target.clean()
		return err
	}
	if left, err := target.clean(); err == nil && len(left) > 0 {
		stuck = left
	}
	done := &work.progress
	parts := []string{fmt.Sprintf("copied %s: %s, %s in %s", source.path, counted(done.files.Load(), "file"),
		size(done.bytes.Load()), elapsed(started))}
	if lost := work.losses.String(); lost != "" {
		parts = append(parts, lost)
	}
	if len(stuck) > 0 {
		parts = append(parts, fmt.Sprintf("the copy before cannot be removed by %s and takes space until the Pod is gone", whoAmI()))
	}
	say(strings.Join(parts, "; "))
	return nil
}

// excludeOurs keeps what Bookend mounts into the container out of the copy, where the source is a directory above it (as `/` is).
func excludeOurs(source *source, target *target) {
	source.exclude(target.stat)
	absolute, err := filepath.Abs(target.path)
	if err != nil {
		return
	}
	for directory := filepath.Dir(absolute); directory != "/"; directory = filepath.Dir(directory) {
		var stat sys.Stat
		if filepath.Base(directory) == ".bookend" && sys.Statx(atWorkingDirectory, directory, &stat) == nil {
			source.exclude(stat)
		}
	}
}

// requireSpace fails before a disk is filled that others use too, and names both figures.
func requireSpace(source *source, target *target, described *manifest) error {
	free, err := target.free()
	if err != nil {
		return targetFailure(target.path, err)
	}
	// On one file system the copy may share the blocks of the original.
	if described.bytes <= free || source.stat.SameDevice(&target.stat) {
		return nil
	}
	return &failure{exitSpace, fmt.Sprintf("not enough space in %s: %s needs %s, %s are free", target.path, source.path,
		size(described.bytes), size(free)), spaceAdvice}
}

// publish copies, and puts the copy in place with one rename. Whenever it ends, the content is what was there before or the whole copy.
func (c *copying) publish(described *manifest, boot string) error {
	t := c.target
	staging, err := t.freshName(stagingName)
	if err != nil {
		return err
	}
	if err := c.copyTo(staging); err != nil {
		return err
	}
	if copied := c.progress.files.Load(); copied != described.files {
		return &failure{exitIO, fmt.Sprintf("%s changed while it was copied: it had %d files, %d were copied", c.source.path, described.files, copied),
			"Share a directory of the image that nothing writes to."}
	}
	if boot == "" {
		if err := sys.SyncFileSystem(t.directory); err != nil {
			return targetFailure(t.path, err)
		}
	}
	if err := t.removeMarker(); err != nil {
		return err
	}
	if err := t.putInPlace(staging); err != nil {
		return err
	}
	return t.writeMarker(marker{described.digest, described.identity, boot})
}

// putInPlace gives the copy its name. Where the file system cannot exchange two names at once, the content has none for an instant.
func (t *target) putInPlace(staging string) error {
	path := filepath.Join(t.path, contentName)
	exists, err := t.has(contentName)
	if err != nil {
		return err
	}
	if exists {
		err := sys.Exchange(t.directory, staging, contentName)
		if err == nil {
			return nil
		}
		if err != syscall.EINVAL && err != syscall.ENOSYS && err != syscall.EOPNOTSUPP {
			return targetFailure(path, err)
		}
		aside, err := t.freshName(ourNames + "old")
		if err != nil {
			return err
		}
		if err := sys.Rename(t.directory, contentName, aside); err != nil {
			return targetFailure(path, err)
		}
	}
	if err := sys.Rename(t.directory, staging, contentName); err != nil {
		return targetFailure(path, err)
	}
	return nil
}

func elapsed(since time.Time) string {
	return fmt.Sprintf("%.1f s", time.Since(since).Seconds())
}

// ownPath is where this very program is.
func ownPath() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	// Without /proc: the kernel does not say, whoever started the program does.
	if path, err := filepath.Abs(os.Args[0]); err == nil && strings.Contains(os.Args[0], "/") {
		return path
	}
	return "/seed"
}
