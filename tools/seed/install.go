package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"bookend.dev/seed/sys"
)

// programName is the program's name in the directory that it is installed to.
const programName = "seed"

// install puts this program into a directory, whole or not at all; a program that runs from there already is not
// disturbed. What is there is read and compared each time, so that nothing needs to have reached the disk.
func install(directory string, report io.Writer) error {
	own := ownPath()
	program, err := os.ReadFile(own)
	if err != nil {
		return sourceFailure(own, err)
	}
	target, err := openTarget(directory, sayTo(report))
	if err != nil {
		return err
	}
	defer sys.Close(target.directory)
	path := filepath.Join(directory, programName)
	if target.holds(programName, program) {
		fmt.Fprintf(report, "seed: %s is there already (%s, %s)\n", path, version, size(int64(len(program))))
		return nil
	}
	if _, err := target.clean(nil); err != nil {
		return err
	}
	if err := target.writeProgram(program); err != nil {
		_, _ = target.clean(nil)
		return targetFailure(path, err)
	}
	fmt.Fprintf(report, "seed: installed %s (%s, %s)\n", path, version, size(int64(len(program))))
	return nil
}

func (t *target) holds(name string, content []byte) bool {
	var stat sys.Stat
	if err := sys.Statx(t.directory, name, &stat); err != nil || stat.Type() != syscall.S_IFREG || stat.Permissions() != 0o555 {
		return false
	}
	fd, err := sys.OpenFile(t.directory, name)
	if err != nil {
		return false
	}
	defer sys.Close(fd)
	found := make([]byte, len(content)+1)
	length, err := sys.ReadAt(fd, found, 0)
	return err == nil && bytes.Equal(found[:length], content)
}

func (t *target) writeProgram(program []byte) error {
	name, err := t.freshName(stagingName)
	if err != nil {
		return err
	}
	fd, err := sys.CreateFile(t.directory, name)
	if err != nil {
		return err
	}
	err = sys.WriteAt(fd, program, 0)
	if err == nil {
		err = sys.ChmodOpen(fd, 0o555)
	}
	// Closed before it has its name: a file that is open to be written cannot be run.
	sys.Close(fd)
	if err == nil {
		err = sys.Rename(t.directory, name, programName)
	}
	return err
}

// ownPath is where this very program is.
func ownPath() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	// Without /proc: the kernel does not say, whoever started the program does.
	if path, err := filepath.Abs(os.Args[0]); err == nil && strings.Contains(os.Args[0], "/") {
		return path
	}
	return "/seed"
}
