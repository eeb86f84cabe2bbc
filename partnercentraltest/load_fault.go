package partnercentraltest

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/cosell-dev/partnercentral-go"
)

func readFault(e *entry, s *Selection) func(*world) {
	count, effect := readCount(e), readEffect(e)
	return func(w *world) {
		w.faults = append(w.faults, &Fault{scope: s.scope, count: count, effect: effect, world: w})
	}
}

func readCount(e *entry) Count {
	var counts []Count
	if e.has("nth") {
		counts = append(counts, Nth(e.number("nth", 1)))
	}
	if e.has("times") {
		counts = append(counts, Times(e.number("times", 1)))
	}
	if e.flag("always") {
		counts = append(counts, Always())
	} else if e.has("always") {
		e.mistake("always", "it is true, or left out")
	}
	count := Count{}
	if len(counts) == 1 {
		count = counts[0]
	}
	e.join(count.flaws())
	return count
}

func readEffect(e *entry) Effect {
	name := e.text("effect")
	kind := effectKind(slices.Index(effectNames[:], name))
	words := append([]string{"throttle"}, effectNames[1:]...)
	switch {
	case name == "":
		e.mistake("", "a fault needs an effect, such as throttle")
		return Effect{}
	case !slices.Contains(words, name):
		e.mistake("", "unknown effect %q, did you mean %q?", name, nearest(name, words))
		return Effect{}
	}
	for _, member := range effectMembers[2:] {
		if e.has(member) && !slices.Contains(membersOf[name], member) {
			e.mistake(member, "the effect %s has no %s", name, member)
		}
	}
	if kind == effectSlow && !e.has("delay") {
		e.mistake("", "the effect slow needs a delay")
	}
	effect := Effect{kind: kind, status: e.number("status", 0), code: e.text("code"), message: e.text("message"), delay: e.duration("delay"), bytes: e.number("bytes", 0)}
	switch {
	case name == "throttle":
		effect = Throttle()
	case kind == effectRefusal:
		e.readError(&effect)
	}
	effect.commits = e.flag("afterCommit")
	e.join(effect.flaws())
	return effect
}

// readError completes an error: the modelled ones have a status of their own,
// and two of them more members.
func (e *entry) readError(effect *Effect) {
	if !e.has("status") && modelled(effect.code) {
		effect.status = statusOf(effect.code)
	}
	effect.reason = e.text("reason")
	validation := effect.code == "ValidationException"
	if effect.reason != "" && !validation && effect.code != "AccessDeniedException" {
		e.mistake("reason", "ValidationException and AccessDeniedException have a reason, not %s", effect.code)
	}
	if e.has("errorList") && !validation {
		e.mistake("errorList", "ValidationException has an errorList, not %s", effect.code)
	}
	for i, item := range e.list("errorList") {
		if at, ok := item.object(fmt.Sprintf("%s, errorList, entry %d", e.place, i+1), e.found, errorListMembers...); ok {
			effect.problems = append(effect.problems, problem{
				FieldName: at.text("fieldName"), Message: at.text("message"),
				Code: partnercentral.ValidationExceptionErrorCode(at.text("code")),
			})
			if !at.has("code") || !at.has("message") {
				at.mistake("", "an entry has a code and a message, and where it is about a member a fieldName")
			}
		}
	}
}

// modelled reports whether an error is one of the service model.
func modelled(code string) bool {
	return code == "ValidationException" || statusOf(code) != http.StatusBadRequest
}
