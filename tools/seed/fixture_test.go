package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"bookend.dev/seed/sys"
)

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
		line := fmt.Sprintf("%q mode %o owner %d:%d modified %d.%09d", name, stat.Mode, stat.UID, stat.GID, stat.Modified.Sec, stat.Modified.Nsec)
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
	sameText(t, snapshot(t, one), snapshot(t, other))
}

func sameText(t *testing.T, expected, found string, when ...any) {
	t.Helper()
	if expected != found {
		t.Fatalf("%s\n%s", fmt.Sprint(when...), differenceOf(expected, found))
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

func write(path, content string) {
	must(os.MkdirAll(filepath.Dir(path), 0o755))
	must(os.WriteFile(path, []byte(content), 0o644))
	backdate(path)
}

// backdate gives an entry a time of its own, as unpacking an image does.
func backdate(path string) { setTime(path, 1_600_000_000, 123_456_789) }

func setTime(path string, seconds int64, nanoseconds uint32) {
	time := sys.Time{Sec: seconds, Nsec: nanoseconds}
	must(sys.SetTimes(atWorkingDirectory, path, time, time))
}

// everythingIn is a new source that has one of each.
func everythingIn(t *testing.T) string {
	t.Helper()
	source := filepath.Join(space(t), "source")
	everything(source)
	return source
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
