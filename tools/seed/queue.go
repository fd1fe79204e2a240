package main

import (
	"runtime"
	"sync"
	"sync/atomic"

	"bookend.dev/seed/sys"
)

// queue has work done by several workers, what was added last first. The first failure ends it.
type queue struct {
	mutex   sync.Mutex
	changed sync.Cond
	waiting []func()
	atWork  int
	failed  error
	stopped atomic.Bool
}

// workers are more than there are processors, as some wait for the disk. Where the number of a write has to mean the
// same write in each run there is but one.
func workers() int {
	if sys.Crashing {
		return 1
	}
	return min(max(2*runtime.GOMAXPROCS(0), 4), 16)
}

// run does the first piece of work and all that is added meanwhile.
func (q *queue) run(first func()) {
	q.changed.L = &q.mutex
	q.waiting = []func(){first}
	var all sync.WaitGroup
	for range workers() {
		all.Go(q.work)
	}
	all.Wait()
}

func (q *queue) work() {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	for {
		for len(q.waiting) == 0 && q.atWork > 0 {
			q.changed.Wait()
		}
		if len(q.waiting) == 0 {
			q.changed.Broadcast()
			return
		}
		last := len(q.waiting) - 1
		next := q.waiting[last]
		// What is done is not kept in memory for as long as its place is not used again.
		q.waiting[last] = nil
		q.waiting = q.waiting[:last]
		q.atWork++
		q.mutex.Unlock()
		if !q.stopped.Load() {
			q.do(next)
		}
		q.mutex.Lock()
		q.atWork--
		if q.atWork == 0 {
			q.changed.Broadcast()
		}
	}
}

// do makes a fault in one piece of work the failure of the whole, where it would otherwise end the program without a
// word for people.
func (q *queue) do(work func()) {
	defer func() {
		if fault := recover(); fault != nil {
			q.fail(faultOf(fault))
		}
	}()
	work()
}

// mostWaiting bounds the memory that waiting work takes.
const mostWaiting = 256

// give leaves work to whoever is free next, or does it at once when much is waiting already.
func (q *queue) give(work func()) {
	q.mutex.Lock()
	if len(q.waiting) < mostWaiting {
		q.waiting = append(q.waiting, work)
		q.changed.Signal()
		q.mutex.Unlock()
		return
	}
	q.mutex.Unlock()
	work()
}

func (q *queue) fail(err error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.failed == nil {
		q.failed = err
	}
	q.stopped.Store(true)
}

func (q *queue) isStopped() bool { return q.stopped.Load() }

func (q *queue) failure() error {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	return q.failed
}
