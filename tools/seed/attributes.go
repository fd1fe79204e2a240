package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"

	"bookend.dev/seed/sys"
)

// keepAttributes gives an open file or directory of the copy the owner, extended attributes, mode and times of the original, in this
// order: a new owner clears the set-user-ID bit and capabilities, attributes need the right to write, and everything changes times.
// `path` is for messages.
func (c *copying) keepAttributes(from, to int, stat *sys.Stat, path string) error {
	kept, err := c.keepOwner(to, "", stat)
	if err == nil {
		err = c.keepExtended(from, to)
	}
	if err == nil {
		err = sys.ChmodOpen(to, c.modeFor(stat, kept))
	}
	if err == nil {
		err = sys.SetTimesOpen(to, stat.Accessed, stat.Modified)
	}
	return c.attributeFailure(err, stat, path)
}

// keepAttributesOf does so for what cannot be opened: a symbolic link or named pipe. Neither can have extended attributes of users.
func (c *copying) keepAttributesOf(directory int, child *entry, path string) error {
	kept, err := c.keepOwner(directory, child.name, &child.stat)
	if err == nil && child.kind == kindFifo {
		err = sys.Chmod(directory, child.name, c.modeFor(&child.stat, kept))
	}
	if err == nil {
		err = sys.SetTimes(directory, child.name, child.stat.Accessed, child.stat.Modified)
	}
	return c.attributeFailure(err, &child.stat, path)
}

// attributeFailure tells the one case apart in which a container was given half of the capabilities that belong together.
func (c *copying) attributeFailure(err error, stat *sys.Stat, path string) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.EPERM) && stat.UID != c.creator.user {
		return &failure{exitPermission,
			fmt.Sprintf("%s was given to its owner, user %d, and then its mode and times cannot be set", c.inTarget(path), stat.UID),
			"Give the container the capabilities DAC_OVERRIDE, FOWNER and FSETID along with CHOWN, or none of them."}
	}
	return targetFailure(c.inTarget(path), err)
}

// ownersKept tells what of the ownership is as it was.
type ownersKept struct{ user, group bool }

func (c *copying) keepOwner(directory int, name string, stat *sys.Stat) (ownersKept, error) {
	wanted := owner{stat.UID, stat.GID}
	if wanted == c.creator {
		return ownersKept{true, true}, nil
	}
	err := sys.Chown(directory, name, int(wanted.user), int(wanted.group))
	if err == nil {
		return ownersKept{true, true}, nil
	}
	if !isRefusal(err) {
		return ownersKept{}, err
	}
	c.losses.add(lostOwners)
	if wanted.group == c.creator.group {
		return ownersKept{group: true}, nil
	}
	// A user may give files to any group that it is in.
	err = sys.Chown(directory, name, -1, int(wanted.group))
	if err != nil && !isRefusal(err) {
		return ownersKept{}, err
	}
	return ownersKept{wanted.user == c.creator.user, err == nil}, nil
}

// modeFor takes away what would let a program run as another user or group than in the image.
func (c *copying) modeFor(stat *sys.Stat, kept ownersKept) uint32 {
	mode := stat.Permissions()
	if stat.Type() == syscall.S_IFDIR {
		return mode
	}
	allowed := mode
	if !kept.user {
		allowed &^= syscall.S_ISUID
	}
	if !kept.group {
		allowed &^= syscall.S_ISGID
	}
	if allowed != mode {
		c.losses.add(lostSetID)
	}
	return allowed
}

const capabilityAttribute = "security.capability"

// keepExtended keeps what belongs to the content: attributes of users, access control lists, capabilities. Labels of security modules are
// the node's to give.
func (c *copying) keepExtended(from, to int) error {
	list, err := sys.ListAttributes(from)
	if err != nil || list == "" {
		return err
	}
	for _, name := range strings.Split(strings.TrimRight(list, "\x00"), "\x00") {
		if !strings.HasPrefix(name, "user.") && !strings.HasPrefix(name, "system.posix_acl_") && name != capabilityAttribute {
			continue
		}
		value, err := sys.Attribute(from, name)
		if err == nil {
			err = sys.SetAttribute(to, name, value)
		}
		switch {
		case err == nil || errors.Is(err, syscall.ENODATA):
		case !isRefusal(err):
			return err
		case name == capabilityAttribute:
			c.losses.add(lostCapabilities)
		default:
			c.losses.add(lostAttributes)
		}
	}
	return nil
}

// isRefusal tells "this user or this file system cannot" from what must not happen.
func isRefusal(err error) bool {
	for _, refusal := range []syscall.Errno{syscall.EPERM, syscall.EACCES, syscall.EINVAL, syscall.EOPNOTSUPP, syscall.ENOSYS} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

func (c *copying) inTarget(path string) string {
	return filepath.Join(c.target.path, contentName, path)
}
