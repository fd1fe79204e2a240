package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestCheckTellsTheDirectoryFromWhatARuntimeShowsInItsPlace(t *testing.T) {
	right, root, empty, other, many, changed := space(t), space(t), space(t), space(t), space(t), space(t)
	write(filepath.Join(right, sentinelName), sentinel)
	write(filepath.Join(root, "check", "sub", "path", sentinelName), sentinel)
	write(filepath.Join(root, "seed"), "a program")
	write(filepath.Join(other, "etc", "hosts"), "")
	for _, name := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		write(filepath.Join(many, name), "")
	}
	write(filepath.Join(changed, sentinelName), "of another image")
	noExec := space(t)
	mounted(t, noExec, "")
	write(filepath.Join(noExec, sentinelName), sentinel)
	must(syscall.Mount("", noExec, "", syscall.MS_REMOUNT|syscall.MS_NOEXEC, ""))
	locked := space(t)
	write(filepath.Join(locked, sentinelName), sentinel)
	must(os.Chmod(filepath.Join(locked, sentinelName), 0))

	for name, c := range map[string]struct {
		directory string
		code      int
		line      string
	}{
		"the directory":         {right, 0, `seed: .* is the directory of the image`},
		"without programs":      {noExec, exitNoPrograms, `seed: .* is the directory of the image, but programs in it cannot be run\. The container runtime mounts image volumes with noexec\.`},
		"the root of the image": {root, exitWhole, `seed: .* is the root of the image\. The container runtime does not know the subPath of image volumes\.`},
		"an empty directory":    {empty, exitEmpty, `seed: .* is empty\. The container runtime does not know image volumes, or the kubelet has them switched off\.`},
		"something else":        {other, exitOther, `seed: .* is something else: "etc"\. Look at .*`},
		"a great many things":   {many, exitOther, `seed: .* is something else: "1", "2", "3", "4", "5", and 2 more\. Look at .*`},
		"another sentinel":      {changed, exitOther, `seed: .* is something else: "sentinel"\. Look at .*`},
		"nothing at all":        {filepath.Join(empty, "absent"), exitNoSource, `seed: .*/absent does not exist in this image\. .*`},
		"a locked sentinel":     {locked, exitUnreadable, `seed: .*/sentinel cannot be read by user 1000, group 1000: .*`},
	} {
		t.Run(name, func(t *testing.T) {
			done := seed(how{user: 1000}, "check", c.directory)
			done.expectLine(t, c.code, "^"+c.line+"\n$")
		})
	}
}
