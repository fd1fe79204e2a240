package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// options are the flags of `seed copy`. They are documented in README.md; Bookend writes them into init containers.
type options struct {
	keepOwners bool
	// chown is the new owner of everything; -1 leaves one half as it is.
	chown *newOwner
	chmod *modeChange
	// mountPoints are paths below the content.
	mountPoints []mountPoint
	// layers are all that fill the volume, in their order; layer is the place of this one. Empty when there is but one
	// source.
	layers []string
	layer  int
	// lastWins lets this layer replace files of earlier ones.
	lastWins bool
	limit    sizeLimit
	// text is the flags that change what a copy looks like, to tell one copy from another.
	text string
}

type newOwner struct{ user, group int }

type mountPoint struct {
	path   string
	isFile bool
}

// sizeLimit is how many bytes the volume may take; 0 means any number.
type sizeLimit struct {
	bytes int64
	of    string
}

func (l sizeLimit) String() string {
	if l.of == "" {
		return "size limit"
	}
	return l.of
}

// mostOfFlag is how much of a flag a message repeats, in bytes.
const mostOfFlag = 200

// parseCopy tells the two paths and the flags of `seed copy` apart.
func parseCopy(args []string) (paths []string, parsed *options, err error) {
	parsed = &options{}
	given := map[string]bool{}
	layer := ""
	for _, arg := range args {
		name, value, isFlag := strings.Cut(arg, "=")
		if !strings.HasPrefix(arg, "--") {
			paths = append(paths, arg)
			continue
		}
		isMany := name == "--mount-point" || name == "--mount-point-file"
		if given[name] && !isMany {
			return nil, nil, usage(fmt.Sprintf("%s is given twice", name))
		}
		given[name] = true
		var isValid bool
		switch name {
		case "--owners":
			isValid = value == "keep"
			parsed.keepOwners = isValid
		case "--chown":
			parsed.chown = parseOwner(value)
			isValid = parsed.chown != nil
		case "--chmod":
			parsed.chmod = parseModeChange(value)
			isValid = parsed.chmod != nil
		case "--mount-point", "--mount-point-file":
			isValid = isBelow(value)
			parsed.mountPoints = append(parsed.mountPoints, mountPoint{value, name == "--mount-point-file"})
		case "--layers":
			parsed.layers = strings.Split(value, ",")
			isValid = areNames(parsed.layers)
		case "--layer":
			layer, isValid = value, isName(value)
		case "--on-conflict":
			isValid = value == "last"
			parsed.lastWins = isValid
		case "--size-limit":
			parsed.limit.bytes, err = strconv.ParseInt(value, 10, 64)
			isValid = err == nil && parsed.limit.bytes > 0
		case "--size-limit-of":
			parsed.limit.of = oneLine(value, mostOfFlag)
			isValid = value != ""
		default:
			return nil, nil, usage(fmt.Sprintf("copy has no flag %q", oneLine(name, mostOfFlag)))
		}
		if !isFlag || !isValid {
			return nil, nil, usage(fmt.Sprintf("%q is not a value of %s", oneLine(value, mostOfFlag), name))
		}
		if strings.HasPrefix(name, "--mount-point") || name == "--owners" || name == "--chown" || name == "--chmod" {
			parsed.text += arg + "\x00"
		}
	}
	if len(paths) != 2 {
		return nil, nil, usage(fmt.Sprintf("copy takes 2 paths, not %d", len(paths)))
	}
	parsed.layer = slices.Index(parsed.layers, layer)
	switch {
	case parsed.keepOwners && parsed.chown != nil:
		return nil, nil, usage("--owners=keep and --chown exclude each other")
	case given["--layers"] != given["--layer"]:
		return nil, nil, usage("--layers and --layer need each other")
	case given["--layer"] && parsed.layer < 0:
		return nil, nil, usage(fmt.Sprintf("the layer %s is not one of --layers", layer))
	case given["--on-conflict"] && !given["--layers"]:
		return nil, nil, usage("--on-conflict needs --layers")
	case given["--size-limit-of"] && !given["--size-limit"]:
		return nil, nil, usage("--size-limit-of needs --size-limit")
	}
	return paths, parsed, nil
}

// hasLayers tells whether several runs fill the volume.
func (o *options) hasLayers() bool { return len(o.layers) > 0 }

// isLastLayer tells whether this run is the one that puts the content together.
func (o *options) isLastLayer() bool { return o.hasLayers() && o.layer == len(o.layers)-1 }

// parseOwner gives nil when the text names neither a user nor a group by number.
func parseOwner(text string) *newOwner {
	user, group, hasGroup := strings.Cut(text, ":")
	owner := &newOwner{parseID(user), parseID(group)}
	switch {
	case owner.user == badID || owner.group == badID,
		owner.user == leaveID && owner.group == leaveID,
		hasGroup && owner.group == leaveID:
		return nil
	}
	return owner
}

const (
	// leaveID leaves owner or group as it is; chown(2) has the same number for it.
	leaveID = -1
	badID   = -2
)

func parseID(text string) int {
	if text == "" {
		return leaveID
	}
	// The highest number of 32 bits means "leave it as it is" to the kernel.
	number, err := strconv.ParseUint(text, 10, 32)
	if err != nil || number == 1<<32-1 {
		return badID
	}
	return int(number)
}

// isBelow tells whether a path leads from a directory to something in it, without detours.
func isBelow(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." || len(part) > 255 {
			return false
		}
	}
	return len(path) <= 4096
}

// isName tells whether a text is a DNS label, as names of shares are.
func isName(text string) bool {
	const most = 63
	return text != "" && len(text) <= most && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		!strings.HasPrefix(text, "-") && !strings.HasSuffix(text, "-")
}

func areNames(names []string) bool {
	for index, name := range names {
		if !isName(name) || slices.Contains(names[:index], name) {
			return false
		}
	}
	return true
}
