package partnercentraltest

import (
	"slices"
	"sync"
	"time"
)

// world is everything that one account has: its tasks, scripts, faults, quotas
// and the record of its calls. Nothing in it is seen by another access key id.
type world struct {
	svc         *Service
	accessKeyID string

	// mu guards everything below. It is never held across a wait, a callback or
	// the writing of an answer.
	mu  sync.Mutex
	ids *ids
	// epoch counts the resets.
	epoch   uint64
	last    time.Time
	shelves map[shelfKey]*shelf
	// byToken finds the task that a token has started. Tokens are per operation.
	byToken map[tokenKey]*task
	objects map[string]string
	scripts []*script
	faults  []*Fault
	answers []*canned
	// invitations are those that were made, in this order.
	invitations    []*invitation
	invitationByID map[string]*invitation
	// told is what events have told to be there.
	told    map[string]bool
	calls   []*Call
	dropped int
	// started counts the tasks.
	started int
	quotas  [quotaGroups]bucket
	// ahead is how much later it is by what WrongClock has told the callers.
	ahead time.Duration
}

type shelfKey struct {
	family  *family
	catalog string
}

type tokenKey struct {
	operation Operation
	token     string
}

func newWorld(svc *Service, accessKeyID string) *world {
	return &world{
		svc:         svc,
		accessKeyID: accessKeyID,
		ids:         newIDs(svc.config.seed, accessKeyID),
		shelves:     map[shelfKey]*shelf{},
		byToken:     map[tokenKey]*task{},
		objects:     map[string]string{},

		invitationByID: map[string]*invitation{},
		told:           map[string]bool{},
		quotas:         svc.config.quotas.buckets(),
	}
}

// now is the service's clock, which never runs backwards for one world: tasks
// are kept in the order of their start.
func (w *world) now() time.Time {
	if now := w.svc.clock.now(); now.After(w.last) {
		w.last = now
	}
	return w.last
}

// object returns what a task makes of a thing: the same for every task.
func (w *world) object(catalog, role, id string, make func() string) string {
	key := catalog + "/" + role + "/" + id
	made, ok := w.objects[key]
	if !ok {
		made = make()
		w.objects[key] = made
	}
	return made
}

func (w *world) shelf(f *family, catalog string) *shelf {
	key := shelfKey{f, catalog}
	s, ok := w.shelves[key]
	if !ok {
		s = newShelf(f)
		w.shelves[key] = s
	}
	return s
}

// take takes a token from the quota of an operation.
func (w *world) take(op *operation) bool {
	return w.quotas[op.group].take(time.Now())
}

// fault finds the fault that strikes a call, and counts the call: the one with
// the most matchers, in the order of their declaration.
func (w *world) fault(c *command) *Fault {
	var struck *Fault
	for _, f := range w.faults {
		if !f.matches(c) {
			continue
		}
		f.seen++
		if f.due() && (struck == nil || len(f.matchers) > len(struck.matchers)) {
			struck = f
		}
	}
	if struck != nil {
		struck.hits++
	}
	return struck
}

// begin enters a call into the record, dropping the oldest beyond the limit.
func (w *world) begin(c *Call) {
	c.Seq = w.dropped + len(w.calls) + 1
	if limit := w.svc.config.recordLimit; limit > 0 && len(w.calls) >= limit {
		drop := len(w.calls) - limit + 1
		w.dropped += drop
		w.calls = slices.Delete(w.calls, 0, drop)
	}
	w.calls = append(w.calls, c)
}
