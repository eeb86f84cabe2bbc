package partnercentraltest

import (
	"cmp"
	"container/heap"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// shelf has the tasks of one family and catalog in the order of their start,
// with indexes, so that a page costs its own length. What a task has become is
// worked out when somebody asks: settle brings the indexes up to then.
type shelf struct {
	tasks []*task
	byID  map[string]*task
	// byObject finds tasks by what they may show in a field.
	byObject map[objectKey]sorted
	// byStatus has the places of the tasks in a state, running those that have
	// not ended, due the ones of these that end by time, the earliest first.
	byStatus map[string]*places
	running  places
	due      deadlines
	// byFailures has the tasks of prospecting by how many of their engagements
	// have failed, but for those of failing, for which that changes as they run.
	// byName has all of them by name, as far as sorted.
	byFailures map[int]*places
	failing    places
	byName     []*task
}

type objectKey struct{ field, id string }

func newShelf(f *family) *shelf {
	s := &shelf{byID: map[string]*task{}, byObject: map[objectKey]sorted{}, byStatus: map[string]*places{}, byFailures: map[int]*places{}}
	s.byStatus[f.words.running] = &s.running
	return s
}

// add puts a task that starts now on the shelf.
func (s *shelf) add(t *task) {
	t.seq = len(s.tasks)
	t.shelf = s
	s.tasks = append(s.tasks, t)
	s.byID[t.id] = t
	// As if complete: what a task may come to show. A page looks at what it
	// shows now.
	ended := *t
	ended.outcome = &Outcome{}
	shown := view{task: &ended, now: t.start, listed: true}
	for _, filter := range t.family.filters {
		key := objectKey{filter.field, filter.id(t.family.field(filter.field).value(&shown))}
		s.byObject[key] = append(s.byObject[key], t)
	}
	s.running.add(t.seq)
	if t.mayFail() {
		s.failing.add(t.seq)
	} else if t.family.summary != nil {
		placesOf(s.byFailures, 0).add(t.seq)
	}
	switch {
	case t.outcome.done(0, 0):
		s.end(t, t.start)
	case t.outcome.timing == timedAfter:
		heap.Push(&s.due, t)
	}
}

// end moves a task that has ended to its state.
func (s *shelf) end(t *task, now time.Time) {
	v := view{task: t, now: now, listed: true}
	s.running.remove(t.seq)
	placesOf(s.byStatus, v.status()).add(t.seq)
	if t.family.summary != nil {
		s.failing.remove(t.seq)
		placesOf(s.byFailures, 0).remove(t.seq)
		placesOf(s.byFailures, v.countEngagements(partnercentral.ProspectingTaskStatusFailed)).add(t.seq)
	}
}

func placesOf[K comparable](m map[K]*places, key K) *places {
	p, ok := m[key]
	if !ok {
		p = &places{}
		m[key] = p
	}
	return p
}

// settle brings the indexes up to now.
func (s *shelf) settle(now time.Time) {
	for len(s.due) > 0 && !s.due[0].end().After(now) {
		s.end(heap.Pop(&s.due).(*task), now)
	}
}

// deadlines is a heap of tasks that end by time.
type deadlines []*task

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].end().Before(d[j].end()) }
func (d deadlines) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *deadlines) Push(t any)        { *d = append(*d, t.(*task)) }
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	t := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	return t
}

// end is when a task ends that ends by time.
func (t *task) end() time.Time { return t.start.Add(t.outcome.delay) }

// between returns the bounds of the places whose tasks have started after one
// time and before another; the zero time is none.
func (s *shelf) between(after, before time.Time) (from, to int) {
	to = len(s.tasks)
	if !after.IsZero() {
		from, _ = slices.BinarySearchFunc(s.tasks, after, func(t *task, at time.Time) int {
			return cmp.Or(t.start.Compare(at), -1) // the first after it
		})
	}
	if !before.IsZero() {
		to, _ = slices.BinarySearchFunc(s.tasks, before, func(t *task, at time.Time) int { return t.start.Compare(at) })
	}
	return from, to
}

// named returns the tasks in the order of their names. What came since the last
// time is sorted in.
func (s *shelf) named() []*task {
	if old := s.byName; len(old) < len(s.tasks) {
		fresh := slices.SortedFunc(slices.Values(s.tasks[len(old):]), byName)
		s.byName = make([]*task, 0, len(s.tasks))
		for len(old) > 0 && len(fresh) > 0 {
			from := &old
			if byName(fresh[0], old[0]) < 0 {
				from = &fresh
			}
			s.byName = append(s.byName, (*from)[0])
			*from = (*from)[1:]
		}
		s.byName = append(append(s.byName, old...), fresh...)
	}
	return s.byName
}

func byName(a, b *task) int { return cmp.Or(cmp.Compare(a.name, b.name), a.seq-b.seq) }

// failures returns the tasks of prospecting by how many of their engagements
// have failed by now. Only those that run and will fail are counted anew.
func (s *shelf) failures(now time.Time) map[int]source {
	all := map[int]source{}
	for n, ended := range s.byFailures {
		all[n] = ended
	}
	counted := map[int]*places{}
	for place := s.failing.next(0); place >= 0; place = s.failing.next(place + 1) {
		v := view{task: s.tasks[place], now: now, listed: true}
		placesOf(counted, v.countEngagements(partnercentral.ProspectingTaskStatusFailed)).add(place)
	}
	for n, running := range counted {
		if ended, ok := all[n]; ok {
			all[n] = union{ended, running}
		} else {
			all[n] = running
		}
	}
	return all
}
