package partnercentraltest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/cosell-dev/partnercentral-go"
)

// flaw is a mistake in a script, in words of the script: the member that it is
// in, or "" for the whole, and what is wrong. Scripts in Go and in JSON are
// checked by the same functions.
type flaw struct{ member, text string }

// flaws collects the mistakes of one entry.
type flaws []flaw

func (f *flaws) add(member, format string, args ...any) {
	*f = append(*f, flaw{member, fmt.Sprintf(format, args...)})
}

func (f *flaws) notNegative(member string, negative bool) {
	if negative {
		f.add(member, "it can not be negative")
	}
}

// flaws finds what is wrong with an outcome for the tasks of an operation.
func (o Outcome) flaws(op *operation) flaws {
	var found flaws
	words := op.statusNames()
	if o.end == endOther {
		switch {
		case o.word == "":
			found.add("unknownStatus", "it needs a status")
		case slices.Contains(words, o.word):
			found.add("unknownStatus", "%q is a status that the API knows, and goes into status", o.word)
		}
	}
	found.notNegative("after", o.delay < 0)
	found.notNegative("afterPolls", o.polls < 0)
	found.notNegative("visibleAfter", o.hidden < 0)
	switch {
	case o.times < 0, o.repeated && o.times == 0:
		found.add("times", "it counts from 1")
	case o.byDefault && o.times > 0:
		found.add("default", "an outcome by default goes on for good, and has no times")
	}
	if !op.prospects() {
		if len(o.engagements) > 0 {
			found.add("engagements", "only tasks of %s have them, not those of %s", StartProspectingFromEngagementTask, op.name)
		}
		if o.withoutResults {
			found.add("withoutResults", "only tasks of %s have results, not those of %s", StartProspectingFromEngagementTask, op.name)
		}
	}
	for i, e := range o.engagements {
		place := fmt.Sprintf("engagements, entry %d", i+1)
		switch {
		case e.Engagement == "":
			found.add(place, "an engagement has an engagement (its id) and a status")
		case e.Status == "":
			found.add(place, "an engagement has an engagement (its id) and a status, or an unknownStatus")
		case e.Status == partnercentral.ProspectingTaskStatusCompleted && (e.ReasonCode != "" || e.Message != ""):
			found.add(place, "a reason and a message are for the status FAILED")
		}
	}
	return found
}

// flaws finds what is wrong with a count.
func (c Count) flaws() flaws {
	var found flaws
	switch {
	case c.kind == 0:
		found.add("", "a fault has exactly one of nth, times and always")
	case c.kind == countNth && c.n < 1:
		found.add("nth", "it counts from 1, and is %d", c.n)
	case c.kind == countTimes && c.n < 1:
		found.add("times", "it counts from 1, and is %d", c.n)
	}
	return found
}

// flaws finds what is wrong with an effect.
func (e Effect) flaws() flaws {
	var found flaws
	switch e.kind {
	case effectNone:
		found.add("", "a fault needs an effect")
	case effectRefusal:
		e.refusalFlaws(&found)
	case effectHTML, effectEmpty:
		switch {
		case e.status < 200 || e.status > 599:
			found.add("status", "the effect %s needs a status from 200 to 599", e.kind)
		case e.kind == effectHTML && (e.status == http.StatusNoContent || e.status == http.StatusNotModified):
			found.add("status", "an answer of status %d has no page", e.status)
		}
	}
	found.notNegative("delay", e.delay < 0)
	found.notNegative("bytes", e.bytes < 0)
	return found
}

func (e Effect) refusalFlaws(found *flaws) {
	code := e.code
	if e.refused {
		code = e.errorCode()
	}
	if code == "" {
		found.add("code", "the effect error needs a code, such as %q", "ThrottlingException")
	}
	if !e.refused && (e.status < 200 || e.status > 599) {
		found.add("status", "the effect error needs a status from 200 to 599")
	}
}

// flaws finds what is wrong with a selection of calls of an operation.
func (s *scope) flaws(op *operation) flaws {
	var found flaws
	for _, m := range s.matchers {
		if m.of == nil {
			found.add("", "a matcher comes from one of the functions With…")
			continue
		}
		if len(m.values) == 0 {
			found.add(m.member, "it needs something to match")
		}
		if m.member == "catalog" {
			for _, c := range m.values {
				if catalogs := catalogMember().enum; !slices.Contains(catalogs, c) {
					found.add("catalog", "unknown catalog %q, it is %s", c, strings.Join(catalogs, " or "))
				}
			}
			continue
		}
		if !op.canned && !slices.ContainsFunc(m.reads, func(name string) bool { return named(op.members, name) }) {
			found.add(m.member, "it matches nothing: a %s has no %s", op.name, strings.Join(m.reads, " or "))
		}
	}
	return found
}

// prospects reports whether the operation is one of prospecting.
func (op *operation) prospects() bool { return op.family != nil && op.family.summary != nil }

// statusNames are the states that the API knows for tasks of this operation.
func (op *operation) statusNames() []string {
	var names []string
	if op.prospects() {
		for _, v := range partnercentral.ProspectingTaskStatus("").Values() {
			names = append(names, string(v))
		}
		return names
	}
	for _, v := range partnercentral.TaskStatus("").Values() {
		names = append(names, string(v))
	}
	return names
}
