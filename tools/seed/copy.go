package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
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
		say(fmt.Sprintf("%s is there already (%s, checked in %s)", source.path, counted(described.files, "file"), elapsed(started)))
		return target.keep(state)
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
	say(work.summary(started, stuck))
	return nil
}

// summary is the last line of a run that copied.
func (c *copying) summary(started time.Time, stuck []string) string {
	done := &c.progress
	parts := []string{fmt.Sprintf("copied %s: %s, %s in %s", c.source.path, counted(done.files.Load(), "file"),
		size(done.bytes.Load()), elapsed(started))}
	if lost := c.losses.String(); lost != "" {
		parts = append(parts, lost)
	}
	if len(stuck) > 0 {
		parts = append(parts, fmt.Sprintf("the copy before cannot be removed by %s and takes space until the Pod is gone", whoAmI()))
	}
	return strings.Join(parts, "; ")
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

func elapsed(since time.Time) string {
	return fmt.Sprintf("%.1f s", time.Since(since).Seconds())
}
