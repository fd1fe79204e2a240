//go:build !crash

package sys

func beforeWrite() {}
