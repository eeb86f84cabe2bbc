// Package lookup finds out what there is already of an object before something
// is started for it: for several objects with one request, and for each of them
// shortly before its start goes out.
package lookup

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// MaxAge is how old a finding may be when the start goes out.
	MaxAge = 10 * time.Second
	// MaxAgeAhead is how old it may be when the start begins to wait for its turn.
	// A turn a second later is in time, and ten starts a second apart share a
	// request.
	MaxAgeAhead = 8 * time.Second
)

// Config configures a Line.
type Config[T any] struct {
	// Limit is for how many objects one request can ask.
	Limit int
	// Find makes a request.
	Find func(ctx context.Context, keys []string) (Answer[T], error)
	// OfOne reports whether a refusal may be about one of several objects.
	OfOne func(error) bool
}

// Answer is what there is of each object that was asked for, and how far the
// clock that wrote it down is ahead of ours.
type Answer[T any] struct {
	Of    map[string][]T
	Ahead time.Duration
}

// Finding is what there is of one object.
type Finding[T any] struct {
	Items []T
	Ahead time.Duration
	// At is when it was asked for; the zero time for no finding, and for one that
	// is only what another start has made.
	At time.Time
}

// Line is where those stand who are about to start something of one kind. The
// first of them leads: it alone waits for the turn of its start, and asks for the
// next in the line as well when it asks. It is safe for concurrent use and starts
// no goroutines.
type Line[T any] struct {
	config Config[T]

	mu      sync.Mutex
	leader  *Place[T]
	waiting []*Place[T]
	// begun counts the starts of an object that went out and were not answered.
	begun map[string]int
}

// New returns an empty line.
func New[T any](config Config[T]) *Line[T] {
	return &Line[T]{config: config, begun: map[string]int{}}
}

// Place is the place of one start in a line. Its methods are for one goroutine.
type Place[T any] struct {
	line *Line[T]
	key  string
	// hinders reports whether a finding is in the way of the start.
	hinders func(Finding[T]) bool

	wake chan struct{} // has an entry when something has changed

	// Of the line, under its lock.
	finding  Finding[T]
	hindered bool
	err      error
	alone    bool // asked for without others, as an object may be refused
	begun    bool
}

// ErrHindered says that there is something in the way of the start.
var ErrHindered error = hinderedError{}

type hinderedError struct{}

func (hinderedError) Error() string { return "there is such a task already" }

// RetryableError keeps a client from trying again.
func (hinderedError) RetryableError() bool { return false }

// Error is what went wrong with a request of a line.
type Error struct{ Err error }

func (e *Error) Error() string { return "look for a task of the object: " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// RetryableError leaves it to the caller when to try again.
func (e *Error) RetryableError() bool { return false }

// Place returns a place for a start for the object called key.
func (l *Line[T]) Place(key string, hinders func(Finding[T]) bool) *Place[T] {
	return &Place[T]{line: l, key: key, hinders: hinders, wake: make(chan struct{}, 1)}
}

// Finding returns what was found last.
func (p *Place[T]) Finding() Finding[T] {
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	return p.finding
}

// Enter waits until the start is the next one and what there is of its object
// was found a moment ago. The error is [ErrHindered], an [*Error], or that of ctx.
// After each Enter that returns nil, Leave has to be called.
func (p *Place[T]) Enter(ctx context.Context) error {
	l := p.line
	l.mu.Lock()
	p.hindered, p.err = false, nil
	if p.finding.At.IsZero() || !p.hinders(p.finding) {
		l.waiting = append(l.waiting, p)
		l.next()
	} else {
		p.hindered = true
	}
	l.mu.Unlock()
	asked := false
	for {
		l.mu.Lock()
		done, err := p.entered(asked)
		var batch []*Place[T]
		if !done && l.leader == p {
			batch = l.batch(p)
		}
		l.mu.Unlock()
		if done {
			return err
		}
		if batch != nil {
			asked = l.ask(ctx, p, batch)
			continue
		}
		select {
		case <-p.wake:
		case <-ctx.Done():
			l.mu.Lock()
			l.remove(p)
			l.mu.Unlock()
			return ctx.Err()
		}
	}
}

// entered reports whether Enter is done, and with what. An answer is good enough
// for who has just asked, however long it took.
func (p *Place[T]) entered(asked bool) (bool, error) {
	switch {
	case p.err != nil:
		return true, p.err
	case p.hindered:
		return true, ErrHindered
	}
	return p.line.leader == p && (asked || p.fresh(MaxAgeAhead)), nil
}

func (p *Place[T]) fresh(age time.Duration) bool {
	return !p.finding.At.IsZero() && time.Since(p.finding.At) <= age
}

// Begin is called when the start has its turn: it goes out unless there is an
// error. The next in the line is let on.
func (p *Place[T]) Begin(ctx context.Context) error {
	l := p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	p.hindered, p.err = false, nil
	for asked := p.fresh(MaxAge); !asked && p.err == nil; {
		batch := l.batch(p)
		l.mu.Unlock()
		asked = l.ask(ctx, p, batch)
		l.mu.Lock()
	}
	if p.err == nil && !p.hindered && !p.begun {
		p.begun = true
		l.begun[p.key]++
	}
	l.remove(p)
	switch {
	case p.err != nil:
		return p.err
	case p.hindered:
		return ErrHindered
	}
	return nil
}

// Leave is called when the start was answered or given up. Those who wait to
// start something for the same object are told what it made, nil for nothing.
func (p *Place[T]) Leave(made *T) {
	l := p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(p)
	if !p.begun {
		return
	}
	p.begun = false
	if l.begun[p.key]--; l.begun[p.key] == 0 {
		delete(l.begun, p.key)
	}
	for _, other := range slices.Clone(l.waiting) {
		if other.key != p.key {
			continue
		}
		if made == nil {
			other.finding = Finding[T]{}
			continue
		}
		// Who is not hindered by it asks what else there is.
		l.tell(other, Finding[T]{Items: []T{*made}, Ahead: p.finding.Ahead})
	}
	l.next()
}

// next lets the first on whose object has no start on its way.
func (l *Line[T]) next() {
	if l.leader != nil {
		return
	}
	for i, p := range l.waiting {
		if l.begun[p.key] == 0 {
			l.waiting = slices.Delete(l.waiting, i, i+1)
			l.leader = p
			p.awake()
			return
		}
	}
}

// remove takes a place out of the line.
func (l *Line[T]) remove(p *Place[T]) {
	if i := slices.Index(l.waiting, p); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	if l.leader == p {
		l.leader = nil
		l.next()
	}
}

func (p *Place[T]) awake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// batch returns who is asked for together with p.
func (l *Line[T]) batch(p *Place[T]) []*Place[T] {
	batch := []*Place[T]{p}
	if p.alone {
		return batch
	}
	keys := map[string]bool{p.key: true}
	for _, other := range l.waiting {
		if len(batch) == l.config.Limit {
			break
		}
		if !other.alone && !keys[other.key] && l.begun[other.key] == 0 {
			keys[other.key] = true
			batch = append(batch, other)
		}
	}
	return batch
}

// ask makes a request and tells everybody in the batch. It reports whether there
// is an answer; if there is neither that nor an error, p asks again, alone. What
// goes wrong for the context of one is not told to others.
func (l *Line[T]) ask(ctx context.Context, p *Place[T], batch []*Place[T]) bool {
	at := time.Now()
	keys := make([]string, len(batch))
	for i, other := range batch {
		keys[i] = other.key
	}
	answer, err := l.config.Find(ctx, keys)
	l.mu.Lock()
	defer l.mu.Unlock()
	// Who has left meanwhile is not told.
	batch = slices.DeleteFunc(batch, func(other *Place[T]) bool { return other != p && !slices.Contains(l.waiting, other) })
	switch {
	case err == nil:
		for _, other := range batch {
			l.tell(other, Finding[T]{Items: answer.Of[other.key], Ahead: answer.Ahead, At: at})
		}
		return true
	case ctx.Err() != nil:
		p.err = ctx.Err()
		l.remove(p)
		return false
	case len(keys) > 1 && l.config.OfOne(err):
		for _, other := range batch {
			other.alone = true
		}
		return false
	}
	for _, other := range batch {
		other.err = &Error{err}
		l.remove(other)
		other.awake()
	}
	return false
}

// tell gives a place its finding. One that is hindered leaves the line.
func (l *Line[T]) tell(p *Place[T], finding Finding[T]) {
	p.finding = finding
	if p.hinders(finding) {
		p.hindered = true
		l.remove(p)
		p.awake()
	}
}
