package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
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

// mostOfMessage is how long a message gets with the paths in it, in bytes: Kubernetes shows the last 4096 of a container.
const mostOfMessage = 2000

// oneLine makes a text fit for a message: an image may have names of any bytes, line ends too, and paths of any length.
// What is too long loses its middle.
func oneLine(text string, most int) string {
	if len(text) > most {
		text = text[:most/2] + "…" + text[len(text)-most/2:]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// terminationLog is what the kubelet reads when a container has ended, and shows in the status of the Pod: the default
// of `terminationMessagePath`. It is there where Kubernetes runs the container, and nowhere else.
const terminationLog = "/dev/termination-log"

// The kubelet reads no more of it, in bytes.
const mostLastWords = 4096

// leaveLastWords writes why the program ends to where `kubectl describe pod` shows it. What is in the way is not worth
// a word.
func leaveLastWords(text string) {
	file, err := os.OpenFile(terminationLog, os.O_WRONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() || file.Truncate(0) != nil {
		return
	}
	_, _ = file.WriteString(strings.ToValidUTF8(text[:min(len(text), mostLastWords)], ""))
}
