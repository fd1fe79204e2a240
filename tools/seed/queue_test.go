package main

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

func TestWorkThatIsAddedWhileOthersWorkIsDone(t *testing.T) {
	var q queue
	var done atomic.Int64
	var grow func(depth int)
	grow = func(depth int) {
		done.Add(1)
		for range 3 {
			if depth > 0 {
				q.give(func() { grow(depth - 1) })
			}
		}
	}
	q.run(func() { grow(8) })
	if expected := int64(9841); done.Load() != expected || q.failure() != nil {
		t.Errorf("%d of %d pieces of work, %v", done.Load(), expected, q.failure())
	}
}

func TestTheFirstFailureEndsTheWork(t *testing.T) {
	var q queue
	var after atomic.Int64
	q.run(func() {
		q.give(func() { after.Add(1) })
		q.fail(errors.New("first"))
		q.fail(errors.New("second"))
	})
	if q.failure() == nil || q.failure().Error() != "first" || after.Load() > 1 {
		t.Errorf("%v, then %d more", q.failure(), after.Load())
	}
}

func TestAFaultInAPieceOfWorkIsAFailureWithItsOwnCode(t *testing.T) {
	var q queue
	q.run(func() { panic("out of order") })
	var said strings.Builder
	if code := fail(&said, q.failure()); code != exitInternal || said.String() != "seed: a fault in seed itself: out of order. Please report it with this message.\n" {
		t.Errorf("%d: %s", code, said.String())
	}
}
