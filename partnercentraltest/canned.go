package partnercentraltest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Answer is what an operation that the fake does not model answers.
type Answer struct {
	// Body is a JSON object: text, or a value that encoding/json makes one of.
	Body any
	// Times is how many calls get it; 0 is one.
	Times int
	// Default is for all calls that no other answer of as many matchers is for.
	// It is not used up, and has no Times.
	Default bool
}

// canned is a queue of one answer.
type canned struct {
	scope
	body      []byte
	times     int
	byDefault bool
	used      int
}

func (a *canned) left() int { return max(a.times-a.used, 0) }

// Answer gives answers to an operation that the fake does not model, such as
// GetOpportunity, in order. One that was not given fails the test.
func (s *Service) Answer(op Operation, answers ...Answer) {
	s.test().Helper()
	s.When(op).Answer(answers...)
}

// Answer gives answers to the selected calls, before those for fewer matchers.
// See [Service.Answer].
func (s *Selection) Answer(answers ...Answer) {
	s.world.svc.test().Helper()
	if s.op == nil {
		return
	}
	var found mistakes
	made := make([]*canned, len(answers))
	if len(answers) == 0 {
		found.add("", 0, "there is no answer")
	}
	for i, a := range answers {
		place := fmt.Sprintf("answer %d", i+1)
		raw, ok := a.Body.([]byte)
		switch body := a.Body.(type) {
		case string:
			raw = []byte(body)
		case json.RawMessage:
			raw = body
		default:
			if !ok {
				raw, _ = json.Marshal(body) // what does not go is refused as no object
			}
		}
		made[i] = &canned{scope: s.scope, body: raw, times: a.Times, byDefault: a.Default}
		found.join(place, made[i].settle(s.op))
	}
	if s.world.svc.refuse(found) {
		return
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.answers = append(s.world.answers, made...)
}

// settle finds what is wrong with an answer and fills in how often it is given.
func (a *canned) settle(op *operation) flaws {
	var found flaws
	if !op.canned {
		found.add("", "%s is modelled: it has outcomes and faults, and no answers of yours", op.name)
	}
	if text := strings.TrimSpace(string(a.body)); !json.Valid(a.body) || !strings.HasPrefix(text, "{") {
		found.add("answer", "it is a JSON object")
	}
	switch {
	case a.times < 0:
		found.add("times", "it counts from 1")
	case a.byDefault && a.times > 0:
		found.add("default", "an answer by default is given for good, and has no times")
	}
	a.times = max(a.times, 1)
	return found
}

func readAnswer(e *entry, s *Selection) func(*world) {
	a := canned{scope: s.scope, body: e.members["answer"].raw, times: e.number("times", 0), byDefault: e.flag("default")}
	if e.has("times") && a.times == 0 {
		e.mistake("times", "it counts from 1")
	}
	e.join(a.settle(s.op))
	return func(w *world) {
		own := a
		w.answers = append(w.answers, &own)
	}
}

// answerCanned answers an operation that is not modelled.
func answerCanned(w *world, c *command) (result, *refusal) {
	var best *canned
	for _, a := range w.answers {
		if !a.matches(c) || !a.byDefault && a.left() == 0 {
			continue
		}
		if best == nil || len(a.matchers) > len(best.matchers) || len(a.matchers) == len(best.matchers) && best.byDefault {
			best = a
		}
	}
	if best == nil {
		if !slices.Contains(unmodelled, c.op.name) {
			return result{}, unknownOperation("unknown operation %q, did you mean %q?", c.op.name, nearest(string(c.op.name), append(Operations(), unmodelled...)))
		}
		return result{}, unknownOperation(
			"the fake does not model %s, and no answer is left that was scripted for this call: give it one", c.op.name)
	}
	return result{body: best.body, commit: func() { best.used++ }}, nil
}

var operationPattern = regexp.MustCompile(`\A[A-Z][A-Za-z]{2,127}\z`)

// find returns the operation of a name, or what is wrong with it. An operation
// that is not modelled can have faults and canned answers.
func find(name Operation) (*operation, string) {
	if op, ok := known()[name]; ok {
		return op, ""
	}
	all := append(Operations(), unmodelled...)
	near := nearest(string(name), all)
	if slices.Contains(unmodelled, name) || operationPattern.MatchString(string(name)) && distance(string(name), string(near)) > 3 {
		return cannedOperation(name), ""
	}
	return nil, fmt.Sprintf("unknown operation %q, did you mean %q?", name, near)
}

// cannedOperation is an operation that is answered as scripts say.
func cannedOperation(name Operation) *operation {
	op := &operation{name: name, group: writes, canned: true, prepare: answerCanned, input: func() any { return &map[string]any{} }}
	if strings.HasPrefix(string(name), "Get") || strings.HasPrefix(string(name), "List") {
		op.group = reads
	}
	return op
}

// unmodelled are the other operations of the API, by the service model of 2025.
var unmodelled = []Operation{
	"AcceptEngagementInvitation", "AssignOpportunity", "AssociateOpportunity", "CreateEngagement", "CreateEngagementContext",
	"CreateEngagementInvitation", "CreateOpportunity", "CreateResourceSnapshot", "CreateResourceSnapshotJob", "DeleteResourceSnapshotJob",
	"DisassociateOpportunity", "GetAwsOpportunitySummary", "GetEngagement", "GetEngagementInvitation", "GetOpportunity",
	"GetResourceSnapshot", "GetResourceSnapshotJob", "GetSellingSystemSettings", "ListEngagementMembers",
	"ListEngagementResourceAssociations", "ListEngagements", "ListOpportunities", "ListResourceSnapshotJobs", "ListResourceSnapshots",
	"ListSolutions", "ListTagsForResource", "PutSellingSystemSettings", "RejectEngagementInvitation", "StartResourceSnapshotJob",
	"StopResourceSnapshotJob", "SubmitOpportunity", "TagResource", "UntagResource", "UpdateEngagementContext", "UpdateOpportunity",
}
