package poll

import "time"

const (
	// shareNudges is the least time between two rounds that nudges ask for: what
	// happens to one task causes several events within seconds.
	shareNudges = 2 * time.Second

	// gatherNudges is how long a patient lane waits for the events that follow a
	// first one. In the simulation that saves two requests in five, and the end
	// is seen sooner: most first events come before it.
	gatherNudges = time.Second
)

// Nudges says when a round is due that nudges ask for. The first asks for one at
// once; those that come soon after share the next. The zero value has none.
type Nudges struct {
	// Patient makes a round wait for the events that follow a first one.
	Patient bool

	due, made time.Time
}

// Add adds a nudge.
func (n *Nudges) Add(now time.Time) {
	if !n.due.IsZero() {
		return
	}
	n.due = now
	if n.Patient {
		n.due = now.Add(gatherNudges)
	}
	if shared := n.made.Add(shareNudges); shared.After(n.due) {
		n.due = shared
	}
}

// Due returns when a round is due, or the zero time.
func (n *Nudges) Due() time.Time { return n.due }

// Take reports whether a round is due, and forgets the nudges if so.
func (n *Nudges) Take(now time.Time) bool {
	if n.due.IsZero() || now.Before(n.due) {
		return false
	}
	n.due = time.Time{}
	return true
}

// Forget forgets the nudges.
func (n *Nudges) Forget() { n.due = time.Time{} }

// Made says that a round was begun that nudges had asked for.
func (n *Nudges) Made(now time.Time) { n.made = now }
