package main

import (
	"fmt"
	"strings"
	"sync"
)

// losses counts what could not be kept, to say it in one line however much it is.
type losses struct {
	mutex  sync.Mutex
	counts map[string]int
	// keepOwners tells whether what was lost had been asked for.
	keepOwners bool
}

// What can be lost, in the order in which it is said.
const (
	lostOwners       = "owners of %d"
	lostSetID        = "set-user-ID or set-group-ID bits of %d"
	lostCapabilities = "file capabilities of %d"
	lostAttributes   = "extended attributes of %d"
	lostLinks        = "hard links of %d, which are copied"
	lostSpecial      = "%d sockets or device nodes"
	lostFifos        = "%d named pipes"
	lostMounted      = "what is mounted at %d places, which are left empty"
)

var lossesInOrder = []string{lostOwners, lostSetID, lostCapabilities, lostAttributes, lostLinks, lostSpecial, lostFifos, lostMounted}

func (l *losses) add(what string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.counts == nil {
		l.counts = map[string]int{}
	}
	l.counts[what]++
}

// String is empty when everything was kept.
func (l *losses) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var parts []string
	for _, what := range lossesInOrder {
		if count := l.counts[what]; count > 0 {
			parts = append(parts, fmt.Sprintf(what, count))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	text := "not kept: " + strings.Join(parts, ", ")
	switch identities := l.counts[lostOwners] + l.counts[lostSetID] + l.counts[lostCapabilities]; {
	case identities == 0:
	case l.keepOwners:
		text += fmt.Sprintf(" (%s may not)", whoAmI())
	default:
		text += " (owners=keep on the share keeps set-user-ID, set-group-ID and file capabilities)"
	}
	return text
}
