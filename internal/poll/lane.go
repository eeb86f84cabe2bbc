package poll

import (
	"cmp"
	"time"
)

// Ref names a task of a Lane.
type Ref int32

// Lane follows the tasks of one List: when they are due, and how they are
// polled. It is not safe for concurrent use.
type Lane struct {
	sched Schedule
	epoch time.Time

	tasks  []tracked
	free   []Ref
	freed  []Ref // removed while a round was under way
	n      int
	groups Groups

	asks   []Ask
	refs   []Ref
	round  *Round
	paged  time.Time // when a round last got pages
	offset time.Duration

	weighed int // tasks at the last Delay

	// First for tasks of an age, plus 1; 0 if not worked out since Learn.
	first [bins]time.Duration
}

// tracked is what a lane knows of a task. Times are since the lane's epoch, by
// the local clock; the start is by the clock of the service.
type tracked struct {
	start   time.Duration
	added   time.Duration // when it was added
	known   time.Duration // when its start became known
	seen    time.Duration // last seen running; never before the start
	delay   time.Duration // the longest time without a poll
	rowAt   time.Duration // when row was true
	row     float64
	ask     int32 // index in the round under way, or -1
	located bool  // start is known
	sighted bool  // some answer has shown the task
	live    bool
	flags   Flags
}

// Flags are what a task needs besides the ordinary.
type Flags uint8

// Values of Flags.
const (
	// The task has no id yet.
	ByObject Flags = 1 << iota
	// The task gets a call of its own.
	Alone
	// The next round must show the task.
	Force
	// The task is not to be asked for, unless by force. A page may show it.
	Held
	// Asking for the task fails. Pages are to show it, as far as they are usable.
	PagesOnly

	// A round was cut short before the task was answered.
	owed
)

// Settings configure a Lane.
type Settings struct {
	Limits   Limits
	Price    time.Duration // lag that a call must save
	Shortest time.Duration // between the starts of two rounds
	MaxDelay time.Duration // without a round
	Patient  bool          // see [Schedule]
	// Durations is what is known of how long tasks run, which the lane adds to; nil
	// for nothing.
	Durations *Durations
}

// NewLane returns a lane without tasks.
func NewLane(now time.Time, s Settings) *Lane {
	return &Lane{
		epoch: now,
		sched: Schedule{
			Planner:   &Planner{Limits: s.Limits, Price: s.Price.Seconds()},
			Durations: cmp.Or(s.Durations, NewDurations()),
			Shortest:  s.Shortest,
			MaxDelay:  s.MaxDelay,
			Patient:   s.Patient,
		},
	}
}

// Len is the number of tasks.
func (l *Lane) Len() int { return l.n }

// UsesPages reports whether a round at that time may use pages.
func (l *Lane) UsesPages(now time.Time) bool { return l.sched.Planner.UsesPages(now) }

// AsksByID reports whether a round at that time may ask for tasks by id.
func (l *Lane) AsksByID(now time.Time) bool { return l.sched.Planner.Asks(IDs, now) }

// AsksByObject reports whether a round at that time may ask for tasks by object.
func (l *Lane) AsksByObject(now time.Time) bool { return l.sched.Planner.Asks(Objects, now) }

// Ahead returns by how much the clock of the service is ahead of ours, as far as
// is known.
func (l *Lane) Ahead() time.Duration { return l.offset }

// Skew says by how much the clock of the service is ahead of ours.
func (l *Lane) Skew(ahead time.Duration) {
	if ahead == l.offset {
		return
	}
	l.offset = ahead
	for i := range l.tasks {
		if t := &l.tasks[i]; t.live && t.located && !t.sighted {
			t.seen = l.began(t)
		}
	}
}

// Add adds a task that started at a time of the service's clock, or at an
// unknown time if that is zero.
func (l *Lane) Add(now, start time.Time, flags Flags) Ref {
	t := tracked{ask: -1, live: true, located: !start.IsZero(), flags: flags, delay: l.sched.MaxDelay}
	t.added = now.Sub(l.epoch)
	t.known = t.added
	if t.located {
		t.start = l.since(start)
	} else {
		t.start = t.added + l.offset
	}
	t.seen = l.began(&t)
	l.n++
	if k := len(l.free); k > 0 {
		ref := l.free[k-1]
		l.free = l.free[:k-1]
		l.tasks[ref] = t
		return ref
	}
	l.tasks = append(l.tasks, t)
	return Ref(len(l.tasks) - 1)
}

// Remove forgets a task.
func (l *Lane) Remove(ref Ref) {
	t := &l.tasks[ref]
	if !t.live {
		return
	}
	t.live = false
	l.n--
	l.freed = append(l.freed, ref)
	if l.round == nil {
		l.release()
	}
}

// release makes removed places usable again.
func (l *Lane) release() {
	if l.n == 0 {
		// Nothing is referred to: give the memory of a burst back.
		l.tasks, l.free, l.freed, l.asks, l.refs = nil, nil, nil, nil, nil
		return
	}
	for _, ref := range l.freed {
		l.tasks[ref] = tracked{ask: -1}
	}
	l.free = append(l.free, l.freed...)
	l.freed = l.freed[:0]
}

// Set adds flags to a task, Clear takes them away.
func (l *Lane) Set(ref Ref, flags Flags) { l.tasks[ref].flags |= flags }

// Clear takes flags away from a task.
func (l *Lane) Clear(ref Ref, flags Flags) { l.tasks[ref].flags &^= flags }

// MaxDelay returns the longest time without a poll of a task that has no other.
func (l *Lane) MaxDelay() time.Duration { return l.sched.MaxDelay }

// SetMaxDelay sets the longest time without a poll of one task. Zero is that of
// the lane.
func (l *Lane) SetMaxDelay(ref Ref, d time.Duration) {
	if d <= 0 {
		d = l.sched.MaxDelay
	}
	l.tasks[ref].delay = d
}

// maxStart bounds starts, so that sums of times cannot overflow.
const maxStart = 100 * 365 * 24 * time.Hour

// since returns a start as a time since the epoch.
func (l *Lane) since(start time.Time) time.Duration {
	return min(maxStart, max(-maxStart, start.Sub(l.epoch)))
}

// began returns when a task started by the local clock. A start in the future,
// for which one of the clocks must be wrong, is taken for the time when the task
// was added.
func (l *Lane) began(t *tracked) time.Duration {
	if start := t.start - l.offset; start <= t.known {
		return start
	}
	return t.added
}

// ages returns how old a task is and how old it was when it was last seen.
func (l *Lane) ages(t *tracked, now time.Duration) (age, seen time.Duration) {
	began := l.began(t)
	age = max(0, now-began)
	return age, min(age, max(0, t.seen-began))
}

func (l *Lane) row(t *tracked, now time.Duration) float64 {
	if t.row == 0 {
		return 0
	}
	return t.row + l.sched.Planner.rate*(now-t.rowAt).Seconds()
}

// Delay returns how long from now the next round is due, and whether that is
// because one was asked for.
func (l *Lane) Delay(now time.Time) (delay time.Duration, forced bool) {
	l.sched.Durations.Learn()
	l.first = [bins]time.Duration{}
	l.locate(now)
	l.weighed = l.n
	at := now.Sub(l.epoch)
	l.groups.Reset()
	for i := range l.tasks {
		t := &l.tasks[i]
		if !t.live {
			continue
		}
		if t.flags&Force != 0 {
			return 0, true
		}
		if t.flags&Held != 0 {
			continue
		}
		age, seen := l.ages(t, at)
		row := t.row
		if row > 0 {
			row = l.row(t, at)
		}
		l.groups.Add(l.sched.Planner, age, seen, row, t.delay)
	}
	return l.sched.Delay(now, &l.groups), false
}

// First returns how long from now a round is due for a task that was just added.
// The others, whose round will show it too if it comes sooner, are taken into
// account whenever their number has doubled since the last Delay: a thousand that
// were added one after another are worth a round before each alone would be.
func (l *Lane) First(now time.Time, ref Ref) time.Duration {
	if l.n > 1 && l.n >= 2*l.weighed {
		delay, _ := l.Delay(now)
		return min(delay, l.alone(now, ref))
	}
	return l.alone(now, ref)
}

// alone is Delay for one task.
func (l *Lane) alone(now time.Time, ref Ref) time.Duration {
	t := &l.tasks[ref]
	age, seen := l.ages(t, now.Sub(l.epoch))
	bin := binOf(age.Seconds())
	if seen > 0 || l.first[bin] == 0 {
		l.groups.Reset()
		l.groups.Add(l.sched.Planner, age, seen, 0, l.sched.MaxDelay)
		l.first[bin] = l.sched.Delay(now, &l.groups) + 1
	}
	return min(l.first[bin]-1, t.delay)
}

// locate gives a place on the List to the tasks that have none: the newest ones
// first, each a row further down.
func (l *Lane) locate(now time.Time) {
	unknown := 0
	for i := range l.tasks {
		if t := &l.tasks[i]; t.live && t.row == 0 && t.located {
			unknown++
		}
	}
	if unknown == 0 {
		return
	}
	asks := make([]Ask, 0, unknown)
	refs := make([]Ref, 0, unknown)
	for i := range l.tasks {
		if t := &l.tasks[i]; t.live && t.row == 0 && t.located {
			asks = append(asks, Ask{Start: l.epoch.Add(t.start)})
			refs = append(refs, Ref(i))
		}
	}
	Locate(asks)
	at := now.Sub(l.epoch)
	for i, ref := range refs {
		l.tasks[ref].row, l.tasks[ref].rowAt = asks[i].Row, at
	}
}

// Begin starts a round with at most maxCalls calls by id. A lane has one round
// at a time; End ends it.
func (l *Lane) Begin(now time.Time, maxCalls int) *Round {
	l.locate(now)
	l.asks, l.refs = l.asks[:0], l.refs[:0]
	at := now.Sub(l.epoch)
	for i := range l.tasks {
		t := &l.tasks[i]
		t.ask = -1
		if !t.live {
			continue
		}
		t.ask = int32(len(l.asks))
		age, seen := l.ages(t, at)
		a := Ask{Row: l.row(t, at), Alone: t.flags&Alone != 0, ByObject: t.flags&ByObject != 0, PagesOnly: t.flags&PagesOnly != 0, Owed: t.owedFor(at)}
		if t.located {
			a.Start = l.epoch.Add(t.start)
		}
		if t.flags&Held == 0 {
			a.Worth, a.Force = l.sched.Worth(seen, age+l.sched.Shortest/2, t.delay)
		}
		a.Force = a.Force || t.flags&Force != 0
		l.asks = append(l.asks, a)
		l.refs = append(l.refs, Ref(i))
	}
	l.round = l.sched.Planner.Round(now, l.asks, maxCalls)
	return l.round
}

// Ref returns the task that an index in Step.Asks means, and whether it is
// still awaited.
func (l *Lane) Ref(ask int32) (Ref, bool) {
	ref := l.refs[ask]
	return ref, l.tasks[ref].live && l.tasks[ref].ask == ask
}

// Saw says that an answer asked for at a time showed a task, ended or running.
// row is its place on the page, from 0; -1 if it was asked for by id or object.
func (l *Lane) Saw(at time.Time, ref Ref, row int, ended bool) {
	t := &l.tasks[ref]
	if !t.live {
		return
	}
	now := at.Sub(l.epoch)
	place := 0.0
	if l.round != nil && t.ask >= 0 {
		place = l.round.Saw(t.ask, row)
	}
	if row >= 0 && place > 0 {
		t.row, t.rowAt = place, now
	}
	age, seen := l.ages(t, now)
	// What happened in a long time without a poll is not known well enough to
	// be learned from.
	if known := t.located && age-seen <= t.delay; known && ended {
		l.sched.Durations.Watched(1, seen, (seen+age)/2)
		l.sched.Durations.Ended(seen, age)
	} else if known {
		l.sched.Durations.Watched(1, seen, age)
	}
	t.sighted = true
	t.seen = max(t.seen, now)
	t.flags &^= Force | owed
}

// Located says when a task started whose start was not known.
func (l *Lane) Located(now time.Time, ref Ref, start time.Time) {
	t := &l.tasks[ref]
	if !t.located && !start.IsZero() {
		t.located = true
		t.known = now.Sub(l.epoch)
		t.start = l.since(start)
	}
}

// Asked says that a task was asked for at a time and not shown, so that it is
// not asked for again before a running one would be.
func (l *Lane) Asked(at time.Time, ref Ref) {
	t := &l.tasks[ref]
	t.sighted = true
	t.seen = max(t.seen, at.Sub(l.epoch))
	t.flags &^= Force | owed
}

// End ends the round that Begin started.
func (l *Lane) End(now time.Time) {
	if l.round == nil {
		return
	}
	at := now.Sub(l.epoch)
	for ask := range l.asks {
		t := &l.tasks[l.refs[ask]]
		if a := &l.asks[ask]; t.live && t.ask == int32(ask) && !a.seen && a.Row > 0 {
			t.row, t.rowAt = a.Row, at
		}
	}
	if l.round.got > 0 {
		if !l.paged.IsZero() {
			l.round.Close(now.Sub(l.paged))
		}
		l.paged = now
	}
	l.round.settle()
	l.owes()
	l.round = nil
	l.release()
}
