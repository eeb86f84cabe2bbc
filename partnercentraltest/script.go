package partnercentraltest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// script is a queue of outcomes.
type script struct {
	scope
	outcomes []Outcome
	// next is the outcome that the next task takes, taken how many tasks have
	// taken it already, used how many have taken any.
	next, taken, used int
}

// left is how many tasks the script still waits for. An outcome by default
// waits for one.
func (s *script) left() int {
	n := -s.taken
	for _, o := range s.outcomes[s.next:] {
		n += max(o.times, 1)
	}
	return max(n, 0)
}

// take uses the next outcome up, by one task.
func (s *script) take() {
	s.used++
	s.taken++
	if o := s.outcomes[s.next]; !o.byDefault && s.taken >= max(o.times, 1) {
		s.next++
		s.taken = 0
	}
}

// outcome finds the outcome of a new task: the script with the most matchers
// comes first, in the order of their declaration; outcomes by default come after
// all queues of as many matchers.
func (w *world) outcome(c *command) (*Outcome, *script) {
	var best *script
	for _, s := range w.scripts {
		if s.next == len(s.outcomes) || !s.matches(c) {
			continue
		}
		if best == nil || s.before(best) {
			best = s
		}
	}
	if best == nil {
		return w.svc.outcome, nil
	}
	o := best.outcomes[best.next].within(w.svc.config.duration)
	return &o, best
}

// before reports whether the script goes before one that was declared earlier.
func (s *script) before(other *script) bool {
	if len(s.matchers) != len(other.matchers) {
		return len(s.matchers) > len(other.matchers)
	}
	return other.outcomes[other.next].byDefault
}

// Selection is some calls of one operation, to script or to disturb.
type Selection struct {
	world *world
	scope scope
	// op is nil where the selection was refused.
	op *operation
}

// When selects the calls of an operation that every matcher matches.
func (s *Service) When(op Operation, matchers ...Matcher) *Selection {
	s.test().Helper()
	return s.home().when(op, matchers...)
}

// Script queues outcomes for the tasks that an operation starts, in order: each
// new task takes one, a repeated Start none. When the queue is empty, tasks end
// as WithDefaultOutcome says. An outcome that was never taken fails the test.
//
// A mistake, such as an operation that starts no tasks, ends the test at the
// caller's line. Without a test, Err returns it and every call fails with it.
// That holds for all declarations.
func (s *Service) Script(op Operation, outcomes ...Outcome) {
	s.test().Helper()
	s.When(op).Script(outcomes...)
}

// Fault disturbs calls of an operation: which ones says count, how says effect.
// Only calls that are well-formed, signed and within the quota count. Where two
// faults are due the one with more matchers strikes, of equal ones the one that
// was declared first, and the other stays due. A fault that did not strike as
// often as it should fails the test.
func (s *Service) Fault(op Operation, count Count, effect Effect) *Fault {
	s.test().Helper()
	return s.When(op).Fault(count, effect)
}

func (w *world) when(name Operation, matchers ...Matcher) *Selection {
	w.svc.test().Helper()
	s := &Selection{world: w, scope: scope{op: name, matchers: matchers, where: declaredAt()}}
	op, problem := find(name)
	var found mistakes
	if op == nil {
		found.add("", 0, problem)
	} else {
		found.join("", s.scope.flaws(op))
	}
	if !w.svc.refuse(found) {
		s.op = op
	}
	return s
}

// Script queues outcomes for the selected Starts, before those of scripts with
// fewer matchers. See [Service.Script].
func (s *Selection) Script(outcomes ...Outcome) {
	s.world.svc.test().Helper()
	if s.op == nil || s.world.svc.refuse(scriptMistakes(s.op, outcomes)) {
		return
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.scripts = append(s.world.scripts, &script{scope: s.scope, outcomes: slices.Clone(outcomes)})
}

func scriptMistakes(op *operation, outcomes []Outcome) mistakes {
	var found mistakes
	if !op.starts {
		found.add("", 0, fmt.Sprintf("outcomes are scripted for a Start, %s is none", op.name))
	}
	if len(outcomes) == 0 {
		found.add("", 0, "a script needs outcomes")
	}
	for i, o := range outcomes {
		place := fmt.Sprintf("outcome %d", i+1)
		found.join(place, o.flaws(op))
		if o.byDefault && i < len(outcomes)-1 {
			found.add(place+", default", 0, "the outcomes after one by default are never used")
		}
	}
	return found
}

// Fault disturbs the selected calls. See [Service.Fault].
func (s *Selection) Fault(count Count, effect Effect) *Fault {
	s.world.svc.test().Helper()
	f := &Fault{scope: s.scope, count: count, effect: effect, world: s.world}
	var found mistakes
	found.join("", count.flaws())
	found.join("", effect.flaws())
	if s.op == nil || s.world.svc.refuse(found) {
		return f
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.faults = append(s.world.faults, f)
	return f
}

// join adds the mistakes of an entry, which is in Go and has no lines.
func (m *mistakes) join(place string, found flaws) {
	for _, f := range found {
		switch {
		case f.member == "":
			m.add(place, 0, f.text)
		case place == "":
			m.add(f.member, 0, f.text)
		default:
			m.add(place+", "+f.member, 0, f.text)
		}
	}
}

// declaredAt is the file and line outside of this package that called in.
func declaredAt() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		frame, more := frames.Next()
		if !strings.Contains(frame.Function, "/partnercentraltest.") {
			return fmt.Sprintf("%s:%d", frame.File[strings.LastIndexByte(frame.File, '/')+1:], frame.Line)
		}
		if !more {
			return "declared at an unknown place"
		}
	}
}
