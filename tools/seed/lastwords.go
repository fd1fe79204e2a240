package main

import (
	"os"
	"strings"
	"syscall"
)

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
