package poll

import "time"

const (
	// givenUpFor is how long a form of asking is left alone that has failed or
	// has contradicted the assumptions about it.
	givenUpFor = 15 * time.Minute

	// failuresBefore is how many rounds running a form fails in before it is
	// given up: one failure is a fault of the service as a rule.
	failuresBefore = 2

	// farPages is how many pages are searched for a task whose place is not known
	// when pages are the only form that works.
	farPages = 10
)

// form is a way to ask a List: pages, ids or objects.
type form struct {
	failures int       // rounds running in which it failed
	until    time.Time // until when it is left alone
	resting  bool      // it is left alone in the next round
}

func (f *form) leaveAlone(now time.Time) { f.until = now.Add(givenUpFor) }

// failed counts a failure. It reports whether the form was given up for it. When
// it is tried again one failure is enough.
func (f *form) failed(now time.Time) (givenUp bool) {
	if f.failures++; f.failures < failuresBefore {
		return false
	}
	f.failures = failuresBefore - 1
	f.leaveAlone(now)
	return true
}

// UsesPages reports whether a round at that time may use pages.
func (p *Planner) UsesPages(now time.Time) bool {
	f := p.forms[Page]
	return p.Limits.Page > 0 && !f.resting && !now.Before(f.until)
}

// Asks reports whether a round at that time asks for tasks by id or object, as
// kind says. It does so in any case where it may not use pages.
func (p *Planner) Asks(kind StepKind, now time.Time) bool {
	f := p.forms[kind]
	return !f.resting && !now.Before(f.until) || !p.UsesPages(now)
}

// sizeOf returns how many tasks are asked for in one call.
func (p *Planner) sizeOf(now time.Time) int {
	if p.size > 0 && now.Before(p.smallUntil) {
		return p.size
	}
	return p.Limits.IDs
}

// came is what came of the calls of one form in a round.
type came struct{ answered, failed, denied bool }

// Answered says that the service has answered a call.
func (l *Round) Answered(kind StepKind) { l.came[kind].answered = true }

// Failed says that a call failed for a reason that may pass.
func (l *Round) Failed(kind StepKind) {
	l.came[kind].failed = true
	if kind == Page {
		// What the page would have shown is asked for in another form.
		l.broken = true
	}
}

// Denied says that a call was refused: another form is to confirm that in the
// next round, if there is one.
func (l *Round) Denied(kind StepKind) {
	l.Failed(kind)
	l.came[kind].denied = true
}

// TooMany says that a call for so many tasks failed, and calls for parts of them
// did not.
func (l *Round) TooMany(n int) {
	if half := max(1, n/2); l.most == 0 || half < l.most {
		l.most = half
	}
}

// settle takes over what a round has shown of the forms.
func (l *Round) settle() {
	p := l.p
	for kind := range p.forms {
		p.forms[kind].resting = l.came[kind].denied
	}
	if c := l.came[Page]; c.failed {
		if p.forms[Page].failed(l.now) {
			p.forms[IDs].until, p.forms[Objects].until = time.Time{}, time.Time{}
		}
	} else if c.answered {
		p.forms[Page].failures = 0
	}
	for _, kind := range []StepKind{IDs, Objects} {
		switch c := l.came[kind]; {
		case c.answered:
			p.forms[kind].failures = 0
		case c.failed && p.forms[kind].failed(l.now):
			p.forms[Page].until = time.Time{}
		}
	}
	switch {
	case l.most > 0 && p.tooMany:
		p.size, p.smallUntil = l.most, l.now.Add(givenUpFor)
		p.tooMany = false
	case l.came[IDs].answered || l.came[Objects].answered:
		p.tooMany = l.most > 0
	}
}

// due reports whether a task is to be asked for.
func (l *Round) due(a *Ask) bool {
	return a.Force || a.Worth >= l.p.Price/float64(l.p.Limits.IDs)
}

// onPages reports whether pages are what is left to see a task.
func (l *Round) onPages(a *Ask) bool {
	if l.broken || l.ended || a.missed || !l.p.UsesPages(l.now) {
		return false
	}
	if l.got >= farPages && l.p.page(a.Row) > maxPages {
		return false
	}
	return a.PagesOnly || !l.p.Asks(a.form(), l.now)
}

// form returns the one that asks for the task itself.
func (a *Ask) form() StepKind {
	if a.ByObject {
		return Objects
	}
	return IDs
}

// pagesFor returns how many pages in all it takes to see what is due and cannot
// be asked for, as far as is known.
func (l *Round) pagesFor() (pages int) {
	for i := range l.asks {
		a := &l.asks[i]
		if a.seen || !l.due(a) || !l.onPages(a) {
			continue
		}
		page := max(l.p.page(a.Row), l.got+1)
		if page > maxPages {
			// Anywhere: the first page will do until the task must be shown.
			if page = l.got + 1; page > 1 && !a.Force {
				continue
			}
		}
		pages = max(pages, page)
	}
	return pages
}
