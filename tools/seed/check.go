package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// sentinel is what the file of this name holds in the seed image, in the directory check/sub/path.
//
//go:embed check/sub/path/sentinel
var sentinel string

const sentinelName = "sentinel"

// check tells what became of a volume of the seed image with `subPath: check/sub/path`, mounted at a directory. A
// container runtime that does not know such volumes, or not their subPath, starts the container all the same: with an
// empty directory, or with the whole image.
func check(directory string, report io.Writer) error {
	content, err := os.ReadFile(filepath.Join(directory, sentinelName))
	if err == nil && string(content) == sentinel {
		if noPrograms(directory) {
			return &failure{exitNoPrograms, fmt.Sprintf("%s is the directory of the image, but programs in it cannot be run", directory),
				"The container runtime mounts image volumes with noexec."}
		}
		fmt.Fprintf(report, "seed: %s is the directory of the image\n", directory)
		return nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return sourceFailure(filepath.Join(directory, sentinelName), err)
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		return sourceFailure(directory, err)
	}
	if len(entries) == 0 {
		return &failure{exitEmpty, fmt.Sprintf("%s is empty", directory),
			"The container runtime does not know image volumes, or the kubelet has them switched off."}
	}
	if _, err := os.Stat(filepath.Join(directory, "check", "sub", "path", sentinelName)); err == nil {
		return &failure{exitWhole, fmt.Sprintf("%s is the root of the image", directory),
			"The container runtime does not know the subPath of image volumes."}
	}
	return &failure{exitOther, fmt.Sprintf("%s is something else: %s", directory, namesOf(entries)),
		"Look at what the volume of the Pod is."}
}

// noPrograms tells whether it is mounted with noexec. KEP-4639 demanded that at first, and leaves it to the runtimes
// now; in a copy programs can be run.
func noPrograms(directory string) bool {
	const noExec = 0x8 // ST_NOEXEC of statfs(2)
	var stat syscall.Statfs_t
	return syscall.Statfs(directory, &stat) == nil && stat.Flags&noExec != 0
}

// namesOf lists the first entries of a directory in one line.
func namesOf(entries []os.DirEntry) string {
	const most = 5
	var names []string
	for _, entry := range entries[:min(len(entries), most)] {
		names = append(names, fmt.Sprintf("%q", entry.Name()))
	}
	if len(entries) > most {
		names = append(names, fmt.Sprintf("and %d more", len(entries)-most))
	}
	return strings.Join(names, ", ")
}
