package partnercentraltest

import (
	"fmt"
	"io"
	"slices"

	"github.com/cosell-dev/partnercentral-go"
)

// The members of a script in JSON. script.schema.json has them too.
var (
	planMembers   = []string{"$schema", "scripts", "faults", "answers", "invitations"}
	selectMembers = []string{"operation", "tokens", "identifiers", "taskIds", "catalog"}
	scriptMembers = append([]string{"outcomes"}, selectMembers...)
	faultMembers  = append(append([]string{"nth", "times", "always"}, effectMembers...), selectMembers...)
	answerMembers = append([]string{"answer", "times", "default"}, selectMembers...)

	outcomeMembers = []string{"status", "unknownStatus", "reason", "message", "after", "afterPolls", "never", "visibleAfter",
		"withoutTaskId", "times", "default", "engagements", "withoutResults"}
	engagementMembers = []string{"engagement", "status", "unknownStatus", "reason", "message"}
	effectMembers     = []string{"effect", "afterCommit", "status", "code", "message", "reason", "errorList", "delay", "bytes"}
	errorListMembers  = []string{"fieldName", "message", "code"}
	// membersOf are the members that an effect has beside effect and afterCommit.
	membersOf = map[string][]string{
		"error": {"status", "code", "message", "reason", "errorList"},
		"html":  {"status"}, "empty": {"status"}, "slow": {"delay"}, "truncate": {"bytes"},
	}
)

// Load reads scripts, faults, answers and invitations in JSON and gives them to
// every world, also to those that come later:
//
//	{"scripts": [{"operation": "StartEngagementFromOpportunityTask", "identifiers": ["O1234567"],
//	              "outcomes": [{"status": "FAILED", "reason": "OpportunityConflict", "message": "text", "after": "30s"}]}],
//	 "faults":  [{"operation": "ListEngagementFromOpportunityTasks", "times": 2, "effect": "throttle"}],
//	 "answers": [{"operation": "GetOpportunity", "identifiers": ["O1234567"], "answer": {"Id": "O1234567"}}],
//	 "invitations": [{"id": "engi-0000001abc3de", "expiresIn": "1h"}]}
//
// docs/fake.md says what each member means, and [ScriptSchema] is the form as a
// JSON Schema. Where something is wrong, the error has all of it, each mistake
// with its entry, member and line, and nothing is loaded.
func (s *Service) Load(r io.Reader) error {
	apply, err := readPlan(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.plan = append(s.plan, apply)
	worlds := make([]*world, 0, len(s.worlds))
	for _, w := range s.worlds {
		worlds = append(worlds, w)
	}
	s.mu.Unlock()
	for _, w := range worlds {
		apply(w)
	}
	return nil
}

// readPlan checks everything before anything is applied.
func readPlan(r io.Reader) (func(*world), error) {
	root, err := readTree(r)
	if err != nil {
		return nil, fmt.Errorf("partnercentraltest: %w", err)
	}
	var found mistakes
	var steps []func(*world)
	if plan, ok := root.object("", &found, planMembers...); ok {
		plan.text("$schema") // for editors
		for _, part := range []struct {
			list, word string
			members    []string
			read       func(*entry, *Selection) func(*world)
		}{
			{"scripts", "script", scriptMembers, readScript},
			{"faults", "fault", faultMembers, readFault},
			{"answers", "answer", answerMembers, readAnswer},
		} {
			for i, item := range plan.list(part.list) {
				e, ok := item.object(fmt.Sprintf("%s %d", part.word, i+1), &found, part.members...)
				if !ok {
					continue
				}
				if s := e.selection(); s.op != nil {
					steps = append(steps, part.read(e, s))
				}
			}
		}
		for i, item := range plan.list("invitations") {
			if e, ok := item.object(fmt.Sprintf("invitation %d", i+1), &found, invitationMembers...); ok {
				steps = append(steps, readInvitation(e))
			}
		}
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	return func(w *world) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, step := range steps {
			step(w)
		}
	}, nil
}

// selection reads which calls an entry is for.
func (e *entry) selection() *Selection {
	s := &Selection{scope: scope{op: Operation(e.text("operation")), where: "loaded from JSON"}}
	op, problem := find(s.scope.op)
	switch {
	case op != nil:
	case s.scope.op == "":
		e.mistake("", "it needs an operation, such as %s", StartEngagementFromOpportunityTask)
	default:
		e.mistake("", "%s", problem)
	}
	for _, m := range []struct {
		name string
		make func(...string) Matcher
	}{{"tokens", WithToken}, {"identifiers", WithIdentifier}, {"taskIds", WithTaskID}} {
		if _, ok := e.members[m.name].value.([]node); ok {
			s.scope.matchers = append(s.scope.matchers, m.make(e.texts(m.name)...))
		} else {
			e.list(m.name) // says what is wrong with another value
		}
	}
	if e.has("catalog") {
		s.scope.matchers = append(s.scope.matchers, WithCatalog(e.text("catalog")))
	}
	if op != nil {
		e.join(s.scope.flaws(op))
		s.op = op
	}
	return s
}

// join adds the mistakes that are those of Go as well, with the lines.
func (e *entry) join(found flaws) {
	for _, f := range found {
		e.mistake(f.member, "%s", f.text)
	}
}

func readScript(e *entry, s *Selection) func(*world) {
	if !s.op.starts {
		starts := slices.DeleteFunc(Operations(), func(name Operation) bool { return !known()[name].starts })
		e.mistake("", "outcomes are scripted for a Start, %s is none; did you mean %q?", s.op.name, nearest(string(s.op.name), starts))
		return nil
	}
	items := e.list("outcomes")
	if len(items) == 0 {
		e.mistake("", "a script needs outcomes")
	}
	var outcomes []Outcome
	for i, item := range items {
		if at, ok := item.object(fmt.Sprintf("%s, outcome %d", e.place, i+1), e.found, outcomeMembers...); ok {
			o := readOutcome(at, s.op)
			at.join(o.flaws(s.op))
			if o.byDefault && i < len(items)-1 {
				at.mistake("default", "the outcomes after one by default are never used")
			}
			outcomes = append(outcomes, o)
		}
	}
	return func(w *world) { w.scripts = append(w.scripts, &script{scope: s.scope, outcomes: outcomes}) }
}

func readOutcome(e *entry, op *operation) Outcome {
	o := Outcome{reason: partnercentral.ReasonCode(e.text("reason")), message: e.text("message")}
	o.end, o.word = e.end(op)
	if o.end != endFailed {
		for _, name := range []string{"reason", "message"} {
			if e.has(name) {
				e.mistake(name, "a %s is for the status FAILED", name)
			}
		}
	}
	timings := 0
	for _, t := range []struct {
		name string
		kind timing
	}{{"after", timedAfter}, {"afterPolls", timedByPolls}, {"never", timedNever}} {
		if e.has(t.name) && !(t.name == "never" && !e.flag("never")) {
			o.timing = t.kind
			timings++
		}
	}
	if timings > 1 {
		e.mistake("", "an outcome has more than one of after, afterPolls and never")
	}
	if o.timing == timedNever {
		for _, name := range []string{"status", "unknownStatus", "reason", "message"} {
			if e.has(name) {
				e.mistake(name, "a task that never ends has no %s", name)
			}
		}
		o.end, o.word = endComplete, ""
	}
	o.delay, o.polls, o.hidden = e.duration("after"), e.number("afterPolls", 0), e.duration("visibleAfter")
	o.withoutID, o.withoutResults = e.flag("withoutTaskId"), e.flag("withoutResults")
	o.times, o.repeated, o.byDefault = e.number("times", 0), e.has("times"), e.flag("default")
	for i, item := range e.list("engagements") {
		if at, ok := item.object(fmt.Sprintf("%s, engagements, entry %d", e.place, i+1), e.found, engagementMembers...); ok {
			o.engagements = append(o.engagements, readEngagement(at))
		}
	}
	return o
}

// end reads how a task ends.
func (e *entry) end(op *operation) (end, string) {
	status, unknown := e.text("status"), e.text("unknownStatus")
	if e.has("unknownStatus") {
		if e.has("status") {
			e.mistake("", "an outcome has a status or an unknownStatus, not both")
		}
		return endOther, unknown
	}
	words := op.family.words
	if !e.has("status") {
		return endComplete, ""
	}
	switch status {
	case words.complete:
		return endComplete, ""
	case words.failed:
		return endFailed, ""
	}
	e.mistake("status", "unknown status %q, did you mean %q? A status that the API does not know goes into unknownStatus, and a task that does not end is never",
		status, nearest(status, []string{words.complete, words.failed}))
	return endComplete, ""
}

func readEngagement(e *entry) EngagementOutcome {
	known := (&operation{family: &family{summary: []field{{}}}}).statusNames()
	status, unknown := e.text("status"), e.text("unknownStatus")
	switch {
	case status != "" && unknown != "":
		e.mistake("", "an engagement has a status or an unknownStatus, not both")
	case status != "" && !slices.Contains(known, status):
		e.mistake("status", "unknown status %q, did you mean %q? A status that the API does not know goes into unknownStatus", status, nearest(status, known))
	case slices.Contains(known, unknown):
		e.mistake("unknownStatus", "%q is a status that the API knows, and goes into status", unknown)
	}
	return EngagementOutcome{
		Engagement: e.text("engagement"), Status: partnercentral.ProspectingTaskStatus(status + unknown),
		ReasonCode: e.text("reason"), Message: e.text("message"),
	}
}
