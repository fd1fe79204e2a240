package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bookend.dev/seed/sys"
)

var (
	// program and crashing are this program as it is published, and as it ends itself at a certain write.
	program, crashing string
	// propertySeed repeats a failure: SEED=17.
	propertySeed uint64
)

// TestMain runs the tests in a mount namespace of their own, so that what they mount is gone with them.
func TestMain(m *testing.M) {
	if os.Getenv("SEED_TEST_NAMESPACE") == "" {
		os.Exit(inNamespace())
	}
	must(syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	directory, err := os.MkdirTemp("", "seed-test-")
	if err != nil {
		panic(err)
	}
	// Other users are to run it.
	must(os.Chmod(directory, 0o755))
	program, crashing = filepath.Join(directory, "seed"), filepath.Join(directory, "crashing")
	build(program)
	build(crashing, "-tags", "crash")
	propertySeed = uint64(time.Now().UnixNano())
	if text := os.Getenv("SEED"); text != "" {
		propertySeed, err = strconv.ParseUint(text, 10, 64)
		must(err)
	}
	code := m.Run()
	must(os.RemoveAll(directory))
	os.Exit(code)
}

func inNamespace() int {
	command := exec.Command(os.Args[0], os.Args[1:]...)
	command.Env = append(os.Environ(), "SEED_TEST_NAMESPACE=yes")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if err := command.Run(); command.ProcessState == nil {
		fmt.Fprintf(os.Stderr, "These tests mount file systems and change owners, which takes root: %v\n", err)
		return 1
	}
	return command.ProcessState.ExitCode()
}

// mounted mounts a file system in memory.
func mounted(t *testing.T, directory, options string) {
	t.Helper()
	must(os.MkdirAll(directory, 0o755))
	must(syscall.Mount("tmpfs", directory, "tmpfs", 0, options))
	t.Cleanup(func() { _ = syscall.Unmount(directory, syscall.MNT_DETACH) })
}

func build(output string, flags ...string) {
	command := exec.Command("go", append(append([]string{"build", "-trimpath", "-o", output}, flags...), ".")...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := command.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, said))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// outcome is what a run of the program came to.
type outcome struct {
	code   int
	killed bool
	said   string
}

// lastLine is what Kubernetes shows.
func (o outcome) lastLine() string {
	lines := strings.Split(strings.TrimSpace(o.said), "\n")
	return lines[len(lines)-1]
}

type how struct {
	program     string
	environment []string
	user        uint32
	root        string
}

// seed runs the program to its end.
func seed(how how, args ...string) outcome {
	if how.program == "" {
		how.program = program
	}
	command := exec.Command(how.program, args...)
	command.Env = append(os.Environ(), how.environment...)
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: how.root}
	if how.root != "" {
		command.Dir = "/"
	}
	if how.user != 0 {
		command.SysProcAttr.Credential = &syscall.Credential{Uid: how.user, Gid: how.user}
	}
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	err := command.Run()
	if command.ProcessState == nil {
		panic(err)
	}
	status := command.ProcessState.Sys().(syscall.WaitStatus)
	return outcome{status.ExitStatus(), status.Signaled(), said.String()}
}

// copied fails the test when copying fails.
func copied(t *testing.T, source, target string) string {
	t.Helper()
	done := seed(how{}, "copy", source, target)
	if done.code != 0 || done.killed {
		t.Fatalf("copying failed (%d): %s", done.code, done.said)
	}
	return done.lastLine()
}

// space is a new directory that every user may write to, as the kubelet makes an emptyDir.
func space(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	for parent := directory; parent != os.TempDir() && parent != "/"; parent = filepath.Dir(parent) {
		must(os.Chmod(parent, 0o755))
	}
	must(os.Chmod(directory, 0o777))
	t.Cleanup(func() { makeRemovable(directory) })
	return directory
}

func makeRemovable(directory string) {
	_ = filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
}

// snapshot says everything about a tree, one line an entry, with what must be the same in a copy.
func snapshot(t *testing.T, root string) string {
	t.Helper()
	var lines []string
	firstNames := map[fileID]string{}
	must(filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		must(err)
		var stat sys.Stat
		must(sys.Statx(atWorkingDirectory, path, &stat))
		name := strings.TrimPrefix(path, root)
		line := fmt.Sprintf("%q mode %o owner %d:%d modified %d.%09d", name, stat.Mode, stat.UID, stat.GID, stat.Modified.Seconds, stat.Modified.Nanoseconds)
		switch stat.Type() {
		case syscall.S_IFREG:
			content, err := os.ReadFile(path)
			must(err)
			line += fmt.Sprintf(" size %d content %x", stat.Size, sha256.Sum256(content))
			if stat.Size > 1<<20 {
				line += fmt.Sprintf(" holes %v", stat.Allocated() < stat.Size/2)
			}
		case syscall.S_IFLNK:
			target, err := os.Readlink(path)
			must(err)
			line += " to " + target
		}
		if stat.Type() == syscall.S_IFREG || stat.Type() == syscall.S_IFDIR {
			line += attributesOf(path)
		}
		if stat.Type() != syscall.S_IFDIR {
			id := idOf(&stat)
			if first, seen := firstNames[id]; seen {
				line += " same as " + first
			} else {
				firstNames[id] = name
			}
		}
		lines = append(lines, line)
		return nil
	}))
	return strings.Join(lines, "\n")
}

func attributesOf(path string) string {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	must(err)
	defer syscall.Close(fd)
	list, err := sys.ListAttributes(fd)
	must(err)
	names := strings.FieldsFunc(list, func(r rune) bool { return r == 0 })
	slices.Sort(names)
	text := ""
	for _, name := range names {
		value, err := sys.Attribute(fd, name)
		must(err)
		text += fmt.Sprintf(" %s=%x", name, value)
	}
	return text
}

func sameTree(t *testing.T, one, other string) {
	t.Helper()
	if expected, found := snapshot(t, one), snapshot(t, other); expected != found {
		t.Fatalf("the trees differ:\n%s", differenceOf(expected, found))
	}
}

func differenceOf(expected, found string) string {
	one, other := strings.Split(expected, "\n"), strings.Split(found, "\n")
	var lines []string
	for _, line := range one {
		if !slices.Contains(other, line) {
			lines = append(lines, "- "+line)
		}
	}
	for _, line := range other {
		if !slices.Contains(one, line) {
			lines = append(lines, "+ "+line)
		}
	}
	return strings.Join(lines[:min(len(lines), 20)], "\n")
}

// names are all entries of a directory.
func names(t *testing.T, directory string) []string {
	t.Helper()
	entries, err := os.ReadDir(directory)
	must(err)
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

func write(path, content string) {
	must(os.MkdirAll(filepath.Dir(path), 0o755))
	must(os.WriteFile(path, []byte(content), 0o644))
	backdate(path)
}

// backdate gives an entry a time of its own, as unpacking an image does.
func backdate(path string) { setTime(path, 1_600_000_000, 123_456_789) }

func setTime(path string, seconds int64, nanoseconds uint32) {
	time := sys.Time{Seconds: seconds, Nanoseconds: nanoseconds}
	must(sys.SetTimes(atWorkingDirectory, path, time, time))
}

// everything makes a small tree that has one of each.
func everything(root string) {
	must(os.MkdirAll(root, 0o755))
	write(filepath.Join(root, "index.html"), "hello")
	write(filepath.Join(root, "empty"), "")
	write(filepath.Join(root, ".hidden", ".file"), "dot")
	write(filepath.Join(root, "-n\nname with 'everything' \xff\xfe"), "odd")
	write(filepath.Join(root, "bin", "tool"), "#!")
	must(os.Chown(filepath.Join(root, "bin", "tool"), 12, 34))
	must(os.Chmod(filepath.Join(root, "bin", "tool"), 0o755|os.ModeSetuid|os.ModeSetgid))
	must(os.Mkdir(filepath.Join(root, "closed"), 0o555))
	must(os.Mkdir(filepath.Join(root, "tmp"), 0o777))
	must(os.Chmod(filepath.Join(root, "tmp"), 0o777|os.ModeSticky|os.ModeSetgid))
	must(os.Symlink("index.html", filepath.Join(root, "relative")))
	must(os.Symlink("/etc/passwd", filepath.Join(root, "absolute")))
	must(os.Symlink("../../../../outside", filepath.Join(root, "out")))
	must(os.Symlink("nothing", filepath.Join(root, "dangling")))
	must(os.Link(filepath.Join(root, "index.html"), filepath.Join(root, "bin", "same")))
	must(os.Link(filepath.Join(root, "relative"), filepath.Join(root, "bin", "same link")))
	must(syscall.Mkfifo(filepath.Join(root, "pipe"), 0o640))
	must(syscall.Chmod(filepath.Join(root, "pipe"), 0o640))
	sparse, err := os.Create(filepath.Join(root, "sparse"))
	must(err)
	must(sparse.Truncate(4 << 20))
	_, err = sparse.WriteAt([]byte("in the middle"), 2<<20)
	must(err)
	must(sparse.Close())
	must(syscall.Setxattr(filepath.Join(root, "empty"), "user.colour", []byte("red"), 0))
	must(syscall.Setxattr(filepath.Join(root, "tmp"), "user.place", []byte("here"), 0))
	must(filepath.WalkDir(root, func(path string, _ fs.DirEntry, _ error) error { backdate(path); return nil }))
}

// randomTree fills a directory at random.
func randomTree(random *rand.Rand, root string, depth int) {
	must(os.MkdirAll(root, 0o700))
	var files []string
	for number := range random.IntN(9) {
		path := filepath.Join(root, strings.Repeat(string(rune('a'+random.IntN(26))), 1+random.IntN(40))+strconv.Itoa(number))
		switch kind := random.IntN(12); {
		case kind < 4 && depth > 0:
			randomTree(random, path, depth-1)
			continue
		case kind == 4:
			must(os.Symlink(strings.Repeat("../", random.IntN(5))+"somewhere", path))
		case kind == 5:
			must(syscall.Mkfifo(path, 0o600))
			must(os.Chmod(path, fs.FileMode(random.IntN(0o1000))))
		case kind == 6 && len(files) > 0:
			must(os.Link(files[random.IntN(len(files))], path))
		default:
			randomFile(random, path)
			files = append(files, path)
		}
		must(os.Lchown(path, random.IntN(3), random.IntN(3)))
		setTime(path, int64(random.IntN(2_000_000_000)), uint32(random.IntN(1_000_000_000)))
	}
	must(os.Chown(root, random.IntN(3), random.IntN(3)))
	must(syscall.Chmod(root, 0o500|uint32(random.IntN(0o10000))))
	setTime(root, int64(random.IntN(2_000_000_000)), uint32(random.IntN(1_000_000_000)))
}

func randomFile(random *rand.Rand, path string) {
	file, err := os.Create(path)
	must(err)
	defer file.Close()
	for range random.IntN(4) {
		content := make([]byte, random.IntN([]int{10, 10, 5000, 5000, 200_000, 1_500_000}[random.IntN(6)]))
		for index := 0; index < len(content); index += 1 + random.IntN(50) {
			content[index] = byte(random.Uint32())
		}
		_, err := file.WriteAt(content, int64(random.IntN(2))*int64(random.IntN(2<<20)))
		must(err)
	}
	if random.IntN(4) == 0 {
		must(syscall.Setxattr(path, "user.random", fmt.Append(nil, random.Uint64()), 0))
	}
	must(file.Chown(random.IntN(3), random.IntN(3)))
	must(syscall.Chmod(path, uint32(random.IntN(0o10000))))
}

// stoppedBySignal sends the signal with which the kubelet ends a container, while another seed keeps this one waiting.
func stoppedBySignal(t *testing.T, source, target string) outcome {
	t.Helper()
	fd, err := openPath(target)
	must(err)
	must(syscall.Flock(fd, syscall.LOCK_EX))
	defer syscall.Close(fd)
	command := exec.Command(program, "copy", source, target)
	pipe, err := command.StderrPipe()
	must(err)
	must(command.Start())
	buffer := make([]byte, 4096)
	length, err := pipe.Read(buffer)
	must(err)
	if !strings.Contains(string(buffer[:length]), "another seed is at work") {
		t.Errorf("said: %s", buffer[:length])
	}
	must(command.Process.Signal(syscall.SIGTERM))
	rest, err := io.ReadAll(pipe)
	must(err)
	_ = command.Wait()
	return outcome{code: command.ProcessState.ExitCode(), said: string(rest)}
}
