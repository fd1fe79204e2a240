package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"bookend.dev/seed/sys"
)

// By default a copy is what `cp -r` makes of it: it belongs to the user who copies, in a volume with an fsGroup to its
// group, and has the mode of the original without the bits that would let a program run as somebody else.
// `--owners=keep` keeps these and the owners too.

// keepAttributes gives an open file or directory of the copy its extended attributes, owner, mode and times. `path` is
// for messages.
func (c *copying) keepAttributes(from, to int, stat *sys.Stat, path string) error {
	kept, err := c.keepOwner(to, "", stat)
	if err == nil {
		err = c.keepExtended(from, to)
	}
	mode := c.modeFor(stat, kept)
	if err == nil {
		err = sys.ChmodOpen(to, mode)
	}
	if err == nil {
		err = sys.SetTimesOpen(to, stat.Accessed, stat.Modified)
	}
	if err != nil {
		return c.attributeFailure(err, stat, path)
	}
	if err := c.changeOwner(to, "", path); err != nil || c.options.chown == nil || mode&setIDBits == 0 || stat.Type() == syscall.S_IFDIR {
		return err
	}
	// A new owner has cleared them.
	return c.attributeFailure(sys.ChmodOpen(to, mode), stat, path)
}

// keepAttributesOf does so for what cannot be opened: a symbolic link or named pipe. Neither can have extended
// attributes of users.
func (c *copying) keepAttributesOf(directory int, name string, child *entry, path string) error {
	kept, err := c.keepOwner(directory, name, &child.stat)
	if err == nil && child.kind == kindFifo {
		err = sys.Chmod(directory, name, c.modeFor(&child.stat, kept))
	}
	if err == nil {
		err = sys.SetTimes(directory, name, child.stat.Accessed, child.stat.Modified)
	}
	if err != nil {
		return c.attributeFailure(err, &child.stat, path)
	}
	return c.changeOwner(directory, name, path)
}

// finishRoot gives the content itself its attributes: mode and group of the volume's root, as files that are copied
// into a volume leave that as it is; with kept owners those of the source.
func (c *copying) finishRoot(to int) error {
	stat := c.source.stat
	if !c.options.keepOwners {
		volume := &c.target.stat
		stat.Mode = stat.Mode&syscall.S_IFMT | volume.Mode&^syscall.S_IFMT
		if volume.GID != c.creator.group {
			if err := sys.Chown(to, "", -1, int(volume.GID)); err != nil && !isRefusal(err) {
				return c.targetFailure(c.inTarget(""), err)
			}
		}
	}
	return c.keepAttributes(c.source.directory, to, &stat, "")
}

// attributeFailure tells the one case apart in which a container was given half of the capabilities that belong
// together.
func (c *copying) attributeFailure(err error, stat *sys.Stat, path string) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.EPERM) && c.options.keepOwners && stat.UID != c.creator.user {
		return &failure{exitPermission,
			fmt.Sprintf("%s was given to its owner, user %d, and then its mode and times cannot be set", c.inTarget(path), stat.UID),
			"Give the container the capabilities DAC_OVERRIDE, FOWNER and FSETID along with CHOWN, or none of them."}
	}
	return c.targetFailure(c.inTarget(path), err)
}

// ownersKept tells what of the ownership is as it was.
type ownersKept struct{ user, group bool }

func (c *copying) keepOwner(directory int, name string, stat *sys.Stat) (ownersKept, error) {
	wanted := owner{stat.UID, stat.GID}
	if !c.options.keepOwners {
		return ownersKept{}, nil
	}
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

// changeOwner does what `--chown` asks for. It comes last, since one who may give files away need not be able to
// change them afterwards.
func (c *copying) changeOwner(directory int, name, path string) error {
	to := c.options.chown
	if to == nil {
		return nil
	}
	err := sys.Chown(directory, name, to.user, to.group)
	if err == nil || !isRefusal(err) {
		return c.targetFailure(c.inTarget(path), err)
	}
	return &failure{exitPermission, fmt.Sprintf("%s cannot be given to %s by %s: %v", c.inTarget(path), to, whoAmI(), err),
		"Another user takes root with the capability CHOWN, another group takes one that the container is in; or take chown off the share."}
}

func (o *newOwner) String() string {
	switch {
	case o.group < 0:
		return fmt.Sprintf("user %d", o.user)
	case o.user < 0:
		return fmt.Sprintf("group %d", o.group)
	}
	return fmt.Sprintf("user %d, group %d", o.user, o.group)
}

// modeFor is the mode of the copy: without what would let a program run as another user or group than in the image.
func (c *copying) modeFor(stat *sys.Stat, kept ownersKept) uint32 {
	mode := stat.Permissions()
	isDirectory := stat.Type() == syscall.S_IFDIR
	switch {
	case c.options.keepOwners && isDirectory:
	case isDirectory:
		// The set-group-ID bit is the volume's: it makes what is created in the directory belong to the fsGroup.
		mode = mode&^setIDBits | c.inherited
	default:
		allowed := mode
		if !kept.user {
			allowed &^= syscall.S_ISUID
		}
		if !kept.group {
			allowed &^= syscall.S_ISGID
		}
		if !c.options.keepOwners {
			allowed &^= syscall.S_ISVTX
		}
		if allowed&setIDBits != mode&setIDBits {
			c.losses.add(lostSetID)
		}
		mode = allowed
	}
	if c.options.chmod != nil {
		mode = c.options.chmod.apply(mode, isDirectory)
	}
	return mode
}

const capabilityAttribute = "security.capability"

// keepExtended keeps what belongs to the content: attributes of users, access control lists, with kept owners
// capabilities. Labels of security modules are the node's to give.
func (c *copying) keepExtended(from, to int) error {
	list, err := sys.ListAttributes(from)
	if err != nil || list == "" {
		return err
	}
	for _, name := range strings.Split(strings.TrimRight(list, "\x00"), "\x00") {
		if name == capabilityAttribute && !c.options.keepOwners {
			c.losses.add(lostCapabilities)
			continue
		}
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
