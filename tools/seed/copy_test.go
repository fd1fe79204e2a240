package main

import (
	"bytes"
	"debug/elf"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestACopyIsEqualToItsSource(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	everything(source)
	said := copied(t, source, target)
	sameTree(t, source, filepath.Join(target, contentName))
	if strings.Contains(said, "not kept") {
		t.Errorf("said: %s", said)
	}
	if found := names(t, target); !slices.Equal(found, []string{markerName, contentName}) {
		t.Errorf("in the target: %q", found)
	}
}

func TestRandomTreesAreCopiedEqual(t *testing.T) {
	for number := range uint64(25) {
		random := rand.New(rand.NewPCG(propertySeed, number))
		source, target := filepath.Join(space(t), "source"), space(t)
		randomTree(random, source, 3)
		copied(t, source, target)
		expected, found := snapshot(t, source), snapshot(t, filepath.Join(target, contentName))
		if expected != found {
			t.Fatalf("SEED=%d, tree %d:\n%s", propertySeed, number, differenceOf(expected, found))
		}
		if said := copied(t, source, target); !strings.Contains(said, "is there already") {
			t.Fatalf("SEED=%d, tree %d, the second time: %s", propertySeed, number, said)
		}
	}
}

func TestManyFilesInManyDirectoriesTakeLittleMemory(t *testing.T) {
	memory := space(t)
	mounted(t, memory, "size=512m")
	source, target := filepath.Join(memory, "source"), filepath.Join(memory, "target")
	must(os.MkdirAll(target, 0o777))
	for number := range 30_000 {
		directory := filepath.Join(source, strings.Repeat("deep/", number%40), strconv.Itoa(number%600))
		if number < 600 {
			must(os.MkdirAll(directory, 0o755))
		}
		must(os.WriteFile(filepath.Join(directory, strconv.Itoa(number)), []byte("content"), 0o644))
	}
	done := seed(how{environment: []string{"GODEBUG=gctrace=1"}}, "copy", source, target, keepOwners)
	if done.code != 0 {
		t.Fatal(done.said)
	}
	for _, heap := range regexp.MustCompile(`->(\d+)->\d+ MB`).FindAllStringSubmatch(done.said, -1) {
		if megabytes, err := strconv.Atoi(heap[1]); err != nil || megabytes > 10 {
			t.Fatalf("it used %s MB of memory:\n%s", heap[1], done.said)
		}
	}
	sameTree(t, source, filepath.Join(target, contentName))
}

func TestAPathLongerThanTheKernelTakesAtOnceIsCopied(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	must(os.Mkdir(source, 0o755))
	here, err := os.Getwd()
	must(err)
	defer func() { must(os.Chdir(here)) }()
	must(os.Chdir(source))
	name := strings.Repeat("long", 50)
	for range 30 {
		must(os.Mkdir(name, 0o755))
		must(os.Chdir(name))
	}
	must(os.WriteFile("file", []byte("deep down"), 0o644))
	must(os.Chdir(here))
	copied(t, source, target)
	must(os.Chdir(filepath.Join(target, contentName)))
	for range 30 {
		must(os.Chdir(name))
	}
	if content, _ := os.ReadFile("file"); string(content) != "deep down" {
		t.Errorf("found %q", content)
	}
}

func TestAFileAsSourceBecomesAFile(t *testing.T) {
	directory, target := space(t), space(t)
	write(filepath.Join(directory, "config"), "value")
	must(os.Chmod(filepath.Join(directory, "config"), 0o640))
	must(os.Chown(filepath.Join(directory, "config"), 7, 8))
	copied(t, filepath.Join(directory, "config"), target)
	expected := snapshot(t, filepath.Join(directory, "config"))
	if found := snapshot(t, filepath.Join(target, contentName)); found != expected {
		t.Errorf("%s\nis not\n%s", found, expected)
	}
	if said := copied(t, filepath.Join(directory, "config"), target); !strings.Contains(said, "is there already") {
		t.Errorf("the second time: %s", said)
	}
}

func TestALinkAsSourceIsResolved(t *testing.T) {
	directory := space(t)
	everything(filepath.Join(directory, "releases", "7"))
	must(os.Symlink("7", filepath.Join(directory, "releases", "current")))
	must(os.Symlink("releases", filepath.Join(directory, "site")))
	for _, source := range []string{"site/current", "site/current/", "site/current/relative"} {
		target := space(t)
		resolved, err := filepath.EvalSymlinks(filepath.Join(directory, source))
		must(err)
		if said := copied(t, directory+"/"+source, target); !strings.Contains(said, resolved) {
			t.Errorf("%s: said %s", source, said)
		}
		sameTree(t, resolved, filepath.Join(target, contentName))
	}
}

func TestLinksAreNeverFollowedOut(t *testing.T) {
	directory, target := space(t), space(t)
	source := filepath.Join(directory, "source")
	write(filepath.Join(directory, "secret", "key"), "secret")
	must(os.Mkdir(source, 0o755))
	must(os.Symlink("../secret", filepath.Join(source, "to-directory")))
	must(os.Symlink(filepath.Join(directory, "secret", "key"), filepath.Join(source, "to-file")))
	// What a hostile volume has in place of what is to be written must not be followed either.
	outside := space(t)
	for _, name := range []string{contentName, stagingName, markerName, markerName + ".new", stagingName + ".probe"} {
		must(os.Symlink(outside, filepath.Join(target, name)))
	}
	copied(t, source, target)
	sameTree(t, source, filepath.Join(target, contentName))
	if found := names(t, outside); len(found) > 0 {
		t.Errorf("written outside: %q", found)
	}
}

func TestWhatIsNotCopiedIsSaidInOneLine(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	everything(source)
	must(syscall.Mknod(filepath.Join(source, "null"), syscall.S_IFCHR|0o666, 1<<8|3))
	socket, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	must(err)
	must(syscall.Bind(socket, &syscall.SockaddrUnix{Name: filepath.Join(source, "socket")}))
	must(syscall.Close(socket))
	said := seed(how{}, "copy", source, target, keepOwners)
	if said.code != 0 || strings.Count(said.said, "\n") != 1 || !strings.HasSuffix(said.lastLine(), "; not kept: 2 sockets or device nodes") {
		t.Errorf("said: %s", said.said)
	}
	if said := copied(t, source, target); !strings.Contains(said, "is there already") {
		t.Errorf("the second time: %s", said)
	}
}

func TestAUserWhoOwnsNothingCopiesWhatItMayReadAndSaysWhatItCouldNotKeep(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	everything(source)
	done := seed(how{user: 1000}, "copy", source, target, keepOwners)
	if done.code != 0 {
		t.Fatal(done.said)
	}
	expected := "not kept: owners of 16, set-user-ID or set-group-ID bits of 1 (user 1000, group 1000 may not)"
	if !strings.HasSuffix(done.lastLine(), expected) {
		t.Errorf("said: %s", done.said)
	}
	var stat syscall.Stat_t
	must(syscall.Stat(filepath.Join(target, contentName, "bin", "tool"), &stat))
	if stat.Mode&0o7777 != 0o755 || stat.Uid != 1000 {
		t.Errorf("the set-user-ID program is %o of %d", stat.Mode, stat.Uid)
	}
	again := seed(how{user: 1000}, "copy", source, target, keepOwners)
	if again.code != 0 || !strings.Contains(again.said, "is there already") {
		t.Errorf("the second time: %s", again.said)
	}
}

func TestInAVolumeWithAGroupOfItsOwnThatGroupIsKeptByAUser(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	everything(source)
	must(os.Chown(target, 0, 2000))
	must(os.Chmod(target, 0o777|os.ModeSetgid))
	done := seed(how{user: 1000}, "copy", source, target, keepOwners)
	if done.code != 0 {
		t.Fatal(done.said)
	}
	var stat syscall.Stat_t
	must(syscall.Stat(filepath.Join(target, contentName, "index.html"), &stat))
	if stat.Gid != 2000 {
		t.Errorf("the group is %d", stat.Gid)
	}
}

func TestATargetWithinTheSourceIsLeftOut(t *testing.T) {
	root := space(t)
	everything(filepath.Join(root, "app"))
	for _, volume := range []string{".bookend/share", ".bookend/tools", "elsewhere/share"} {
		must(os.MkdirAll(filepath.Join(root, volume), 0o777))
	}
	backdate(root)
	copied(t, root, filepath.Join(root, ".bookend/share"))
	if found := names(t, filepath.Join(root, ".bookend/share", contentName)); !slices.Equal(found, []string{"app", "elsewhere"}) {
		t.Errorf("copied: %q", found)
	}
	copied(t, root, filepath.Join(root, "elsewhere/share"))
	if found := names(t, filepath.Join(root, "elsewhere/share", contentName, "elsewhere")); len(found) > 0 {
		t.Errorf("copied into itself: %q", found)
	}
}

func TestContentIsTheSameWhateverTheKernelCanCopyByItself(t *testing.T) {
	source := filepath.Join(space(t), "source")
	everything(source)
	random := rand.New(rand.NewPCG(propertySeed, 2000))
	for _, name := range []string{"one", "two", "three", "four"} {
		randomFile(random, filepath.Join(source, name))
	}
	write(filepath.Join(source, "large"), strings.Repeat("0123456789", 4_000_001))
	for _, refusal := range []string{"", "clone", "clone,range", "clone,range,send", "send"} {
		target := space(t)
		done := seed(how{program: crashing, environment: []string{"SEED_REFUSE=" + refusal}}, "copy", source, target, keepOwners)
		if done.code != 0 {
			t.Fatalf("without %s: %s", refusal, done.said)
		}
		expected, found := snapshot(t, source), snapshot(t, filepath.Join(target, contentName))
		if expected != found {
			t.Errorf("SEED=%d, without %s:\n%s", propertySeed, refusal, differenceOf(expected, found))
		}
	}
}

func TestAVolumeInMemoryGetsAnEqualCopy(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	mounted(t, target, "size=64m")
	everything(source)
	copied(t, source, target)
	sameTree(t, source, filepath.Join(target, contentName))
}

func TestWhatIsMountedOverTheImageIsLeftEmpty(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	everything(source)
	write(filepath.Join(source, "etc", "hosts"), "of the image")
	write(filepath.Join(source, "etc", "link-target"), "of the image")
	must(os.Link(filepath.Join(source, "etc", "hosts"), filepath.Join(source, "etc", "also-hosts")))
	pod := filepath.Join(space(t), "hosts")
	write(pod, "of the Pod")
	mounted(t, filepath.Join(source, "proc"), "")
	write(filepath.Join(source, "proc", "cpuinfo"), "not of the image")
	must(syscall.Mount(pod, filepath.Join(source, "etc", "hosts"), "", syscall.MS_BIND, ""))
	t.Cleanup(func() { _ = syscall.Unmount(filepath.Join(source, "etc", "hosts"), syscall.MNT_DETACH) })
	// A directory of the same file system, mounted: its device says nothing.
	other := filepath.Join(space(t), "other")
	write(filepath.Join(other, "file"), "of another volume")
	must(os.Mkdir(filepath.Join(source, "volume"), 0o700))
	must(syscall.Mount(other, filepath.Join(source, "volume"), "", syscall.MS_BIND, ""))
	t.Cleanup(func() { _ = syscall.Unmount(filepath.Join(source, "volume"), syscall.MNT_DETACH) })

	said := copied(t, source, target)
	if !strings.HasSuffix(said, "; not kept: what is mounted at 3 places, which are left empty") {
		t.Errorf("said: %s", said)
	}
	content := filepath.Join(target, contentName)
	for path, expected := range map[string]string{"etc/hosts": "", "etc/also-hosts": "of the image"} {
		if found, err := os.ReadFile(filepath.Join(content, path)); err != nil || string(found) != expected {
			t.Errorf("%s: %q, %v", path, found, err)
		}
	}
	for _, path := range []string{"proc", "volume"} {
		if found := names(t, filepath.Join(content, path)); len(found) > 0 {
			t.Errorf("%s: %q", path, found)
		}
	}
	if said := copied(t, source, target); !strings.Contains(said, "is there already") {
		t.Errorf("the second time: %s", said)
	}
	// What is mounted itself may be the source: then it was asked for.
	target = space(t)
	copied(t, filepath.Join(source, "volume"), target)
	sameTree(t, other, filepath.Join(target, contentName))
}

func TestAnImageWithNothingButTheProgramWillDo(t *testing.T) {
	root := space(t)
	everything(filepath.Join(root, "srv"))
	for _, directory := range []string{"tools", "share"} {
		must(os.Mkdir(filepath.Join(root, directory), 0o777))
		must(os.Chmod(filepath.Join(root, directory), 0o777))
	}
	content, err := os.ReadFile(program)
	must(err)
	must(os.WriteFile(filepath.Join(root, "seed"), content, 0o755))
	must(os.Chmod(root, 0o755))
	if done := seed(how{root: root, program: "/seed", user: 1000}, "install", "/tools"); done.code != 0 {
		t.Fatal(done.said)
	}
	var stat syscall.Stat_t
	must(syscall.Stat(filepath.Join(root, "tools", "seed"), &stat))
	if stat.Mode&0o7777 != 0o555 || int(stat.Size) != len(content) {
		t.Errorf("installed with mode %o, %d bytes", stat.Mode, stat.Size)
	}
	// Neither is there /proc to say which start of the node this is: everything is on the disk before the marker is.
	for _, expected := range []string{"seed: copied /srv: 7 files", "seed: /srv is there already"} {
		done := seed(how{root: root, program: "/tools/seed"}, "copy", "/srv", "/share", keepOwners)
		if done.code != 0 || !strings.HasPrefix(done.lastLine(), expected) {
			t.Errorf("said: %s", done.said)
		}
	}
	sameTree(t, filepath.Join(root, "srv"), filepath.Join(root, "share", contentName))
	if found := (&targetOf{filepath.Join(root, "share")}).read().boot; found != "" {
		t.Errorf("the marker is of %q", found)
	}
	if done := seed(how{root: root, program: "/tools/seed", user: 1000}, "install", "/tools"); done.code != 0 || !strings.Contains(done.said, "is there already") {
		t.Errorf("%d: %s", done.code, done.said)
	}
}

func TestRootWithoutAnyRightsKeepsWhatItCanAndHalfOfTheRightsIsSaid(t *testing.T) {
	source := filepath.Join(space(t), "source")
	write(filepath.Join(source, "file"), "content")
	must(os.Chown(filepath.Join(source, "file"), 5, 6))
	for bounding, expected := range map[string]struct {
		code int
		said string
	}{
		"-all":        {0, "; not kept: owners of 1 (user 0, group 0 may not)"},
		"-all,+chown": {exitPermission, "/content/file was given to its owner, user 5, and then its mode and times cannot be set. Give the container the capabilities DAC_OVERRIDE, FOWNER and FSETID along with CHOWN, or none of them."},
		"-all,+chown,+dac_override,+fowner,+fsetid": {0, " s"},
	} {
		// As a container's, of its bounding set a program of root gets everything.
		done := seed(how{program: "setpriv"}, "--bounding-set", bounding, program, "copy", source, space(t), keepOwners)
		if done.code != expected.code || !strings.HasSuffix(done.lastLine(), expected.said) {
			t.Errorf("with %s it ended with %d: %s", bounding, done.code, done.said)
		}
	}
}

func TestTheSameSourcesGiveTheSameStaticProgramAnywhere(t *testing.T) {
	var programs [][]byte
	for range 2 {
		directory := space(t)
		must(os.CopyFS(filepath.Join(directory, "elsewhere"), os.DirFS(".")))
		command := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.version=1.2.3", "-o", "../seed", ".")
		command.Dir = filepath.Join(directory, "elsewhere")
		command.Env = append(os.Environ(), "CGO_ENABLED=0")
		if said, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s", said)
		}
		content, err := os.ReadFile(filepath.Join(directory, "seed"))
		must(err)
		programs = append(programs, content)
	}
	if !bytes.Equal(programs[0], programs[1]) {
		t.Error("the programs differ")
	}
	if size := len(programs[0]); size > 3<<20 {
		t.Errorf("it has %d bytes", size)
	}
	read, err := elf.NewFile(bytes.NewReader(programs[0]))
	must(err)
	for _, header := range read.Progs {
		if header.Type == elf.PT_INTERP || header.Type == elf.PT_DYNAMIC {
			t.Errorf("it is not static: %v", header.Type)
		}
	}
}
