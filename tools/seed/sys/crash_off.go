//go:build !crash

package sys

// Crashing tells whether this is the program that tests end at a certain write.
const Crashing = false

func beforeWrite() {}

func refused(string) bool { return false }
