package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bookend.dev/seed/sys"
)

// rebooted makes the marker that of an earlier start of the node.
func rebooted(target string) {
	rebootedSlot(target, contentSlot)
}

func rebootedSlot(path string, of slot) {
	t := &targetOf{path}
	m := t.readSlot(of)
	m.boot = "an earlier one"
	must(os.Remove(filepath.Join(path, of.marker)))
	must(os.WriteFile(filepath.Join(path, of.marker), []byte(m.String()), 0o444))
}

type targetOf struct{ path string }

func (t *targetOf) read() marker { return t.readSlot(contentSlot) }

func (t *targetOf) readSlot(of slot) marker {
	fd, err := openPath(t.path)
	must(err)
	defer sys.Close(fd)
	return *(&target{path: t.path, directory: fd}).readMarker(of)
}

// prepared is a copy of everything.
func prepared(t *testing.T) (source, target string) {
	source, target = filepath.Join(space(t), "source"), space(t)
	everything(source)
	copied(t, source, target)
	return source, target
}

// inode tells whether the content was replaced.
func inode(target string) uint64 {
	var stat sys.Stat
	must(sys.Statx(atWorkingDirectory, filepath.Join(target, contentName), &stat))
	return stat.Inode
}

func TestASecondRunDoesNothing(t *testing.T) {
	source, target := prepared(t)
	before := snapshot(t, target)
	done := seed(how{program: crashing, environment: []string{"SEED_CRASH_AT=1"}}, "copy", source, target, keepOwners)
	done.expect(t, 0, "is there already")
	sameText(t, before, snapshot(t, target))
}

func TestAChangedImageReplacesTheContent(t *testing.T) {
	for name, change := range map[string]func(source string){
		"another content, time and size as before": func(source string) { write(filepath.Join(source, "index.html"), "HELLO") },
		"another size":                   func(source string) { write(filepath.Join(source, "index.html"), "hello, world") },
		"another time":                   func(source string) { setTime(filepath.Join(source, "index.html"), 5, 6) },
		"another mode":                   func(source string) { must(os.Chmod(filepath.Join(source, "index.html"), 0o600)) },
		"another owner":                  func(source string) { must(os.Chown(filepath.Join(source, "closed"), 3, 4)) },
		"another target":                 func(source string) { relink(filepath.Join(source, "dangling"), "nothinG") },
		"a new file":                     func(source string) { write(filepath.Join(source, "new"), "") },
		"a missing file":                 func(source string) { must(os.Remove(filepath.Join(source, ".hidden", ".file"))) },
		"another name":                   func(source string) { must(os.Rename(filepath.Join(source, "sparse"), filepath.Join(source, "sparsE"))) },
		"a directory in place of a file": func(source string) { must(os.Remove(source + "/empty")); must(os.Mkdir(source+"/empty", 0o755)) },
		"a file in place of the whole": func(source string) {
			must(os.Rename(source, source+"-before"))
			write(source, "a file")
		},
	} {
		t.Run(name, func(t *testing.T) {
			source, target := prepared(t)
			before := inode(target)
			change(source)
			said := copied(t, source, target)
			sameTree(t, source, filepath.Join(target, contentName))
			if !strings.Contains(said, "copied") || inode(target) == before {
				t.Errorf("it was not replaced: %s", said)
			}
			holds(t, target, 2)
		})
	}
}

func relink(path, target string) {
	must(os.Remove(path))
	must(os.Symlink(target, path))
	backdate(path)
}

func TestWhatConsumersChangedIsKept(t *testing.T) {
	for _, when := range []string{"in one start of the node", "after another"} {
		t.Run(when, func(t *testing.T) {
			source, target := prepared(t)
			content := filepath.Join(target, contentName)
			must(os.WriteFile(filepath.Join(content, "index.html"), []byte("changed by a consumer"), 0o644))
			must(os.WriteFile(filepath.Join(content, "added"), []byte("by a consumer"), 0o644))
			must(os.RemoveAll(filepath.Join(content, ".hidden")))
			must(os.WriteFile(filepath.Join(content, "tmp", "session"), nil, 0o600))
			before := snapshot(t, content)
			if when == "after another" {
				rebooted(target)
			}
			said := copied(t, source, target)
			if after := snapshot(t, content); after != before || !strings.Contains(said, "is there already") {
				t.Errorf("%s\n%s", said, differenceOf(before, after))
			}
		})
	}
}

func TestAfterANewStartOfTheNodeACopyThatReachedTheDiskIsKeptAndLooksNoFurther(t *testing.T) {
	source, target := prepared(t)
	if found := (&targetOf{target}).read().boot; found == "" || found != currentBoot() {
		t.Fatalf("the marker is of %q", found)
	}
	rebooted(target)
	before := inode(target)
	if said := copied(t, source, target); !strings.Contains(said, "is there already") || inode(target) != before {
		t.Errorf("said: %s", said)
	}
	if found := (&targetOf{target}).read().boot; found != "" {
		t.Errorf("it would be read again: %q", found)
	}
}

func TestAfterANewStartOfTheNodeWhatDidNotReachTheDiskIsCopiedAgain(t *testing.T) {
	for name, damage := range map[string]func(content string){
		"a file without its content": func(content string) { damageFile(filepath.Join(content, "bin", "tool"), "") },
		"a file cut short":           func(content string) { damageFile(filepath.Join(content, "index.html"), "hel") },
		"a file of zeros":            func(content string) { damageFile(filepath.Join(content, "index.html"), "\x00\x00\x00\x00\x00") },
		"a missing file":             func(content string) { lose(filepath.Join(content, ".hidden", ".file")) },
		"a missing directory":        func(content string) { must(os.RemoveAll(filepath.Join(content, "bin"))); backdate(content) },
		"a damaged link":             func(content string) { relink(filepath.Join(content, "relative"), "x"); backdate(content) },
		"another type":               func(content string) { lose(filepath.Join(content, "bin")+"/x", "x") },
	} {
		t.Run(name, func(t *testing.T) {
			source, target := prepared(t)
			damage(filepath.Join(target, contentName))
			rebooted(target)
			done := seed(how{}, "copy", source, target, keepOwners)
			done.expect(t, 0, "the copy is not what the image has")
			sameTree(t, source, filepath.Join(target, contentName))
		})
	}
}

func damageFile(path, content string) {
	must(os.WriteFile(path, []byte(content), 0o644))
	backdate(path)
}

// lose removes a file, or all of the directory and puts files in its place, without a trace in the time of the
// directory.
func lose(path string, instead ...string) {
	directory := filepath.Dir(path)
	if len(instead) > 0 {
		must(os.RemoveAll(directory))
		write(directory, instead[0])
		backdate(filepath.Dir(directory))
		return
	}
	must(os.Remove(path))
	backdate(directory)
}

func TestAnImageThatWasFetchedAgainIsRecognisedByItsContent(t *testing.T) {
	source, target := prepared(t)
	before := inode(target)
	must(os.Rename(source, source+"-before"))
	everything(source)
	if said := copied(t, source, target); !strings.Contains(said, "is there already") || inode(target) != before {
		t.Fatalf("said: %s", said)
	}
	// From now on, one look is enough again.
	seed(how{program: crashing, environment: []string{"SEED_CRASH_AT=1"}}, "copy", source, target, keepOwners).expect(t, 0)
}

func TestWhereTheChangeTimeSaysNothingContentIsCompared(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	must(os.Mkdir(source, 0o755))
	// What was written just now has one and the same time of modification and of change, as all files of an EROFS
	// image have.
	must(os.WriteFile(filepath.Join(source, "file"), []byte("content"), 0o644))
	var stat sys.Stat
	must(sys.Statx(atWorkingDirectory, filepath.Join(source, "file"), &stat))
	if stat.Modified != stat.Changed {
		t.Fatal("this file system gives them different times")
	}
	copied(t, source, target)
	isThereAlready(t, source, target)
	copyOfIt := filepath.Join(target, contentName, "file")
	must(os.WriteFile(copyOfIt, []byte("CONTENT"), 0o644))
	must(sys.SetTimes(atWorkingDirectory, copyOfIt, stat.Modified, stat.Modified))
	if said := copied(t, source, target); !strings.Contains(said, "copied") {
		t.Errorf("said: %s", said)
	}
	sameTree(t, source, filepath.Join(target, contentName))
}

func TestAMarkerWithoutItsContentIsNotBelieved(t *testing.T) {
	source, target := prepared(t)
	makeRemovable(filepath.Join(target, contentName))
	must(os.RemoveAll(filepath.Join(target, contentName)))
	copied(t, source, target)
	sameTree(t, source, filepath.Join(target, contentName))
}

func TestAMarkerThatIsNotWholeIsNotBelieved(t *testing.T) {
	for _, text := range []string{"", "bookend seed 2\n", "bookend seed 1\ndigest x\nidentity y\nboot z\n", "bookend seed 3\ndigest x\nidentity y\nboot z\nmade u\n", strings.Repeat("x", 5000)} {
		source, target := prepared(t)
		before := inode(target)
		must(os.Remove(filepath.Join(target, markerName)))
		must(os.WriteFile(filepath.Join(target, markerName), []byte(text), 0o444))
		copied(t, source, target)
		if inode(target) == before {
			t.Errorf("believed: %q", text)
		}
	}
}

func TestWhatAnotherUserMadeInTheCopyBeforeDoesNotStandInTheWay(t *testing.T) {
	directory, target := space(t), space(t)
	source := filepath.Join(directory, "source")
	write(filepath.Join(source, "file"), "one")
	must(os.Chmod(source, 0o777))
	user := how{user: 1000}
	seed(user, "copy", source, target, keepOwners).expect(t, 0)
	must(os.MkdirAll(filepath.Join(target, contentName, "of-another", "deep"), 0o700))
	for _, content := range []string{"two", "three"} {
		write(filepath.Join(source, "file"), content)
		done := seed(user, "copy", source, target, keepOwners)
		done.expect(t, 0, "the copy before cannot be removed by user 1000, group 1000 and takes space until the Pod is gone")
		contains(t, content, target, contentName, "file")
		_ = os.MkdirAll(filepath.Join(target, contentName, "of-another", "deep"), 0o700)
	}
}

func TestTwoAtOnceComeOneAfterTheOther(t *testing.T) {
	source, target := everythingIn(t), space(t)
	results := make(chan outcome, 4)
	for range 4 {
		go func() { results <- seed(how{}, "copy", source, target, keepOwners) }()
	}
	for range 4 {
		(<-results).expect(t, 0)
	}
	sameTree(t, source, filepath.Join(target, contentName))
}
