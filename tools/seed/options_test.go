package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFlagsStandAnywhereAndAreRead(t *testing.T) {
	paths, read, err := parseCopy([]string{"--owners=keep", "/a=b", "--chmod=u=rwX,go=rX", "/c", "--mount-point=x/y", "--mount-point-file=z", "--mount-point=w",
		"--layers=one,two", "--layer=two", "--on-conflict=last", "--size-limit=5", "--size-limit-of=sizeLimit of share a"})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(paths) != "[/a=b /c]" || !read.keepOwners || !read.lastWins || read.layer != 1 || !read.isLastLayer() || read.chmod == nil ||
		fmt.Sprint(read.mountPoints) != "[{x/y false} {z true} {w false}]" || fmt.Sprint(read.limit.bytes, read.limit) != "5 sizeLimit of share a" {
		t.Errorf("%q %+v", paths, read)
	}
	for text, expected := range map[string]newOwner{"0": {0, -1}, "1000:2000": {1000, 2000}, ":33": {-1, 33}, "4294967294": {4294967294, -1}} {
		_, read, err := parseCopy([]string{"/a", "/b", "--chown=" + text})
		if err != nil || *read.chown != expected {
			t.Errorf("%s: %v, %v", text, read, err)
		}
	}
}

func TestAFlagThatIsWrongIsRefusedBeforeAnythingIsRead(t *testing.T) {
	for flags, expected := range map[string]string{
		"--sizeLimit=5":                     `copy has no flag "--sizeLimit"`,
		"--owners":                          `"" is not a value of --owners`,
		"--owners=root":                     `"root" is not a value of --owners`,
		"--chown=www-data":                  `"www-data" is not a value of --chown`,
		"--chown=":                          `"" is not a value of --chown`,
		"--chown=:":                         `":" is not a value of --chown`,
		"--chown=1:":                        `"1:" is not a value of --chown`,
		"--chown=-1":                        `"-1" is not a value of --chown`,
		"--chown=4294967295":                `"4294967295" is not a value of --chown`,
		"--chmod=":                          `"" is not a value of --chmod`,
		"--chmod=75":                        `"75" is not a value of --chmod`,
		"--chmod=00755":                     `"00755" is not a value of --chmod`,
		"--chmod=758":                       `"758" is not a value of --chmod`,
		"--chmod=u=rwx,":                    `"u=rwx," is not a value of --chmod`,
		"--chmod=q+x":                       `"q+x" is not a value of --chmod`,
		"--chmod=u+q":                       `"u+q" is not a value of --chmod`,
		"--chmod=rwx":                       `"rwx" is not a value of --chmod`,
		"--mount-point=/etc":                `"/etc" is not a value of --mount-point`,
		"--mount-point=a/../..":             `"a/../.." is not a value of --mount-point`,
		"--mount-point=":                    `"" is not a value of --mount-point`,
		"--layers=a,a --layer=a":            `"a,a" is not a value of --layers`,
		"--layers=a,../b --layer=a":         `"a,../b" is not a value of --layers`,
		"--layers=a,b --layer=c":            `the layer c is not one of --layers`,
		"--layers=a,b":                      `--layers and --layer need each other`,
		"--layer=a":                         `--layers and --layer need each other`,
		"--on-conflict=last":                `--on-conflict needs --layers`,
		"--on-conflict=fail":                `"fail" is not a value of --on-conflict`,
		"--size-limit=64Mi":                 `"64Mi" is not a value of --size-limit`,
		"--size-limit=0":                    `"0" is not a value of --size-limit`,
		"--size-limit=99999999999999999999": `"99999999999999999999" is not a value of --size-limit`,
		"--size-limit-of=x":                 `--size-limit-of needs --size-limit`,
		"--owners=keep --chown=1":           `--owners=keep and --chown exclude each other`,
		"--owners=keep --owners=keep":       `--owners is given twice`,
		"/c":                                `copy takes 2 paths, not 3`,
		"--chmod=" + strings.Repeat("u+r\n", 999): `is not a value of --chmod`,
	} {
		args := []string{"copy", "/nowhere", "/nowhere/else"}
		if strings.Contains(flags, "\n") {
			args = append(args, flags)
		} else {
			args = append(args, strings.Fields(flags)...)
		}
		done := seed(how{}, args...)
		if done.code != exitUsage || !strings.Contains(done.said, expected+". Use: ") || strings.Count(done.said, "\n") != 1 || len(done.said) > 500 {
			t.Errorf("%s: %d, %s", flags, done.code, done.said)
		}
	}
}

func TestAModeIsChangedAsChmodChangesIt(t *testing.T) {
	random := rand.New(rand.NewPCG(propertySeed, 3000))
	directory := space(t)
	file, inner := filepath.Join(directory, "file"), filepath.Join(directory, "directory")
	must(os.WriteFile(file, nil, 0o600))
	must(os.Mkdir(inner, 0o700))
	for range 300 {
		text := randomMode(random)
		change := parseModeChange(text)
		if change == nil {
			t.Fatalf("SEED=%d: %s is not read", propertySeed, text)
		}
		for _, path := range []string{file, inner} {
			before := uint32(random.IntN(0o10000))
			must(syscall.Chmod(path, before))
			// Without u, g, o or a, chmod(1) leaves alone what the umask has.
			if said, err := exec.Command("sh", "-c", `umask 0; chmod -- "$1" "$2"`, "sh", text, path).CombinedOutput(); err != nil {
				t.Fatalf("%s: %s", text, said)
			}
			var stat syscall.Stat_t
			must(syscall.Stat(path, &stat))
			if found := change.apply(before, path == inner); found != stat.Mode&0o7777 {
				t.Errorf("SEED=%d: %s makes %04o of %s with %04o, not %04o", propertySeed, text, stat.Mode&0o7777, filepath.Base(path), before, found)
			}
		}
	}
}

func randomMode(random *rand.Rand) string {
	if random.IntN(4) == 0 {
		return fmt.Sprintf("%0*o", 3+random.IntN(2), random.IntN(0o1000))
	}
	some := func(letters string, least int) string {
		text := ""
		for range least + random.IntN(3) {
			text += string(letters[random.IntN(len(letters))])
		}
		return text
	}
	var clauses []string
	for range 1 + random.IntN(3) {
		clause := some("ugoa", 0)
		for range 1 + random.IntN(2) {
			clause += some("+-=", 1)[:1]
			if random.IntN(4) == 0 {
				clause += some("ugo", 1)[:1]
			} else {
				clause += some("rwxXst", 0)
			}
		}
		clauses = append(clauses, clause)
	}
	return strings.Join(clauses, ",")
}
