package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestEveryFailureHasItsCodeAndOneLineThatSaysWhatToDo(t *testing.T) {
	directory, target := space(t), space(t)
	write(filepath.Join(directory, "locked", "deep", "file"), "secret")
	must(os.Chmod(filepath.Join(directory, "locked", "deep", "file"), 0o600))
	write(filepath.Join(directory, "closed", "deep", "file"), "secret")
	must(os.Chmod(filepath.Join(directory, "closed", "deep"), 0o700))
	must(os.Symlink("nowhere", filepath.Join(directory, "dangling")))
	must(os.Symlink("circle", filepath.Join(directory, "circle")))
	must(syscall.Mkfifo(filepath.Join(directory, "pipe"), 0o644))
	write(filepath.Join(directory, "large", "file"), strings.Repeat("x", 3<<20))
	write(filepath.Join(directory, "many", "one"), "")
	for _, name := range []string{"two", "three", "four", "five", "six"} {
		write(filepath.Join(directory, "many", name), "")
	}
	small, few, readOnly := space(t), space(t), space(t)
	mounted(t, small, "size=1m")
	mounted(t, few, "nr_inodes=4")
	mounted(t, readOnly, "")
	must(syscall.Mount("", readOnly, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	private := space(t)
	must(os.Chmod(private, 0o755))
	absent := filepath.Join(directory, "absent")

	for name, c := range map[string]struct {
		args []string
		user uint32
		code int
		line string
	}{
		"no command":             {nil, 0, exitUsage, `seed: there is no command\. Use: seed install DIR \| seed copy SRC DIR \[FLAG…\] \| seed check DIR \| seed version`},
		"an unknown command":     {[]string{"remove"}, 0, exitUsage, `seed: there is no command "remove"\. Use: .*`},
		"too few arguments":      {[]string{"copy", directory}, 0, exitUsage, `seed: copy takes 2 paths, not 1\. Use: .*`},
		"no such source":         {[]string{"copy", absent, target}, 0, exitNoSource, `seed: .*/absent does not exist in this image\. Correct the source path of the share, or the image\.`},
		"a file on the way":      {[]string{"copy", directory + "/large/file/x", target}, 0, exitNoSource, `seed: .*/large/file/x does not exist in this image\. .*`},
		"a dangling link":        {[]string{"copy", directory + "/dangling", target}, 0, exitNoSource, `seed: .*/dangling is a symbolic link to nowhere, which does not exist in this image\. .*`},
		"links in a circle":      {[]string{"copy", directory + "/circle", target}, 0, exitNoSource, `seed: .*/circle leads through symbolic links in a circle\. .*`},
		"a pipe":                 {[]string{"copy", directory + "/pipe", target}, 0, exitUsage, `seed: .*/pipe is neither a directory nor a file\. .*`},
		"an unreadable file":     {[]string{"copy", directory + "/locked", target}, 1000, exitUnreadable, `seed: .*/locked/deep/file cannot be read by user 1000, group 1000: it belongs to user 0, group 0 and has mode 0600\. Let the source container run as a user that may read it \(securityContext\.runAsUser\), share a narrower path, or make it readable in the image\.`},
		"a closed directory":     {[]string{"copy", directory + "/closed", target}, 1000, exitUnreadable, `seed: .*/closed/deep cannot be read by user 1000, group 1000: it belongs to user 0, group 0 and has mode 0700\. .*`},
		"no target":              {[]string{"copy", directory + "/large", absent}, 0, exitUsage, `seed: .*/absent is no directory\. Name the directory in which a volume is mounted\.`},
		"a read-only target":     {[]string{"copy", directory + "/large", readOnly}, 0, exitPermission, `seed: .* cannot be written by user 0, group 0: read-only file system\. Mount a volume .*`},
		"somebody's target":      {[]string{"copy", directory + "/large", private}, 1000, exitPermission, `seed: .* cannot be written by user 1000, group 1000: permission denied\. Mount .*`},
		"too little space":       {[]string{"copy", directory + "/large", small}, 0, exitSpace, `seed: not enough space in .*: .*/large needs 3\.0 MiB, 1\.0 MiB are free\. The volume is in memory: raise sizeLimit of the share and limits\.memory of the container, or share a smaller directory\.`},
		"too few inodes":         {[]string{"copy", directory + "/many", few}, 0, exitSpace, `seed: not enough space for .*/content/\w+: no space left on device; copied \d of 6 files, 0 bytes of 0 bytes\. The volume is in memory: raise .*`},
		"a source in its target": {[]string{"copy", target, target + "/"}, 0, exitUsage, `seed: .* is in .*, which it is to be copied to\. Use: .*`},
		"no place to install":    {[]string{"install", readOnly}, 0, exitPermission, `seed: .*/seed cannot be written by user 0, group 0: read-only file system\. .*`},
		"no room to install":     {[]string{"install", small}, 0, exitSpace, `seed: not enough space for .*/seed: no space left on device\. .*`},
		"nothing to install in":  {[]string{"install", absent}, 0, exitUsage, `seed: .*/absent is no directory\. .*`},
	} {
		t.Run(name, func(t *testing.T) {
			done := seed(how{user: c.user}, c.args...)
			done.expectLine(t, c.code, "^"+c.line+"\n$")
			for _, directory := range []string{target, small, few} {
				holds(t, directory, 0)
			}
		})
	}
}

func TestNamesOfAnyBytesAndPathsOfAnyLengthStayInOneLine(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	path := source
	for range 15 {
		path = filepath.Join(path, strings.Repeat("long", 60))
	}
	path = filepath.Join(path, "line\nseed: copied everything\r\x1b[2K\xff\u2028")
	write(path, "")
	must(os.Chmod(path, 0o600))
	done := seed(how{user: 1000}, "copy", source, target)
	line := `^seed: /.*longl.*….*/line\?seed: copied everything\?\?\[2K\?\? cannot be read by user 1000, .*\n$`
	done.expectLine(t, exitUnreadable, line)
	if len(done.said) > 2*mostOfMessage {
		t.Errorf("%q", done.said)
	}
}

func TestAFailedCopyLeavesTheOneBeforeAsItIsAndTheNextOneSucceeds(t *testing.T) {
	directory, target := space(t), space(t)
	mounted(t, target, "size=4m")
	must(os.Chmod(target, 0o777))
	write(filepath.Join(directory, "one", "file"), "one")
	write(filepath.Join(directory, "two", "file"), strings.Repeat("2", 2<<20))
	write(filepath.Join(directory, "two", "unreadable"), "")
	must(os.Chmod(filepath.Join(directory, "two", "unreadable"), 0))
	seed(how{user: 1000}, "copy", filepath.Join(directory, "one"), target).expect(t, 0)
	seed(how{user: 1000}, "copy", filepath.Join(directory, "two"), target).expect(t, exitUnreadable)
	contains(t, "one", target, contentName, "file")
	must(os.Chmod(filepath.Join(directory, "two", "unreadable"), 0o644))
	seed(how{user: 1000}, "copy", filepath.Join(directory, "two"), target).expect(t, 0)
}

func TestASignalEndsItAndTheNextStartBeginsAnew(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	for number := range 500 {
		write(filepath.Join(source, strings.Repeat("f", 1+number%250)+string(rune('a'+number/250))), "content")
	}
	done := stoppedBySignal(t, source, target)
	done.expect(t, 128+int(syscall.SIGTERM), "seed: stopped by terminated; ")
	copied(t, source, target)
	sameTree(t, source, filepath.Join(target, contentName))
}

func TestVersionAndHelp(t *testing.T) {
	seed(how{}, "version").expectLine(t, 0, "^seed development\n$")
	seed(how{}, "--help").expectLine(t, 0, "^"+regexp.QuoteMeta(help)+"$")
}
