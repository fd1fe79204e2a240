package main

import (
	"strconv"
	"strings"
	"syscall"
)

// modeChange is what `--chmod` asks for, as chmod(1) reads it: an octal mode, or clauses that are applied one after
// the other.
type modeChange struct {
	isOctal bool
	octal   uint32
	actions []modeAction
}

// modeAction adds, removes or sets bits.
type modeAction struct {
	// who has the bits of the users that it is for: 0o700, 0o070, 0o007 and those that go with them.
	who uint32
	how byte
	// bits are of all users; `who` chooses among them.
	bits uint32
	// conditional is x for directories, and for files that anybody may execute.
	conditional bool
	// like takes the bits that another user has: 'u', 'g', 'o', or 0.
	like byte
}

const (
	setIDBits  = syscall.S_ISUID | syscall.S_ISGID
	allUsers   = 0o7777
	ownerUsers = 0o4700
	groupUsers = 0o2070
	otherUsers = 0o1007
)

// parseModeChange gives nil when the text is no mode.
func parseModeChange(text string) *modeChange {
	if text != "" && strings.Trim(text, "01234567") == "" {
		octal, err := strconv.ParseUint(text, 8, 32)
		if err != nil || len(text) < 3 || len(text) > 4 {
			return nil
		}
		return &modeChange{isOctal: true, octal: uint32(octal)}
	}
	change := &modeChange{}
	for clause := range strings.SplitSeq(text, ",") {
		actions := parseClause(clause)
		if actions == nil {
			return nil
		}
		change.actions = append(change.actions, actions...)
	}
	return change
}

func parseClause(clause string) []modeAction {
	operators := strings.IndexAny(clause, "+-=")
	if operators < 0 {
		return nil
	}
	who := uint32(0)
	for _, letter := range clause[:operators] {
		users := map[rune]uint32{'u': ownerUsers, 'g': groupUsers, 'o': otherUsers, 'a': allUsers}[letter]
		if users == 0 {
			return nil
		}
		who |= users
	}
	if who == 0 {
		who = allUsers
	}
	var actions []modeAction
	for rest := clause[operators:]; rest != ""; {
		action := modeAction{who: who, how: rest[0]}
		letters := rest[1:]
		if next := strings.IndexAny(letters, "+-="); next >= 0 {
			letters = letters[:next]
		}
		if !action.read(letters) {
			return nil
		}
		actions = append(actions, action)
		rest = rest[1+len(letters):]
	}
	return actions
}

func (a *modeAction) read(letters string) bool {
	if letters == "u" || letters == "g" || letters == "o" {
		a.like = letters[0]
		return true
	}
	for _, letter := range letters {
		switch letter {
		case 'r':
			a.bits |= 0o444
		case 'w':
			a.bits |= 0o222
		case 'x':
			a.bits |= 0o111
		case 'X':
			a.conditional = true
		case 's':
			a.bits |= setIDBits
		case 't':
			a.bits |= syscall.S_ISVTX
		default:
			return false
		}
	}
	return true
}

// apply gives the new mode of what has this one. As in GNU chmod, an octal mode leaves the set-ID bits of directories
// alone unless it sets them, and so does `=` unless its letters have an `s` for them.
func (m *modeChange) apply(mode uint32, isDirectory bool) uint32 {
	if m.isOctal {
		if isDirectory {
			return m.octal | mode&setIDBits
		}
		return m.octal
	}
	for _, action := range m.actions {
		mode = action.apply(mode, isDirectory)
	}
	return mode
}

func (a modeAction) apply(mode uint32, isDirectory bool) uint32 {
	bits := a.bits
	if a.conditional && (isDirectory || mode&0o111 != 0) {
		bits |= 0o111
	}
	switch a.like {
	case 'u':
		bits = mode >> 6 & 7 * 0o111
	case 'g':
		bits = mode >> 3 & 7 * 0o111
	case 'o':
		bits = mode & 7 * 0o111
	}
	bits &= a.who
	switch a.how {
	case '+':
		return mode | bits
	case '-':
		return mode &^ bits
	}
	changed := a.who
	if isDirectory {
		changed &^= setIDBits &^ bits
	}
	return mode&^changed | bits
}
