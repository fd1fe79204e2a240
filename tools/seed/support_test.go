package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
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

// expect tells that it ended with another code, or did not say this.
func (o outcome) expect(t *testing.T, code int, texts ...string) {
	t.Helper()
	missing := slices.DeleteFunc(texts, func(text string) bool { return strings.Contains(o.said, text) })
	if o.killed || o.code != code || len(missing) > 0 {
		t.Fatalf("%d, killed %v, not %d; missing %q: %s", o.code, o.killed, code, missing, o.said)
	}
}

// expectLine tells that it ended with another code, or said something else.
func (o outcome) expectLine(t *testing.T, code int, line string) {
	t.Helper()
	if o.killed || o.code != code || !regexp.MustCompile(line).MatchString(o.said) {
		t.Fatalf("%d, killed %v, not %d: %q", o.code, o.killed, code, o.said)
	}
}

// keepOwners makes a copy equal to its source, where root copies.
const keepOwners = "--owners=keep"

type how struct {
	program     string
	environment []string
	user        uint32
	groups      []uint32
	root        string
	// started gets the process id.
	started chan<- int
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
		command.SysProcAttr.Credential = &syscall.Credential{Uid: how.user, Gid: how.user, Groups: how.groups}
	}
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	err := command.Start()
	if err == nil {
		if how.started != nil {
			how.started <- command.Process.Pid
		}
		err = command.Wait()
	}
	if command.ProcessState == nil {
		panic(err)
	}
	status := command.ProcessState.Sys().(syscall.WaitStatus)
	return outcome{status.ExitStatus(), status.Signaled(), said.String()}
}

// copied fails the test when copying fails.
func copied(t *testing.T, source, target string) string {
	t.Helper()
	done := seed(how{}, "copy", source, target, keepOwners)
	if done.code != 0 || done.killed {
		t.Fatalf("copying failed (%d): %s", done.code, done.said)
	}
	return done.lastLine()
}

// isThereAlready fails the test when anything is copied.
func isThereAlready(t *testing.T, source, target string) {
	t.Helper()
	if said := copied(t, source, target); !strings.Contains(said, "is there already") {
		t.Errorf("the second time: %s", said)
	}
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

// contains fails the test when the file is not there, or holds something else.
func contains(t *testing.T, expected string, path ...string) {
	t.Helper()
	if found, err := os.ReadFile(filepath.Join(path...)); err != nil || string(found) != expected {
		t.Errorf("%s: %q, %v", filepath.Join(path...), found, err)
	}
}

// holds fails the test when there are more or fewer entries.
func holds(t *testing.T, directory string, number int, when ...any) {
	t.Helper()
	if found := names(t, directory); len(found) != number {
		t.Errorf("left: %q %s", found, fmt.Sprint(when...))
	}
}

// stoppedBySignal sends the signal with which the kubelet ends a container, while another seed keeps this one waiting.
func stoppedBySignal(t *testing.T, source, target string) outcome {
	t.Helper()
	fd, err := openPath(target)
	must(err)
	must(syscall.Flock(fd, syscall.LOCK_EX))
	defer syscall.Close(fd)
	command := exec.Command(program, "copy", source, target, keepOwners)
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
