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

// volume is an emptyDir as the kubelet makes it for a Pod with this fsGroup; 0 means none.
func volume(t *testing.T, fsGroup int) string {
	t.Helper()
	directory := space(t)
	if fsGroup != 0 {
		must(os.Chown(directory, 0, fsGroup))
		must(syscall.Chmod(directory, 0o2777))
	}
	return directory
}

// owners says owner, group and mode of everything, one line an entry.
func owners(t *testing.T, root string) string {
	t.Helper()
	var lines []string
	for line := range strings.SplitSeq(snapshot(t, root), "\n") {
		before, _, _ := strings.Cut(line, " modified ")
		lines = append(lines, before)
	}
	return strings.Join(lines, "\n")
}

func TestACopyHasTheOwnersAndModesThatCpGivesIt(t *testing.T) {
	for number := range uint64(12) {
		random := rand.New(rand.NewPCG(propertySeed, 4000+number))
		source := filepath.Join(space(t), "source")
		randomTree(random, source, 2)
		must(os.Chmod(source, 0o755))
		readable(source)
		for _, fsGroup := range []int{0, 2000} {
			for _, user := range []uint32{0, 1000} {
				who := how{user: user, groups: []uint32{2000}}
				byCp, bySeed := volume(t, fsGroup), volume(t, fsGroup)
				copyWithCp(t, who, source, byCp)
				seed(who, "copy", source, bySeed).expect(t, 0)
				expected, found := owners(t, byCp), owners(t, filepath.Join(bySeed, contentName))
				expected, found = withoutRootOwner(expected, fsGroup), withoutRootOwner(found, fsGroup)
				sameText(t, expected, found, "SEED=", propertySeed, ", tree ", number, ", fsGroup ", fsGroup, ", user ", user)
			}
		}
	}
}

// readable lets a user without rights read everything. Where cp and seed differ on purpose, the tree has none of it:
// cp does not keep links, and gives a file one that it may not write into.
func readable(root string) {
	must(exec.Command("chmod", "-R", "a+rwX", root).Run())
}

// copyWithCp copies as a hand-written init container does, with a umask that takes nothing away.
func copyWithCp(t *testing.T, who how, source, target string) {
	t.Helper()
	who.program = "sh"
	if done := seed(who, "-c", `umask 0; exec cp -r --preserve=links "$1/." "$2"`, "sh", source, target); done.code != 0 {
		t.Fatalf("cp: %s", done.said)
	}
}

// withoutRootOwner leaves out to whom the root belongs: the volume to root, the content to the user who made it, who
// may not give it to a group that it is not in.
func withoutRootOwner(lines string, fsGroup int) string {
	root, rest, _ := strings.Cut(lines, "\n")
	before, owner, _ := strings.Cut(root, " owner ")
	if fsGroup != 0 {
		_, group, _ := strings.Cut(owner, ":")
		before += " group " + group
	}
	return before + "\n" + rest
}

func TestTheContentHasModeAndGroupOfTheVolumeAndKeepsThemOnASecondRun(t *testing.T) {
	source := everythingIn(t)
	target := volume(t, 2000)
	user := how{user: 1000, groups: []uint32{2000}}
	for range 2 {
		done := seed(user, "copy", source, target)
		done.expect(t, 0)
		for path, expected := range map[string]string{
			"":           "drwxrwxrwx g 1000:2000",
			"bin":        "drwxr-xr-x g 1000:2000",
			"bin/tool":   "-rwxr-xr-x 1000:2000",
			"tmp":        "drwxrwxrwx gt 1000:2000",
			"closed":     "dr-xr-xr-x g 1000:2000",
			"index.html": "-rw-r--r-- 1000:2000",
			"relative":   "lrwxrwxrwx 1000:2000",
		} {
			looks(t, expected, target, contentName, path)
		}
	}
}

// looks fails the test when a file has another mode or owner.
func looks(t *testing.T, expected string, path ...string) {
	t.Helper()
	info, err := os.Lstat(filepath.Join(path...))
	must(err)
	stat := info.Sys().(*syscall.Stat_t)
	bits := ""
	for _, bit := range []struct {
		mode   os.FileMode
		letter string
	}{{os.ModeSetuid, "u"}, {os.ModeSetgid, "g"}, {os.ModeSticky, "t"}} {
		if info.Mode()&bit.mode != 0 {
			bits += bit.letter
		}
	}
	if bits != "" {
		bits += " "
	}
	plain := info.Mode() &^ (os.ModeSetuid | os.ModeSetgid | os.ModeSticky)
	text := strings.ToLower(plain.String())
	if found := fmt.Sprintf("%s %s%d:%d", text, bits, stat.Uid, stat.Gid); found != expected {
		t.Errorf("%s is %s, not %s", filepath.Join(path...), found, expected)
	}
}

func TestTimesAreKeptAndSetIDBitsAreNotAndThatIsSaid(t *testing.T) {
	source, target := everythingIn(t), space(t)
	done := seed(how{}, "copy", source, target)
	expected := "; not kept: set-user-ID or set-group-ID bits of 1 (owners=keep on the share keeps set-user-ID, set-group-ID and file capabilities)"
	done.expect(t, 0, expected+"\n")
	plain := strings.NewReplacer(" owner 12:34", " owner 0:0", "mode 106755", "mode 100755", "mode 43777", "mode 41777", "mode 40755", "mode 40777")
	expectedTree := plain.Replace(snapshot(t, source))
	found := strings.Replace(snapshot(t, filepath.Join(target, contentName)), "mode 40755", "mode 40777", -1)
	sameText(t, expectedTree, found)
}

func TestEverythingIsGivenToWhomChownNamesAndHasTheModeOfChmod(t *testing.T) {
	source := everythingIn(t)
	for _, c := range []struct {
		flags          []string
		who            how
		root, tool     string
		page, relative string
	}{
		{[]string{"--chown=33:44"}, how{}, "drwxrwxrwx 33:44", "-rwxr-xr-x 33:44", "-rw-r--r-- 33:44", "lrwxrwxrwx 33:44"},
		{[]string{"--chown=33"}, how{}, "drwxrwxrwx 33:0", "-rwxr-xr-x 33:0", "-rw-r--r-- 33:0", "lrwxrwxrwx 33:0"},
		{[]string{"--chown=:2000"}, how{user: 1000, groups: []uint32{2000}}, "drwxrwxrwx 1000:2000", "-rwxr-xr-x 1000:2000", "-rw-r--r-- 1000:2000", "lrwxrwxrwx 1000:2000"},
		{[]string{"--chmod=u=rwX,go="}, how{}, "drwx------ 0:0", "-rwx------ 0:0", "-rw------- 0:0", "lrwxrwxrwx 0:0"},
		{[]string{"--chmod=g+rwX"}, how{user: 1000}, "drwxrwxrwx 1000:1000", "-rwxrwxr-x 1000:1000", "-rw-rw-r-- 1000:1000", "lrwxrwxrwx 1000:1000"},
		{[]string{"--chmod=0750", "--chown=33:44"}, how{}, "drwxr-x--- 33:44", "-rwxr-x--- 33:44", "-rwxr-x--- 33:44", "lrwxrwxrwx 33:44"},
		{[]string{"--chmod=u+s", "--chown=33:44"}, how{}, "drwxrwxrwx u 33:44", "-rwxr-xr-x u 33:44", "-rw-r--r-- u 33:44", "lrwxrwxrwx 33:44"},
		{[]string{"--owners=keep", "--chmod=o="}, how{}, "drwxr-x--- 0:0", "-rwxr-x--- ug 12:34", "-rw-r----- 0:0", "lrwxrwxrwx 0:0"},
	} {
		t.Run(strings.Join(c.flags, " "), func(t *testing.T) {
			target := space(t)
			for _, expected := range []string{"copied", "is there already"} {
				done := seed(c.who, append([]string{"copy", source, target}, c.flags...)...)
				done.expect(t, 0, expected)
			}
			for path, expected := range map[string]string{"": c.root, "bin/tool": c.tool, "index.html": c.page, "relative": c.relative} {
				looks(t, expected, target, contentName, path)
			}
			// Other flags make another copy.
			seed(how{}, "copy", source, target).expect(t, 0, "the flags of the share have changed")
		})
	}
}

func TestChownWithoutTheRightToSaysWhatItTakes(t *testing.T) {
	source, target := everythingIn(t), space(t)
	done := seed(how{user: 1000}, "copy", source, target, "--chown=33:44")
	done.expect(t, exitPermission, " cannot be given to user 33, group 44 by user 1000, group 1000: operation not permitted. Another user takes root with the capability CHOWN")
	holds(t, target, 0)
	// Root needs no more than CHOWN for it.
	done = seed(how{program: "setpriv"}, "--bounding-set", "-all,+chown", program, "copy", source, target, "--chown=33:44")
	done.expect(t, 0)
	looks(t, "-rw-r--r-- 33:44", target, contentName, "index.html")
}

func TestCapabilitiesOfFilesAreKeptOnlyWithTheirOwners(t *testing.T) {
	source := filepath.Join(space(t), "source")
	write(filepath.Join(source, "ping"), "a program")
	// VFS_CAP_REVISION_2 with CAP_NET_RAW, permitted and effective.
	capability := []byte{1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	must(syscall.Setxattr(filepath.Join(source, "ping"), capabilityAttribute, capability, 0))
	for _, flags := range [][]string{nil, {keepOwners}} {
		target := space(t)
		done := seed(how{}, append([]string{"copy", source, target}, flags...)...)
		has := attributesOf(filepath.Join(target, contentName, "ping")) != ""
		if done.code != 0 || has != (flags != nil) || strings.Contains(done.said, "not kept: file capabilities of 1 (owners=keep") == has {
			t.Errorf("%v: %v, %s", flags, has, done.said)
		}
	}
}

func TestRootThatMayNotReadEverythingIsToldWhatDoes(t *testing.T) {
	source := filepath.Join(space(t), "source")
	write(filepath.Join(source, "private"), "content")
	must(os.Chmod(filepath.Join(source, "private"), 0o600))
	must(os.Chown(filepath.Join(source, "private"), 5, 6))
	done := seed(how{program: "setpriv"}, "--bounding-set", "-all", program, "copy", source, space(t))
	expected := "/private cannot be read by user 0, group 0: it belongs to user 5, group 6 and has mode 0600. " +
		"Root lacks the capability DAC_OVERRIDE here: write owners=keep on the share, which adds it, share a narrower path, or make it readable in the image."
	done.expect(t, exitUnreadable, expected+"\n")
}
