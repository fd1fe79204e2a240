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
	if done := seed(user, append([]string{"copy", source, target}, flags...)...); done.code != 0 {
		t.Fatal(done.said)
	}
	content := filepath.Join(target, contentName)
	for path, expected := range map[string]string{
		"run":               "drwxr-xr-x g 1000:2000",
		"run/secrets/token": "drwxr-xr-x g 1000:2000",
		"etc/app.conf":      "-rw-r--r-- 1000:2000",
		"closed":            "dr-xr-xr-x g 1000:2000",
		"closed/data":       "drwxr-xr-x g 1000:2000",
		"relative":          "lrwxrwxrwx 1000:2000",
	} {
		if found := described(filepath.Join(content, path)); found != expected {
			t.Errorf("%s is %s, not %s", path, found, expected)
		}
	}
	if found, _ := os.ReadFile(filepath.Join(content, "index.html")); string(found) != "hello" {
		t.Errorf("index.html is %q", found)
	}
	for _, path := range []string{"", "closed", "bin"} {
		var one, other sys.Stat
		must(sys.Statx(atWorkingDirectory, filepath.Join(source, path), &one))
		must(sys.Statx(atWorkingDirectory, filepath.Join(content, path), &other))
		if !one.Modified.Same(other.Modified) {
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
	source, target := filepath.Join(space(t), "source"), space(t)
	everything(source)
	for flag, expected := range map[string]string{
		"--mount-point=index.html":    "/content/index.html cannot be made: the source has a file at index.html. Mount the volume elsewhere, or a volume of the other kind.",
		"--mount-point-file=bin":      "/content/bin cannot be made: the source has a directory at bin. ",
		"--mount-point=index.html/in": "/content/index.html/in cannot be made: the source has a file at index.html. ",
	} {
		done := seed(how{}, "copy", source, target, flag)
		if done.code != exitUsage || !strings.Contains(done.said, expected) {
			t.Errorf("%s: %d, %s", flag, done.code, done.said)
		}
		if found := names(t, target); len(found) > 0 {
			t.Errorf("%s: left %q", flag, found)
		}
	}
}

func TestMountPointsOfLayersAreMadeByTheLast(t *testing.T) {
	layers, target := threeLayers(t), space(t)
	for _, name := range layers.names {
		layers.flags[name] = []string{"--mount-point=lib/app/secret", "--mount-point-file=extra.txt"}
	}
	for range 2 {
		if done := layers.run(t, target); done.code != 0 {
			t.Fatal(done.said)
		}
		content := filepath.Join(target, contentName)
		if found := described(filepath.Join(content, "lib/app/secret")); found != "drwxr-xr-x 0:0" {
			t.Error(found)
		}
		if found, _ := os.ReadFile(filepath.Join(content, "extra.txt")); string(found) != "top of extra" {
			t.Errorf("extra.txt is %q", found)
		}
		must(os.Remove(filepath.Join(content, "lib/app/secret")))
	}
}
