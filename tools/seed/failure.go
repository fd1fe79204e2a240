package main

import (
	"errors"
	"fmt"
	"io"
	"syscall"
)

// The exit codes. They are documented in README.md and do not change.
const (
	exitUsage      = 2
	exitNoSource   = 3
	exitPermission = 4
	exitUnreadable = 5
	exitSpace      = 6
	exitIO         = 7
	exitEmpty      = 8
	exitWhole      = 9
	exitOther      = 10
	exitNoPrograms = 11
	exitConflict   = 12
	exitInternal   = 70
)

// failure is an error that a person can act on. Its text is one line, as Kubernetes shows the end of a failed
// container's log.
type failure struct {
	code   int
	what   string
	advice string
}

func (f *failure) Error() string {
	return oneLine(f.what, mostOfMessage) + ". " + oneLine(f.advice, mostOfMessage)
}

func usage(what string) error {
	return &failure{exitUsage, what, "Use: seed install DIR | seed copy SRC DIR [FLAG…] | seed check DIR | seed version"}
}

// faultOf is the failure that a panic is.
func faultOf(fault any) error {
	return &failure{exitInternal, fmt.Sprintf("a fault in seed itself: %v", fault), "Please report it with this message."}
}

// fail reports an error, also as the last words of the container, and gives its exit code.
func fail(report io.Writer, err error) int {
	var known *failure
	if !errors.As(err, &known) {
		known = &failure{exitIO, err.Error(), "Try again."}
	}
	fmt.Fprintf(report, "seed: %s\n", known.Error())
	leaveLastWords(known.Error())
	return known.code
}

// sourceFailure says why something of the source cannot be read.
func sourceFailure(path string, err error) error {
	switch {
	case errors.As(err, new(*failure)):
		return err
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		return &failure{exitNoSource, fmt.Sprintf("%s does not exist in this image", path),
			"Correct the source path of the share, or the image."}
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return &failure{exitUnreadable, fmt.Sprintf("%s cannot be read by %s: %v", path, whoAmI(), err), unreadableAdvice()}
	case errors.Is(err, syscall.ELOOP):
		return &failure{exitNoSource, fmt.Sprintf("%s leads through symbolic links in a circle", path),
			"Correct the source path of the share, or the image."}
	}
	return &failure{exitIO, fmt.Sprintf("%s cannot be read: %v", path, err), "Look at the disk and the kernel log of the node."}
}

// targetFailure says why something cannot be written into the volume.
func targetFailure(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*failure)):
		return err
	case isOutOfSpace(err):
		return &failure{exitSpace, fmt.Sprintf("not enough space for %s: %v", path, err), spaceAdvice}
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EROFS):
		return &failure{exitPermission, fmt.Sprintf("%s cannot be written by %s: %v", path, whoAmI(), err),
			"Mount a volume there that this user may write to: an emptyDir, not read-only."}
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		return &failure{exitUsage, fmt.Sprintf("%s is no directory", path), "Name the directory in which a volume is mounted."}
	}
	return &failure{exitIO, fmt.Sprintf("%s cannot be written: %v", path, err), "Look at the disk and the kernel log of the node."}
}

func isOutOfSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

const spaceAdvice = "Raise sizeLimit of the share's volume (with medium Memory also limits.memory), or share a smaller directory."

func whoAmI() string { return fmt.Sprintf("user %d, group %d", syscall.Geteuid(), syscall.Getegid()) }
