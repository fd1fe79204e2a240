//go:build crash

package sys

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// Crashing tells whether this is the program that tests end at a certain write.
const Crashing = true

// With the build tag `crash` the program kills itself right before the write number SEED_CRASH_AT, counted from 1, as
// a node that loses its power or a kubelet that ends the Pod would: nothing is cleaned up. Only tests build it that
// way.
var (
	writes  atomic.Int64
	crashAt = func() int64 {
		number, err := strconv.ParseInt(os.Getenv("SEED_CRASH_AT"), 10, 64)
		if err != nil {
			return -1
		}
		return number
	}()
)

func beforeWrite() {
	if writes.Add(1) == crashAt {
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// refused stands for a kernel or file system that cannot do what SEED_REFUSE names.
func refused(call string) bool {
	return slices.Contains(strings.Split(os.Getenv("SEED_REFUSE"), ","), call)
}
