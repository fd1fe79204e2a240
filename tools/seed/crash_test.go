package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// It is killed right before every single write, then run again: in between the content is nothing, what was there
// before, or the whole copy; in the end it is the whole copy, with nothing left beside it.

func TestKilledAtAnyWriteTheFirstCopyIsCompletedByTheNextRun(t *testing.T) {
	source := everythingIn(t)
	scene{source: source, prepare: func(target string) string { return "" }}.killAtEveryWrite(t)
}

func TestKilledAtAnyWriteAReplacementIsCompletedByTheNextRun(t *testing.T) {
	source, before := everythingIn(t), everythingIn(t)
	write(filepath.Join(before, "index.html"), "the image before")
	must(os.Remove(filepath.Join(before, "sparse")))
	old := snapshot(t, before)
	scene{source: source, prepare: func(target string) string {
		copied(t, before, target)
		return old
	}}.killAtEveryWrite(t)
}

func TestKilledAtAnyWriteAReplacementInTwoStepsIsCompletedByTheNextRun(t *testing.T) {
	source, before := filepath.Join(space(t), "source"), filepath.Join(space(t), "before")
	write(filepath.Join(source, "file"), "new")
	write(filepath.Join(before, "file"), "old")
	backdate(source)
	backdate(before)
	old := snapshot(t, before)
	scene := scene{source: source, environment: []string{"SEED_REFUSE=exchange"}, mayBeGone: true}
	scene.prepare = func(target string) string {
		copied(t, before, target)
		return old
	}
	scene.killAtEveryWrite(t)
}

func TestKilledAtAnyWriteAFileIsReplacedByADirectoryOrNot(t *testing.T) {
	source, before := filepath.Join(space(t), "source"), filepath.Join(space(t), "before")
	write(filepath.Join(source, "file"), "new")
	backdate(source)
	write(before, "a file")
	old := snapshot(t, before)
	scene{source: source, prepare: func(target string) string {
		copied(t, before, target)
		return old
	}}.killAtEveryWrite(t)
}

func TestKilledAtAnyWriteTheSourceBeforeIsNotTakenForTheOneThatIsThere(t *testing.T) {
	source, before := filepath.Join(space(t), "source"), filepath.Join(space(t), "before")
	write(filepath.Join(source, "file"), "new")
	write(filepath.Join(before, "file"), "old")
	backdate(source)
	backdate(before)
	for number := 1; ; number++ {
		target := space(t)
		copied(t, before, target)
		done := crashAt(number, nil, "copy", source, target, keepOwners)
		copied(t, before, target)
		sameTree(t, before, filepath.Join(target, contentName))
		if !done.killed {
			return
		}
	}
}

type scene struct {
	source string
	// environment of the program that is killed.
	environment []string
	// prepare gives what is in the target before; empty when that is nothing.
	prepare func(target string) (old string)
	// mayBeGone: the content may be without its name, never without any of its parts.
	mayBeGone bool
}

func (s scene) killAtEveryWrite(t *testing.T) {
	t.Helper()
	whole := snapshot(t, s.source)
	for number := 1; ; number++ {
		target := space(t)
		old := s.prepare(target)
		done := crashAt(number, s.environment, "copy", s.source, target, keepOwners)
		if !done.killed && done.code != 0 {
			t.Fatalf("at write %d: ended with %d: %s", number, done.code, done.said)
		}
		s.check(t, fmt.Sprintf("killed at write %d", number), target, old, whole)
		// Killed once more on its way, at some other point.
		crashAt(1+(number*7)%60, s.environment, "copy", s.source, target, keepOwners)
		s.check(t, fmt.Sprintf("killed at write %d and again", number), target, old, whole)
		copied(t, s.source, target)
		sameText(t, whole, snapshot(t, filepath.Join(target, contentName)), "killed at write ", number, ", then run again")
		holds(t, target, 2, "killed at write ", number, ", then run again")
		if !done.killed {
			t.Logf("%d writes", number-1)
			return
		}
	}
}

func (s scene) check(t *testing.T, when, target, old, whole string) {
	t.Helper()
	content := filepath.Join(target, contentName)
	if _, err := os.Lstat(content); os.IsNotExist(err) {
		if old != "" && !s.mayBeGone {
			t.Fatalf("%s: the content is gone", when)
		}
		return
	}
	if found := snapshot(t, content); found != whole && found != old {
		t.Fatalf("%s: the content is neither old nor new:\n%s", when, differenceOf(whole, found))
	}
}

func crashAt(number int, environment []string, args ...string) outcome {
	return seed(how{program: crashing, environment: append(environment, fmt.Sprintf("SEED_CRASH_AT=%d", number))}, args...)
}

func TestKilledAtAnyTimeABiggerCopyIsCompletedByTheNextRun(t *testing.T) {
	random := rand.New(rand.NewPCG(propertySeed, 1000))
	source, before := filepath.Join(space(t), "source"), filepath.Join(space(t), "before")
	for number := range 300 {
		path := filepath.Join(fmt.Sprintf("d%d", number%20), strings.Repeat("f", 1+number/20))
		write(filepath.Join(source, path), strings.Repeat("new", number*10))
		write(filepath.Join(before, path), strings.Repeat("old", number*10))
	}
	write(filepath.Join(source, "large"), strings.Repeat("x", 8<<20))
	whole, old := snapshot(t, source), snapshot(t, before)
	target := space(t)
	copied(t, before, target)
	started := time.Now()
	copied(t, source, target)
	usual := time.Since(started)
	killed := 0
	for round := range 10 {
		copied(t, before, target)
		command := exec.Command(program, "copy", source, target, keepOwners)
		must(command.Start())
		time.Sleep(time.Duration(random.Int64N(int64(usual))))
		must(command.Process.Kill())
		if command.Wait() != nil {
			killed++
		}
		scene{}.check(t, fmt.Sprintf("SEED=%d, round %d", propertySeed, round), target, old, whole)
		copied(t, source, target)
		sameText(t, whole, snapshot(t, filepath.Join(target, contentName)), "SEED=", propertySeed, ", round ", round)
	}
	if killed < 3 {
		t.Errorf("it was killed in only %d of 10 rounds", killed)
	}
}

func TestKilledAtAnyWriteTheInstalledProgramIsWhole(t *testing.T) {
	content, err := os.ReadFile(crashing)
	must(err)
	for number := 1; ; number++ {
		directory := space(t)
		done := crashAt(number, nil, "install", directory)
		if found, err := os.ReadFile(filepath.Join(directory, programName)); err == nil && string(found) != string(content) {
			t.Fatalf("killed at write %d: it has %d bytes", number, len(found))
		}
		seed(how{program: crashing}, "install", directory).expect(t, 0)
		holds(t, directory, 1)
		if !done.killed {
			return
		}
	}
}
