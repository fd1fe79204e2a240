package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bookend.dev/seed/sys"
)

func TestMountPointsAreMadeInTheCopyAndWhatIsThereStays(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), volume(t, 2000)
	everything(source)
	flags := []string{"--mount-point=run/secrets/token", "--mount-point=bin", "--mount-point-file=etc/app.conf", "--mount-point-file=index.html",
		"--mount-point=closed/data", "--mount-point=relative/x"}
	user := how{user: 1000, groups: []uint32{2000}}
	seed(user, append([]string{"copy", source, target}, flags...)...).expect(t, 0)
	content := filepath.Join(target, contentName)
	for path, expected := range map[string]string{
		"run":               "drwxr-xr-x g 1000:2000",
		"run/secrets/token": "drwxr-xr-x g 1000:2000",
		"etc/app.conf":      "-rw-r--r-- 1000:2000",
		"closed":            "dr-xr-xr-x g 1000:2000",
		"closed/data":       "drwxr-xr-x g 1000:2000",
		"relative":          "lrwxrwxrwx 1000:2000",
	} {
		looks(t, expected, content, path)
	}
	contains(t, "hello", content, "index.html")
	for _, path := range []string{"", "closed", "bin"} {
		var one, other sys.Stat
		must(sys.Statx(atWorkingDirectory, filepath.Join(source, path), &one))
		must(sys.Statx(atWorkingDirectory, filepath.Join(content, path), &other))
		if one.Modified != other.Modified {
			t.Errorf("%q has another time", path)
		}
	}
	// One that is gone is made again, and nothing else.
	must(os.RemoveAll(filepath.Join(content, "run")))
	before := inode(target)
	for _, reboot := range []bool{false, true} {
		if reboot {
			rebooted(target)
		}
		done := seed(user, append([]string{"copy", source, target}, flags...)...)
		if done.code != 0 || !strings.Contains(done.said, "is there already") || inode(target) != before {
			t.Errorf("%d: %s", done.code, done.said)
		}
		if _, err := os.Lstat(filepath.Join(content, "run/secrets/token")); err != nil {
			t.Error(err)
		}
	}
}

func TestAMountPointOfTheOtherKindIsRefused(t *testing.T) {
	source, target := everythingIn(t), space(t)
	for flag, expected := range map[string]string{
		"--mount-point=index.html":    "/content/index.html cannot be made: the source has a file at index.html. Mount the volume elsewhere, or a volume of the other kind.",
		"--mount-point-file=bin":      "/content/bin cannot be made: the source has a directory at bin. ",
		"--mount-point=index.html/in": "/content/index.html/in cannot be made: the source has a file at index.html. ",
	} {
		done := seed(how{}, "copy", source, target, flag)
		done.expect(t, exitUsage, expected)
		holds(t, target, 0)
	}
}

func TestMountPointsOfLayersAreMadeByTheLast(t *testing.T) {
	layers, target := threeLayers(t), space(t)
	for _, name := range layers.names {
		layers.flags[name] = []string{"--mount-point=lib/app/secret", "--mount-point-file=extra.txt"}
	}
	for range 2 {
		layers.run(t, target).expect(t, 0)
		content := filepath.Join(target, contentName)
		looks(t, "drwxr-xr-x 0:0", content, "lib/app/secret")
		contains(t, "top of extra", content, "extra.txt")
		must(os.Remove(filepath.Join(content, "lib/app/secret")))
	}
}
