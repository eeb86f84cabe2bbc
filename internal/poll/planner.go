package poll

import (
	"math"
	"slices"
	"time"
)

const (
	// maxPages is the highest page that is told apart. What lies further back
	// is asked for by id.
	maxPages = 64

	// margin is by how much the start times of one task may differ between
	// answers, with room: milliseconds were recorded.
	margin = 5 * time.Second

	// suspects is how many tasks that a page should have shown are asked for by
	// id in the same round, to tell a List that lags from one that sorts
	// otherwise.
	suspects = 10
)

// Limits are the sizes that a List allows.
type Limits struct {
	IDs  int // ids in one call
	Page int // summaries on one page; 0 if pages must not be used
}

// Ask is one awaited task, as far as a round has to know it.
type Ask struct {
	// Start is when the task started; zero if unknown, which keeps it off the
	// pages.
	Start time.Time
	// Row is where it is expected on the List, newest first, from 1; 0 if it
	// was not seen there yet.
	Row float64
	// Worth is the expected lag in seconds that seeing it ends.
	Worth float64
	// Force makes the round show it whatever it is worth.
	Force bool
	// Alone gives it a call of its own when it is asked for by id.
	Alone bool
	// ByObject says that it has no id and is found by the object it works on.
	ByObject bool
	// PagesOnly says that asking for it fails.
	PagesOnly bool
	// Owed is for how long it was not answered, if a round was cut short before
	// it.
	Owed time.Duration

	seen, missed bool
	asked        bool // at the beginning of the round
}

// Planner decides which calls a round consists of, and learns whether the List
// behaves as pages need it to: sorted by start, newest first, with every task
// where its time puts it.
type Planner struct {
	Limits Limits
	// Price of a call, in seconds of lag.
	Price float64

	forms   [Objects + 1]form // by StepKind
	strikes int               // rounds running in which pages were contradicted
	rate    float64           // rows per second that move others down

	size       int       // tasks in one call, if fewer than the limit; 0 if not
	smallUntil time.Time // until when that holds
	tooMany    bool      // the last round had a call for too many tasks
	owed       bool      // the next round begins with what is owed
}

// Rate is the number of tasks per second that start in the account, as far as
// pages have shown: by so many rows per second does a task move down the List.
func (p *Planner) Rate() float64 { return p.rate }

// choice is how a round is made: so many pages, the rest by id.
type choice struct {
	pages int
	value float64 // what the round shows, less what it costs
	any   bool    // there is something to show
}

// tally gathers what the tasks on each page are worth.
type tally struct {
	// By page from 1; index 0 is unused and the last is beyond the pages.
	free [maxPages + 2]float64 // worth of all tasks there
	due  [maxPages + 2]float64 // worth of those that are worth asking for by id
	ids  [maxPages + 2]int     // their number
	objs [maxPages + 2]int     // those among them without id, counted apart
	solo [maxPages + 2]int     // those that need a call each
	last int
}

func (t *tally) add(p *Planner, page, n int, a Ask) {
	t.last = max(t.last, page)
	t.free[page] += float64(n) * a.Worth
	if !a.Force && a.Worth < p.Price/float64(p.Limits.IDs) {
		return
	}
	t.due[page] += float64(n) * a.Worth
	switch {
	case a.Alone:
		t.solo[page] += n
	case a.ByObject:
		t.objs[page] += n
	default:
		t.ids[page] += n
	}
}

// see adds a task that is seen on its page or not at all.
func (t *tally) see(page int, worth float64) {
	t.last = max(t.last, page)
	t.free[page] += worth
}

// best chooses the number of pages, at least from and at most to, after which
// the ids come; from pages are paid for already.
func (t *tally) best(p *Planner, from, to int) choice {
	var due float64
	var ids, objs, solo int
	for i := from + 1; i <= t.last; i++ {
		due += t.due[i]
		ids += t.ids[i]
		objs += t.objs[i]
		solo += t.solo[i]
	}
	best := choice{pages: -1}
	free := 0.0
	for m := from; m <= min(to, t.last); m++ {
		if m > from {
			free += t.free[m]
			due -= t.due[m]
			ids -= t.ids[m]
			objs -= t.objs[m]
			solo -= t.solo[m]
		}
		calls := m - from + batches(ids, p.Limits.IDs) + batches(objs, p.Limits.IDs) + solo
		value := free + due - p.Price*float64(calls)
		if calls == 0 {
			value = 0
		}
		if best.pages < 0 || value > best.value+1e-9 {
			best = choice{pages: m, value: value, any: calls > 0}
		}
	}
	if best.pages < 0 {
		best.pages = from
	}
	return best
}

func batches(n, size int) int { return (n + size - 1) / size }

// page is the page on which a row is.
func (p *Planner) page(row float64) int {
	if p.Limits.Page == 0 || row <= 0 || math.IsNaN(row) {
		return maxPages + 1
	}
	return int(min(maxPages+1, 1+math.Floor((row-1)/float64(p.Limits.Page))))
}

// Locate gives a row to the asks that have a start time and none yet: as many
// rows down as there are such asks that started later.
func Locate(asks []Ask) {
	var unknown []int32
	for i := range asks {
		if asks[i].Row == 0 && !asks[i].Start.IsZero() {
			unknown = append(unknown, int32(i))
		}
	}
	slices.SortFunc(unknown, func(a, b int32) int { return asks[b].Start.Compare(asks[a].Start) })
	for rank, i := range unknown {
		asks[i].Row = float64(rank + 1)
	}
}

// StepKind says which call comes next in a round.
type StepKind int

// The calls of a round.
const (
	Done    StepKind = iota // none: the round is over
	Page                    // the next page of the List, newest first
	IDs                     // the tasks of Step.Asks, by id
	Objects                 // the tasks of Step.Asks, by object
)

// Step is one call of a round.
type Step struct {
	Kind StepKind
	// Asks are the indexes of the tasks that the call is for.
	Asks []int32
}

// Round is one round in the making: Next says which call to make, and Saw,
// PageDone, PageRefused and AskDone say what came of it.
type Round struct {
	p     *Planner
	now   time.Time
	asks  []Ask
	limit int // calls by id that are left

	planned bool      // pages was chosen
	pages   int       // pages to get, as planned
	got     int       // pages got
	rows    int       // rows on them
	first   time.Time // start of the first row
	oldest  time.Time // of all rows
	ended   bool      // the List has no further page
	broken  bool      // pages contradicted the assumptions in this round

	came [Objects + 1]came // by StepKind
	most int               // tasks in one call that were not too many; 0 if unknown

	cut   bool // it ended before its time
	owing bool // it begins with what is owed

	queue    []Step
	queued   bool
	suspects []int32
	drift    []float64
}

// Round plans a round of polls for the asks, with at most maxCalls calls by id. It keeps
// the slice and changes it.
func (p *Planner) Round(now time.Time, asks []Ask, maxCalls int) *Round {
	l := &Round{p: p, now: now, asks: asks, limit: max(1, maxCalls)}
	if p.owed {
		if l.owing = l.owe(); l.owing {
			return l
		}
	}
	l.plan()
	return l
}

// plan chooses the pages that the round gets.
func (l *Round) plan() {
	l.planned = true
	if l.p.UsesPages(l.now) {
		l.pages = l.replan(maxPages)
	}
}

// replan chooses how many pages the round gets in all.
func (l *Round) replan(most int) int {
	var t tally
	for i := range l.asks {
		a := &l.asks[i]
		if a.seen {
			continue
		}
		page := max(l.p.page(a.Row), l.got+1)
		if l.onPages(a) {
			t.see(page, a.Worth)
		} else {
			t.add(l.p, page, 1, *a)
		}
	}
	return min(most, max(t.best(l.p, l.got, most).pages, l.pagesFor()))
}

// Next returns the next call to make.
func (l *Round) Next() Step {
	if !l.planned {
		if s, ok := l.dequeue(); ok {
			return s
		}
		l.plan()
	}
	if l.got < l.pages && !l.ended && !l.broken {
		return Step{Kind: Page}
	}
	if !l.queued {
		l.queued = true
		l.enqueue()
	}
	s, _ := l.dequeue()
	return s
}

// Saw says that an answer showed a task. Row is its place on the page, from 0;
// -1 if it was asked for by id or object. It returns its place on the List.
func (l *Round) Saw(ask int32, row int) (place float64) {
	a := &l.asks[ask]
	a.seen = true
	if row < 0 {
		if a.missed {
			l.strike()
		}
		return a.Row
	}
	place = float64(l.rows + row + 1)
	if a.Row > 0 {
		l.drift = append(l.drift, place-a.Row)
	}
	a.Row = place
	return place
}

// strike counts a round in which ids found what a page should have shown. Once
// is a task that became visible in between; twice is a List that does not sort.
func (l *Round) strike() {
	if l.broken {
		return
	}
	l.broken = true
	if l.p.strikes++; l.p.strikes >= 2 {
		l.p.distrust(l.now)
	}
}

func (p *Planner) distrust(now time.Time) {
	p.forms[Page].leaveAlone(now)
	p.strikes = 0
}

// PageDone says that a page was got, after Saw was called for each task on it:
// the start times of its rows in order, and whether another page follows.
func (l *Round) PageDone(starts []time.Time, more bool) {
	l.Answered(Page)
	for _, start := range starts {
		if start.IsZero() {
			// What cannot be read says nothing of the order.
			continue
		}
		if l.first.IsZero() {
			l.first, l.oldest = start, start
		}
		if start.After(l.oldest.Add(margin)) {
			l.distrustPages()
			return
		}
		if start.Before(l.oldest) {
			l.oldest = start
		}
	}
	l.rows += len(starts)
	l.got++
	l.ended = !more
	l.relocate(starts)
	if !l.ended {
		most := maxPages
		if len(starts) == 0 {
			// An empty page with a successor tells nothing: do not go on for
			// what may be for ever.
			most = l.got
		}
		l.pages = max(l.got, l.replan(most))
	}
	if l.p.strikes > 0 && !slices.ContainsFunc(l.asks, func(a Ask) bool { return a.missed && !a.seen }) {
		l.p.strikes = 0
	}
}

// relocate corrects the places of the tasks that the page did not show.
func (l *Round) relocate(starts []time.Time) {
	if len(starts) == 0 {
		if l.ended {
			l.missAll()
		}
		return
	}
	last := l.first
	for _, start := range starts {
		if !start.IsZero() {
			last = start
		}
	}
	if last.IsZero() {
		return
	}
	span := l.first.Sub(last).Seconds()
	var behind int
	for i := range l.asks {
		a := &l.asks[i]
		if a.seen || a.Start.IsZero() {
			continue
		}
		switch older := last.Sub(a.Start); {
		case l.ended || older < -margin:
			// Its time puts it on a page that did not have it.
			a.missed = true
		case a.Row > float64(l.rows):
			// Expected further down anyway.
		case older <= margin || span <= 0:
			behind++
			a.Row = float64(l.rows + behind)
		default:
			a.Row = float64(l.rows) + 1 + older.Seconds()*float64(l.rows)/span
		}
	}
}

func (l *Round) missAll() {
	for i := range l.asks {
		if a := &l.asks[i]; !a.seen && !a.Start.IsZero() {
			a.missed = true
		}
	}
}

func (l *Round) distrustPages() {
	l.p.distrust(l.now)
	l.broken = true
	for i := range l.asks {
		l.asks[i].missed = false
	}
}

// PageRefused says that the service refused to give pages.
func (l *Round) PageRefused() { l.distrustPages() }

// Close ends the round: elapsed is how long ago the last round with pages was.
func (l *Round) Close(elapsed time.Duration) {
	if len(l.drift) == 0 || elapsed <= 0 {
		return
	}
	// Rows were predicted with the rate so far, so the middle of what they were
	// off corrects it.
	slices.Sort(l.drift)
	off := l.drift[len(l.drift)/2] / elapsed.Seconds()
	l.p.rate = max(0, l.p.rate+off/4)
}
