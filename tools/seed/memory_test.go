package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mostMemory is what it may have resident, in KiB: a container's usual 32Mi is to be enough for any source.
const mostMemory = 32 << 10

// files is how many the sources of these tests have: SEED_FILES=1000000 go test -timeout 1h -run Resident . proves the
// promise of README.md at its full size, in some minutes and 4 GB. That memory does not grow with the number shows at
// any.
func files(t *testing.T) int {
	text := os.Getenv("SEED_FILES")
	if text == "" {
		return 40_000
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

func TestResidentMemoryDoesNotGrowWithTheSource(t *testing.T) {
	for name, fill := range map[string]func(source string, number int){
		"files in one directory": func(source string, number int) {
			must(os.WriteFile(filepath.Join(source, fmt.Sprintf("file-number-%d.txt", number)), nil, 0o644))
		},
		"directories in one directory": func(source string, number int) {
			must(os.Mkdir(filepath.Join(source, strconv.Itoa(number)), 0o755))
		},
		"names of one file": func(source string, number int) {
			if first := filepath.Join(source, "0"); number > 0 {
				must(os.Link(first, filepath.Join(source, strconv.Itoa(number))))
			} else {
				write(first, "content")
			}
		},
		"files of two names": func(source string, number int) {
			path := filepath.Join(source, strconv.Itoa(number))
			if number%2 == 0 {
				must(os.WriteFile(path, nil, 0o644))
			} else {
				must(os.Link(filepath.Join(source, strconv.Itoa(number-1)), path))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			memory := space(t)
			mounted(t, memory, "size=8g,nr_inodes=0")
			source, target := filepath.Join(memory, "source"), filepath.Join(memory, "target")
			must(os.MkdirAll(target, 0o777))
			must(os.MkdirAll(source, 0o755))
			for number := range files(t) {
				fill(source, number)
			}
			for _, expected := range []string{"copied", "is there already"} {
				done, peak := withPeak("copy", source, target)
				done.expect(t, 0, expected)
				t.Logf("%s: %d KiB", expected, peak)
				if peak > mostMemory/2 {
					t.Errorf("%s: it had %d KiB resident", expected, peak)
				}
			}
			if _, peak := withPeak("copy", source+"/..//source", target, "--layers=a", "--layer=a"); peak > mostMemory/2 {
				t.Errorf("putting a layer in place took %d KiB", peak)
			}
		})
	}
}

// withPeak gives the highest resident memory of a run too, in KiB.
func withPeak(args ...string) (outcome, int) {
	ids, ended := make(chan int, 1), make(chan outcome, 1)
	go func() { ended <- seed(how{started: ids}, args...) }()
	status := fmt.Sprintf("/proc/%d/status", <-ids)
	peak := 0
	for {
		select {
		case done := <-ended:
			return done, peak
		case <-time.After(2 * time.Millisecond):
		}
		text, err := os.ReadFile(status)
		if err != nil {
			continue
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			// It only grows, and is of this program alone once that has been started.
			if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
				kibibytes, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(rest, "kB")))
				must(err)
				peak = max(peak, kibibytes)
			}
		}
	}
}

func TestACopyInAContainerWith32MiIsNotKilledForThePageCache(t *testing.T) {
	source, target := filepath.Join(space(t), "source"), space(t)
	for number := range 3_000 {
		path := filepath.Join(source, strconv.Itoa(number%30), strconv.Itoa(number))
		if number < 30 {
			must(os.MkdirAll(filepath.Dir(path), 0o755))
		}
		must(os.WriteFile(path, []byte("content"), 0o644))
	}
	write(filepath.Join(source, "large"), strings.Repeat("0123456789abcdef", 64<<16))
	group := memoryGroup(t)
	done := seed(how{program: "sh"}, "-c", `echo $$ > "$1/cgroup.procs" && shift && exec "$@"`, "sh", group, program, "copy", source, target)
	if done.killed || done.code != 0 {
		t.Errorf("%d, killed %v: %s", done.code, done.killed, done.said)
	}
}

// memoryGroup is a control group whose processes may use 32 MiB, page cache and the kernel's memory for files
// included. Where memory is not limited by groups here, it is any directory: then the test only copies.
func memoryGroup(t *testing.T) string {
	for root, file := range map[string]string{"/sys/fs/cgroup/memory": "memory.limit_in_bytes", "/sys/fs/cgroup": "memory.max"} {
		group := filepath.Join(root, fmt.Sprintf("seed-test-%d", os.Getpid()))
		if _, err := os.Stat(filepath.Join(root, "cgroup.procs")); err != nil || os.Mkdir(group, 0o755) != nil {
			continue
		}
		t.Cleanup(func() { _ = os.Remove(group) })
		if os.WriteFile(filepath.Join(group, file), []byte("33554432"), 0o644) == nil {
			return group
		}
	}
	t.Log("no control groups for memory here")
	return t.TempDir()
}
