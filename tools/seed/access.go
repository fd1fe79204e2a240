package main

import (
	"fmt"
	"slices"
	"syscall"

	"bookend.dev/seed/sys"
)

// access is who this process is to a file system.
type access struct {
	user   uint32
	groups []int
}

func processAccess() access {
	groups, _ := syscall.Getgroups()
	return access{uint32(syscall.Geteuid()), append(groups, syscall.Getegid())}
}

// mayRead tells whether the mode of a file lets this process read it.
func (a access) mayRead(stat *sys.Stat) bool {
	switch {
	case stat.UID == a.user:
		return stat.Mode&0o400 != 0
	case slices.Contains(a.groups, int(stat.GID)):
		return stat.Mode&0o040 != 0
	}
	return stat.Mode&0o004 != 0
}

// unreadable says why an entry of the source cannot be read: with its owner and mode, which decide it.
func (s *source) unreadable(parent int, name, path string, err error) error {
	if err != syscall.EACCES && err != syscall.EPERM {
		return sourceFailure(path, err)
	}
	var stat sys.Stat
	if sys.Statx(parent, name, &stat) != nil {
		return sourceFailure(path, err)
	}
	return mayNotRead(path, &stat)
}

func mayNotRead(path string, stat *sys.Stat) error {
	return &failure{exitUnreadable, fmt.Sprintf("%s cannot be read by %s: it belongs to user %d, group %d and has mode %04o", path, whoAmI(),
		stat.UID, stat.GID, stat.Permissions()), unreadableAdvice()}
}

func unreadableAdvice() string {
	const narrower = "share a narrower path, or make it readable in the image"
	if syscall.Geteuid() == 0 {
		return "Root lacks the capability DAC_OVERRIDE here: write owners=keep on the share, which adds it, " + narrower + "."
	}
	return "Let the source container run as a user that may read it (securityContext.runAsUser), " + narrower + "."
}
