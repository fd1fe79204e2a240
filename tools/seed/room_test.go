package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// full is a source of four files of 1 MiB.
func full(t *testing.T) string {
	source := filepath.Join(space(t), "source")
	for _, name := range []string{"one", "two", "three", "four"} {
		write(filepath.Join(source, name), strings.Repeat("x", 1<<20))
	}
	return source
}

func TestWhatDoesNotFitTheSizeLimitIsSaidBeforeAnythingIsWritten(t *testing.T) {
	source, target := full(t), space(t)
	done := seed(how{}, "copy", source, target, "--size-limit=2097152", "--size-limit-of=sizeLimit of share assets")
	expected := fmt.Sprintf("seed: %s needs 4.0 MiB, which is more than the sizeLimit of share assets, 2.0 MiB. Raise that limit, or share a smaller directory.\n", source)
	done.expectLine(t, exitSpace, "^"+regexp.QuoteMeta(expected)+"$")
	holds(t, target, 0)
	seed(how{}, "copy", source, target, "--size-limit=4300000").expect(t, 0)
	// What is in the volume already counts.
	other := space(t)
	write(filepath.Join(other, "of another"), strings.Repeat("x", 1<<20))
	done = seed(how{}, "copy", source, other, "--size-limit=4300000")
	done.expect(t, exitSpace, "more than the size limit, 4.1 MiB (1.0 MiB are taken). ")
}

func TestACopyThatGrowsBeyondTheSizeLimitEndsByItself(t *testing.T) {
	source, target := full(t), space(t)
	// Files that have more names elsewhere seem to take less than they do.
	for _, name := range names(t, source) {
		must(os.Link(filepath.Join(source, name), filepath.Join(source, "..", name)))
	}
	done := seed(how{}, "copy", source, target, "--size-limit=3145728", "--size-limit-of=limits.ephemeral-storage of container app")
	line := `^seed: the limits\.ephemeral-storage of container app, 3\.0 MiB, is reached: copied [34] of 4 files, [34]\.0 MiB\. Raise that limit, or share a smaller directory\.\n$`
	done.expectLine(t, exitSpace, line)
	holds(t, target, 0)
}

func TestWhereTwoCopiesDoNotFitTheOneBeforeMakesWay(t *testing.T) {
	for name, c := range map[string]struct{ mount, flag string }{"a size limit": {"", "--size-limit=6000000"}, "a full volume": {"size=6m", "--mount-point=x"}} {
		t.Run(name, func(t *testing.T) {
			source, target := full(t), space(t)
			if c.mount != "" {
				mounted(t, target, c.mount)
			}
			seed(how{}, "copy", source, target, c.flag).expect(t, 0)
			write(filepath.Join(source, "one"), strings.Repeat("y", 1<<20))
			setTime(filepath.Join(source, "one"), 5, 5)
			done := seed(how{}, "copy", source, target, c.flag)
			done.expect(t, 0, "there is no room for the copy before and the new one: removing the one before\n")
			if found, _ := os.ReadFile(filepath.Join(target, contentName, "one")); !strings.HasPrefix(string(found), "yyy") {
				t.Error("it is not the new one")
			}
			holds(t, target, 2)
		})
	}
}

func TestAFullVolumeSaysHowMuchWasCopiedAndWhatToRaise(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	for number := range 40 {
		write(filepath.Join(source, fmt.Sprint(number)), strings.Repeat("x", 10_000))
	}
	mounted(t, target, "nr_inodes=20")
	done := seed(how{}, "copy", source, target, "--size-limit=90000000", "--size-limit-of=sizeLimit of share assets")
	line := `^seed: not enough space for .*/content/\d+: no space left on device; copied 1\d of 40 files, 1\d\d\.\d KiB of 390\.6 KiB\. The volume is in memory: raise sizeLimit of share assets and limits\.memory of the container, or share a smaller directory\.\n$`
	done.expectLine(t, exitSpace, line)
	holds(t, target, 0)
}

func TestAFileThatMayNotBeAsLargeIsSaid(t *testing.T) {
	source, target := full(t), space(t)
	done := seed(how{program: "sh"}, "-c", `ulimit -f 1024; exec "$@"`, "sh", program, "copy", source, target)
	if done.killed || done.code != exitSpace || !strings.Contains(done.said, "there may be no file as large as ") ||
		!strings.Contains(done.said, ": file too large; copied ") || !strings.Contains(done.said, "(ulimit -f)") {
		t.Errorf("%d, killed %v: %s", done.code, done.killed, done.said)
	}
}

func TestAdviceIsOfWhatEndedIt(t *testing.T) {
	disk, memory := space(t), space(t)
	mounted(t, memory, "")
	for _, c := range []struct {
		at       string
		err      error
		expected string
	}{
		{disk, syscall.EDQUOT, "A quota on the disk of the node ends it: raise that quota, or share a smaller directory."},
		{disk, syscall.ENOSPC, "The disk of the node is full: free some space, let the Pod request it (resources.requests.ephemeral-storage), or share a smaller directory."},
		{memory, syscall.ENOSPC, "The volume is in memory: raise sizeLimit of the share and limits.memory of the container, or share a smaller directory."},
		{memory, syscall.EFBIG, "Raise the limit of the process for files (ulimit -f), take a volume whose file system allows it, or share a smaller directory."},
	} {
		fd, err := openPath(c.at)
		must(err)
		work := &copying{target: &target{path: c.at, directory: fd}, options: &options{}, progress: &progress{total: &manifest{}}}
		if found := work.targetFailure("x", c.err).(*failure); found.code != exitSpace || found.advice != c.expected {
			t.Errorf("%v: %d, %s", c.err, found.code, found.advice)
		}
		must(syscall.Close(fd))
	}
}

// container is a root directory with what Kubernetes puts into one: a file for the last words and, where given, the
// memory limit.
func container(t *testing.T, memoryLimit string) string {
	root := space(t)
	for _, directory := range []string{"dev", "share", "sys/fs/cgroup"} {
		must(os.MkdirAll(filepath.Join(root, directory), 0o777))
		must(os.Chmod(filepath.Join(root, directory), 0o777))
	}
	must(os.WriteFile(filepath.Join(root, terminationLog), []byte("from before, and longer than what comes: "+strings.Repeat("x", 1000)), 0o666))
	must(os.Chmod(filepath.Join(root, terminationLog), 0o666))
	if memoryLimit != "" {
		must(os.WriteFile(filepath.Join(root, "sys/fs/cgroup/memory.max"), []byte(memoryLimit), 0o444))
	}
	content, err := os.ReadFile(program)
	must(err)
	must(os.WriteFile(filepath.Join(root, "seed"), content, 0o755))
	for number := range 3 {
		write(filepath.Join(root, "srv", fmt.Sprint(number)), strings.Repeat("x", 1<<20))
	}
	return root
}

func TestTheLastWordsOfAFailureAreWhereKubernetesReadsThem(t *testing.T) {
	root := container(t, "")
	done := seed(how{root: root, program: "/seed", user: 1000}, "copy", "/absent", "/share")
	words, err := os.ReadFile(filepath.Join(root, terminationLog))
	must(err)
	if string(words) != "/absent does not exist in this image. Correct the source path of the share, or the image." || done.said != "seed: "+string(words)+"\n" {
		t.Errorf("%q, %s", words, done.said)
	}
	// It is no file: nobody is kept waiting, and nothing is followed.
	must(os.Remove(filepath.Join(root, terminationLog)))
	must(os.Symlink("/srv/1", filepath.Join(root, terminationLog)))
	seed(how{root: root, program: "/seed"}, "copy", "/absent", "/share")
	must(os.Remove(filepath.Join(root, terminationLog)))
	must(syscall.Mkfifo(filepath.Join(root, terminationLog), 0o666))
	seed(how{root: root, program: "/seed"}, "copy", "/absent", "/share")
	if content, _ := os.ReadFile(filepath.Join(root, "srv", "1")); len(content) != 1<<20 {
		t.Error("it wrote through a link")
	}
}

func TestAVolumeInMemoryLargerThanTheMemoryLimitIsRefused(t *testing.T) {
	for limit, code := range map[string]int{"2097152\n": exitSpace, "4194304\n": 0, "max\n": 0, "": 0} {
		root := container(t, limit)
		mounted(t, filepath.Join(root, "share"), "")
		done := seed(how{root: root, program: "/seed"}, "copy", "/srv", "/share")
		if done.code != code || (code != 0 && !strings.Contains(done.said, "/srv needs 3.0 MiB of memory in /share, and this container may use 2.0 MiB. A volume with medium Memory counts against limits.memory: ")) {
			t.Errorf("%q: %d, %s", limit, done.code, done.said)
		}
	}
}

func TestOneThatIsEvictedSaysHowFarItWas(t *testing.T) {
	memory := space(t)
	mounted(t, memory, "size=512m")
	source, target := filepath.Join(memory, "source"), filepath.Join(memory, "target")
	must(os.Mkdir(target, 0o777))
	for number := range 30_000 {
		path := filepath.Join(source, fmt.Sprint(number%100), fmt.Sprint(number))
		if number < 100 {
			must(os.MkdirAll(filepath.Dir(path), 0o755))
		}
		must(os.WriteFile(path, nil, 0o644))
	}
	done := stoppedWhile(t, func() bool { _, err := os.Lstat(filepath.Join(target, stagingName)); return err == nil }, source, target)
	line := `^seed: stopped by terminated: copied \d+ of 30000 files, 0 bytes of 0 bytes; nothing half-written is in use, the next start begins anew\. If the Pod was evicted, raise sizeLimit of the share or limits\.ephemeral-storage of the Pod\n$`
	done.expectLine(t, 128+int(syscall.SIGTERM), line)
	copied(t, source, target)
}

// stoppedWhile sends SIGTERM as soon as something is true.
func stoppedWhile(t *testing.T, isTrue func() bool, source, target string) outcome {
	t.Helper()
	ended := make(chan outcome)
	ids := make(chan int, 1)
	go func() { ended <- seed(how{started: ids}, "copy", source, target, keepOwners) }()
	id := <-ids
	for !isTrue() {
		time.Sleep(100 * time.Microsecond)
	}
	must(syscall.Kill(id, syscall.SIGTERM))
	return <-ended
}
