package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"bookend.dev/seed/sys"
)

// copyInto makes DIR/content a copy of the source, unless it is one already.
func copyInto(sourcePath, targetPath string, options *options, report io.Writer) error {
	started := time.Now()
	say := sayTo(report)
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
	described, err := source.describe(options.text)
	if err != nil {
		return err
	}
	work := &copying{source: source, target: target, options: options, progress: &progress{total: described, limit: options.limit}}
	work.losses.keepOwners = options.keepOwners
	if err := work.prepareLayers(); err != nil {
		return err
	}
	boot := currentBoot()
	into := options.slot()
	state, err := target.judge(into, described, boot, func() (string, error) { return target.compare(source, into) })
	if err != nil {
		return err
	}
	if state.isGood {
		say(fmt.Sprintf("%s is there already (%s, checked in %s)", source.path, counted(described.files, "file"), elapsed(started)))
		err = target.keep(into, state, options.layers)
	} else {
		err = work.copyAnew(into, marker{described.digest, described.identity, boot, madeNow()}, state.why, report)
	}
	switch {
	case err != nil:
		return err
	case options.isLastLayer():
		return work.putTogether(boot, say)
	case options.hasLayers() || !state.isGood:
		return nil
	}
	return options.remakeMountPoints(target)
}

// copyAnew copies, whatever is there.
func (c *copying) copyAnew(into slot, of marker, why string, report io.Writer) error {
	started := time.Now()
	say := sayTo(report)
	if why != "" {
		say(why)
	}
	target := c.target
	stuck, err := target.clean(c.options.layers)
	if err != nil {
		return err
	}
	if err := c.makeRoom(c.progress.total, into, say); err != nil {
		return err
	}
	running.Store(c.progress)
	stop := c.progress.watch(report, progressEvery)
	err = target.publish(into, of, c.fill)
	stop()
	if err != nil {
		// Half a copy takes space that others of the node may need. What is in the way of removing it is not what went
		// wrong.
		_, _ = target.clean(c.options.layers)
		return err
	}
	if left, err := target.clean(c.options.layers); err == nil && left > 0 {
		stuck = left
	}
	say(c.summary(started, stuck))
	return nil
}

// fill copies to a name that nobody uses yet, and looks whether it is all there.
func (c *copying) fill(staging string) error {
	if err := c.copyTo(staging); err != nil {
		return err
	}
	if err := c.room.settle(c.target); err != nil {
		return err
	}
	if copied, expected := c.progress.files.Load(), c.progress.total.files; copied != expected {
		return &failure{exitIO, fmt.Sprintf("%s changed while it was copied: it had %d files, %d were copied", c.source.path, expected, copied),
			"Share a directory of the image that nothing writes to."}
	}
	return nil
}

// summary is the last line of a run that copied.
func (c *copying) summary(started time.Time, stuck int) string {
	done := c.progress
	parts := []string{fmt.Sprintf("copied %s: %s, %s in %s", c.source.path, counted(done.files.Load(), "file"),
		size(done.bytes.Load()), elapsed(started))}
	if lost := c.losses.String(); lost != "" {
		parts = append(parts, lost)
	}
	if stuck > 0 {
		parts = append(parts, fmt.Sprintf("the copy before cannot be removed by %s and takes space until the Pod is gone", whoAmI()))
	}
	return strings.Join(parts, "; ")
}

// excludeOurs keeps what Bookend mounts into the container out of the copy, where the source is a directory above it
// (as `/` is).
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

// sayTo reports in lines.
func sayTo(report io.Writer) func(string) {
	return func(text string) { fmt.Fprintf(report, "seed: %s\n", oneLine(text, mostOfMessage)) }
}

func elapsed(since time.Time) string {
	return fmt.Sprintf("%.1f s", time.Since(since).Seconds())
}
