package main

import (
	"bytes"
	"debug/elf"
	"fmt"
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
	source, target := everythingIn(t), space(t)
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
		tree := fmt.Sprintf("SEED=%d, tree %d", propertySeed, number)
		sameText(t, snapshot(t, source), snapshot(t, filepath.Join(target, contentName)), tree)
		if said := copied(t, source, target); !strings.Contains(said, "is there already") {
			t.Fatalf("%s, the second time: %s", tree, said)
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
	done.expect(t, 0)
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
	contains(t, "deep down", "file")
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
	isThereAlready(t, filepath.Join(directory, "config"), target)
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
	holds(t, outside, 0)
}

func TestWhatIsNotCopiedIsSaidInOneLine(t *testing.T) {
	source, target := everythingIn(t), space(t)
	must(syscall.Mknod(filepath.Join(source, "null"), syscall.S_IFCHR|0o666, 1<<8|3))
	socket, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	must(err)
	must(syscall.Bind(socket, &syscall.SockaddrUnix{Name: filepath.Join(source, "socket")}))
	must(syscall.Close(socket))
	said := seed(how{}, "copy", source, target, keepOwners)
	if said.code != 0 || strings.Count(said.said, "\n") != 1 || !strings.HasSuffix(said.lastLine(), "; not kept: 2 sockets or device nodes") {
		t.Errorf("said: %s", said.said)
	}
	isThereAlready(t, source, target)
}

func TestAUserWhoOwnsNothingCopiesWhatItMayReadAndSaysWhatItCouldNotKeep(t *testing.T) {
	source, target := everythingIn(t), space(t)
	done := seed(how{user: 1000}, "copy", source, target, keepOwners)
	done.expect(t, 0, "not kept: owners of 16, set-user-ID or set-group-ID bits of 1 (user 1000, group 1000 may not)\n")
	looks(t, "-rwxr-xr-x 1000:1000", target, contentName, "bin", "tool")
	seed(how{user: 1000}, "copy", source, target, keepOwners).expect(t, 0, "is there already")
}

func TestInAVolumeWithAGroupOfItsOwnThatGroupIsKeptByAUser(t *testing.T) {
	source, target := everythingIn(t), space(t)
	must(os.Chown(target, 0, 2000))
	must(os.Chmod(target, 0o777|os.ModeSetgid))
	seed(how{user: 1000}, "copy", source, target, keepOwners).expect(t, 0)
	looks(t, "-rw-r--r-- 1000:2000", target, contentName, "index.html")
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
	holds(t, filepath.Join(root, "elsewhere/share", contentName, "elsewhere"), 0)
}

func TestContentIsTheSameWhateverTheKernelCanCopyByItself(t *testing.T) {
	source := everythingIn(t)
	random := rand.New(rand.NewPCG(propertySeed, 2000))
	for _, name := range []string{"one", "two", "three", "four"} {
		randomFile(random, filepath.Join(source, name))
	}
	write(filepath.Join(source, "large"), strings.Repeat("0123456789", 4_000_001))
	for _, refusal := range []string{"", "clone", "clone,range", "clone,range,send", "send"} {
		target := space(t)
		done := seed(how{program: crashing, environment: []string{"SEED_REFUSE=" + refusal}}, "copy", source, target, keepOwners)
		done.expect(t, 0)
		sameText(t, snapshot(t, source), snapshot(t, filepath.Join(target, contentName)), "SEED=", propertySeed, ", without ", refusal)
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
	source, target := everythingIn(t), space(t)
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
		contains(t, expected, content, path)
	}
	for _, path := range []string{"proc", "volume"} {
		holds(t, filepath.Join(content, path), 0)
	}
	isThereAlready(t, source, target)
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
	seed(how{root: root, program: "/seed", user: 1000}, "install", "/tools").expect(t, 0)
	looks(t, "-r-xr-xr-x 1000:1000", root, "tools", "seed")
	contains(t, string(content), root, "tools", "seed")
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
	seed(how{root: root, program: "/tools/seed", user: 1000}, "install", "/tools").expect(t, 0, "is there already")
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
		done.expect(t, expected.code, expected.said+"\n")
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
