package partnercentraltest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Leftovers says, one line each, which outcomes and faults were declared and
// not used, and which call came nearest to them.
func (s *Service) Leftovers() []string {
	var lines []string
	for _, w := range s.allWorlds() {
		lines = append(lines, w.leftovers()...)
	}
	return lines
}

// report fails the test for what is left over. In a test that has failed
// already the lines are only logged: it may not have come that far.
func (s *Service) report() {
	if s.config.allowLeftovers {
		return
	}
	for _, line := range s.Leftovers() {
		if s.tb.Failed() {
			s.tb.Log("partnercentraltest: " + line)
		} else {
			s.tb.Error("partnercentraltest: " + line)
		}
	}
}

func (w *world) leftovers() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var lines []string
	for _, s := range w.scripts {
		if left := s.left(); left > 0 {
			lines = append(lines, fmt.Sprintf("%d of %d outcomes for %s (%s) were not used, the next is %s; %s",
				left, s.used+left, &s.scope, s.where, s.outcomes[s.next], w.nearestCall(&s.scope)))
		}
	}
	for _, shelf := range w.shelves {
		for _, t := range shelf.tasks {
			if unknown := t.unknownEngagements(); len(unknown) > 0 {
				lines = append(lines, fmt.Sprintf("the outcome %s of %s is for engagements that its Start does not have: %s",
					t.outcome, t.id, strings.Join(unknown, ", ")))
			}
		}
	}
	for _, a := range w.answers {
		if left := a.left(); left > 0 {
			lines = append(lines, fmt.Sprintf("%d of %d answers for %s (%s) were not given; %s", left, a.used+left, &a.scope, a.where, w.nearestCall(&a.scope)))
		}
	}
	for _, f := range w.faults {
		if missing := f.missing(); missing > 0 {
			lines = append(lines, fmt.Sprintf("%s (%s) has struck %d times, %d more were expected; %s",
				f, f.where, f.hits, missing, w.nearestCall(&f.scope)))
		}
	}
	return lines
}

// nearestCall says what came nearest to a scope that waits in vain.
func (w *world) nearestCall(s *scope) string {
	var same []*Call
	others := map[Operation]int{}
	for _, c := range w.calls {
		switch {
		case c.command != nil && c.Operation == s.op:
			same = append(same, c)
		case c.Operation != "":
			others[c.Operation]++
		}
	}
	if len(same) == 0 {
		return nearestOther(s.op, others)
	}
	var misses []string
	for _, m := range s.matchers {
		if miss := m.miss(same); miss != "" {
			misses = append(misses, miss)
		}
	}
	if len(misses) == 0 {
		return s.usable(same)
	}
	return strings.Join(misses, "; ")
}

// usable says how many of the calls of an operation could be used, and what
// stood in the way of the others.
func (s *scope) usable(calls []*Call) string {
	matched, usable := 0, 0
	blocked := map[string]int{}
	for _, c := range calls {
		switch {
		case !s.matches(c.command):
			continue
		case c.Committed || c.Error == "" && c.Fault == "":
			usable++
		case c.Fault != "":
			blocked[c.Fault]++
		}
		matched++
	}
	text := fmt.Sprintf("there were %d calls of the operation that could be used", usable)
	if usable == 0 {
		text = fmt.Sprintf("all %d calls of the operation were refused", matched)
	} else if usable < matched {
		text += fmt.Sprintf(", and %d were refused", matched-usable)
	}
	for _, fault := range slices.Sorted(maps.Keys(blocked)) {
		text += fmt.Sprintf(", %d of them by %s", blocked[fault], fault)
	}
	return text
}

func nearestOther(op Operation, called map[Operation]int) string {
	if len(called) == 0 {
		return "there were no calls that could be used"
	}
	names := make([]Operation, 0, len(called))
	for name := range called {
		names = append(names, name)
	}
	slices.Sort(names)
	name := nearest(string(op), names)
	if name == op {
		return fmt.Sprintf("all %d calls of the operation were refused for their form or signature", called[name])
	}
	return fmt.Sprintf("the operation was not called, the nearest that was is %s (%d calls)", name, called[name])
}

// miss names the value nearest to a matcher's among the calls, or "" when the
// matcher matches one.
func (m Matcher) miss(calls []*Call) string {
	var seen []string
	for _, c := range calls {
		if m.matches(c.command) {
			return ""
		}
		seen = append(seen, m.of(c.command)...)
	}
	if len(seen) == 0 || len(m.values) == 0 {
		return fmt.Sprintf("no call had anything for %s to match", m)
	}
	near := nearest(m.values[0], seen)
	return fmt.Sprintf("nothing matched %s, the nearest was %q", m, near)
}

// lastDot turns AWSPartnerCentralSelling.X or /X into X.
func lastDot(target string) string { return target[strings.LastIndexAny(target, "./")+1:] }
