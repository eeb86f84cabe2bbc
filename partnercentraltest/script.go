package partnercentraltest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// Matcher narrows a script or a fault down to some calls of its operation.
type Matcher struct {
	what   string
	values []string
	of     func(*command) []string
}

func (m Matcher) matches(c *command) bool {
	for _, value := range m.of(c) {
		if slices.Contains(m.values, lastPart(value)) || slices.Contains(m.values, value) {
			return true
		}
	}
	return false
}

func (m Matcher) String() string {
	quoted := make([]string, len(m.values))
	for i, v := range m.values {
		quoted[i] = fmt.Sprintf("%q", v)
	}
	return m.what + "(" + strings.Join(quoted, ", ") + ")"
}

// WithToken matches Starts with one of these client tokens.
func WithToken(tokens ...string) Matcher {
	return Matcher{"WithToken", tokens, func(c *command) []string { return []string{c.token} }}
}

// WithIdentifier matches Starts for one of these opportunities, invitations or
// engagements, where a Start has several for at least one of them. An id also
// matches a request that has the ARN which ends in it.
func WithIdentifier(ids ...string) Matcher {
	return Matcher{"WithIdentifier", ids, func(c *command) []string {
		if len(c.identifiers) > 0 {
			return c.identifiers
		}
		return []string{c.identifier}
	}}
}

// WithTaskID matches Lists and Gets that ask for at least one of these tasks by
// id, in their TaskIdentifier.
func WithTaskID(ids ...string) Matcher {
	return Matcher{"WithTaskID", ids, func(c *command) []string { return c.taskIDs }}
}

// WithCatalog matches calls for this catalog.
func WithCatalog(catalog string) Matcher {
	return Matcher{"WithCatalog", []string{catalog}, func(c *command) []string { return []string{c.catalog} }}
}

// scope is which calls a script or a fault is for, and where it was declared.
type scope struct {
	op       Operation
	matchers []Matcher
	where    string
}

func (s *scope) matches(c *command) bool {
	if c.op.name != s.op {
		return false
	}
	for _, m := range s.matchers {
		if !m.matches(c) {
			return false
		}
	}
	return true
}

func (s *scope) String() string {
	text := string(s.op)
	for _, m := range s.matchers {
		text += " " + m.String()
	}
	return text
}

// script is a queue of outcomes.
type script struct {
	scope
	outcomes []Outcome
	next     int
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

// Selection is some calls of one operation, to script or to disturb.
type Selection struct {
	world *world
	scope scope
}

// When selects the calls of an operation that every matcher matches.
func (s *Service) When(op Operation, matchers ...Matcher) *Selection {
	return s.home().when(op, matchers...)
}

// Script queues outcomes for the tasks that an operation starts, in order: each
// new task takes one, a repeated Start none. When the queue is empty, tasks end
// as WithDefaultOutcome says. An outcome that was never taken fails the test.
//
// Script panics when op starts no tasks.
func (s *Service) Script(op Operation, outcomes ...Outcome) {
	s.When(op).Script(outcomes...)
}

// Fault disturbs calls of an operation: which ones says count, how says effect.
// Only calls that are well-formed, signed and within the quota count. Where two
// faults are due the one declared first strikes and the other stays due. A
// fault that did not strike as often as it should fails the test.
func (s *Service) Fault(op Operation, count Count, effect Effect) *Fault {
	return s.When(op).Fault(count, effect)
}

func (w *world) when(op Operation, matchers ...Matcher) *Selection {
	known().must(op)
	return &Selection{world: w, scope: scope{op: op, matchers: matchers, where: declaredAt()}}
}

// Script queues outcomes for the selected Starts, before those of scripts
// without matchers. See [Service.Script].
func (s *Selection) Script(outcomes ...Outcome) {
	if op := known().must(s.scope.op); !op.starts {
		panic(fmt.Sprintf("partnercentraltest: outcomes are scripted for a Start, %s is none", op.name))
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.scripts = append(s.world.scripts, &script{scope: s.scope, outcomes: slices.Clone(outcomes)})
}

// Fault disturbs the selected calls. See [Service.Fault].
func (s *Selection) Fault(count Count, effect Effect) *Fault {
	f := &Fault{scope: s.scope, count: count, effect: effect, world: s.world}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.faults = append(s.world.faults, f)
	return f
}
