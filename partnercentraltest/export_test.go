package partnercentraltest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cosell-dev/partnercentral-go"
)

// plan is the JSON form of scripts and faults, as a test writes it.
type plan struct {
	Scripts []scriptPlan `json:"scripts,omitempty"`
	Faults  []faultPlan  `json:"faults,omitempty"`
}

type selectPlan struct {
	Operation   Operation `json:"operation"`
	Tokens      []string  `json:"tokens,omitempty"`
	Identifiers []string  `json:"identifiers,omitempty"`
	TaskIDs     []string  `json:"taskIds,omitempty"`
	Catalog     string    `json:"catalog,omitempty"`
}

type scriptPlan struct {
	selectPlan
	Outcomes []outcomePlan `json:"outcomes"`
}

type outcomePlan struct {
	Status         string           `json:"status,omitempty"`
	UnknownStatus  string           `json:"unknownStatus,omitempty"`
	Reason         string           `json:"reason,omitempty"`
	Message        string           `json:"message,omitempty"`
	After          string           `json:"after,omitempty"`
	AfterPolls     *int             `json:"afterPolls,omitempty"`
	Never          bool             `json:"never,omitempty"`
	VisibleAfter   string           `json:"visibleAfter,omitempty"`
	WithoutTaskID  bool             `json:"withoutTaskId,omitempty"`
	Times          int              `json:"times,omitempty"`
	Default        bool             `json:"default,omitempty"`
	Engagements    []engagementPlan `json:"engagements,omitempty"`
	WithoutResults bool             `json:"withoutResults,omitempty"`
}

type engagementPlan struct {
	Engagement    string `json:"engagement"`
	Status        string `json:"status,omitempty"`
	UnknownStatus string `json:"unknownStatus,omitempty"`
	Reason        string `json:"reason,omitempty"`
	Message       string `json:"message,omitempty"`
}

type faultPlan struct {
	selectPlan
	Nth         int              `json:"nth,omitempty"`
	Times       int              `json:"times,omitempty"`
	Always      bool             `json:"always,omitempty"`
	AfterCommit bool             `json:"afterCommit,omitempty"`
	Effect      string           `json:"effect"`
	Status      int              `json:"status,omitempty"`
	Code        string           `json:"code,omitempty"`
	Message     string           `json:"message,omitempty"`
	Reason      string           `json:"reason,omitempty"`
	ErrorList   []map[string]any `json:"errorList,omitempty"`
	Delay       string           `json:"delay,omitempty"`
	Bytes       int              `json:"bytes,omitempty"`
}

// ScriptJSON writes a script in the form of Load, for the tests that drive the
// server program.
func ScriptJSON(op Operation, matchers []Matcher, outcomes []Outcome) ([]byte, error) {
	s := scriptPlan{selectPlan: selectPlanOf(op, matchers)}
	for _, o := range outcomes {
		s.Outcomes = append(s.Outcomes, outcomePlanOf(o))
	}
	return json.Marshal(plan{Scripts: []scriptPlan{s}})
}

// FaultJSON writes a fault in the form of Load.
func FaultJSON(op Operation, matchers []Matcher, count Count, effect Effect) ([]byte, error) {
	f := faultPlan{selectPlan: selectPlanOf(op, matchers), AfterCommit: effect.commits}
	switch count.kind {
	case countNth:
		f.Nth = count.n
	case countTimes:
		f.Times = count.n
	case countAlways:
		f.Always = true
	}
	f.setEffect(effect)
	return json.Marshal(plan{Faults: []faultPlan{f}})
}

// CallsFromJSON reads the record that the admin interface gives. It has no
// access key ids, and what was read out of a body only in the body.
func CallsFromJSON(text []byte) (Calls, error) {
	var reports []callReport
	if err := json.Unmarshal(text, &reports); err != nil {
		return nil, err
	}
	calls := make(Calls, len(reports))
	for i, r := range reports {
		calls[i] = Call{
			Seq: r.Seq, Time: r.Time, Operation: r.Operation, Attempt: r.Attempt, MaxAttempts: r.MaxAttempts,
			Body: []byte(r.Body), Signature: r.Signature, Fault: r.Fault, Committed: r.Committed, Making: r.Task, Status: r.Status,
			Error: r.Error, Note: r.Note, TaskID: r.TaskID, Tasks: r.Tasks, Finished: r.Finished,
		}
		if op, ok := known()[r.Operation]; ok {
			calls[i].input = op.input
		}
	}
	return calls, nil
}

func selectPlanOf(op Operation, matchers []Matcher) selectPlan {
	p := selectPlan{Operation: op}
	for _, m := range matchers {
		switch m.what {
		case "WithToken":
			p.Tokens = m.values
		case "WithIdentifier":
			p.Identifiers = m.values
		case "WithTaskID":
			p.TaskIDs = m.values
		case "WithCatalog":
			p.Catalog = m.values[0]
		default:
			panic("no JSON form of " + m.String())
		}
	}
	return p
}

func outcomePlanOf(o Outcome) outcomePlan {
	p := outcomePlan{WithoutTaskID: o.withoutID, WithoutResults: o.withoutResults, Times: o.times, Default: o.byDefault}
	switch o.end {
	case endFailed:
		p.Status, p.Reason, p.Message = "FAILED", string(o.reason), o.message
	case endOther:
		p.UnknownStatus = o.word
	}
	switch o.timing {
	case timedAfter:
		p.After = o.delay.String()
	case timedByPolls:
		p.AfterPolls = &o.polls
	case timedNever:
		p.Never = true
	}
	if o.hidden > 0 {
		p.VisibleAfter = o.hidden.String()
	}
	for _, e := range o.engagements {
		plan := engagementPlan{Engagement: e.Engagement, Status: string(e.Status), Reason: e.ReasonCode, Message: e.Message}
		if !slices.Contains(partnercentral.ProspectingTaskStatus("").Values(), e.Status) {
			plan.Status, plan.UnknownStatus = "", plan.Status
		}
		p.Engagements = append(p.Engagements, plan)
	}
	return p
}

func (p *faultPlan) setEffect(e Effect) {
	p.Effect, p.Status, p.Code, p.Message, p.Bytes = e.kind.String(), e.status, e.code, e.message, e.bytes
	if e.kind == effectSlow {
		p.Delay = e.delay.String()
	}
	if e.err != nil {
		r := refusalOf(e.err)
		p.Status, p.Code, p.Message, p.Reason = r.status, r.code, r.message, r.reason
		for _, f := range r.problems {
			p.ErrorList = append(p.ErrorList, map[string]any{"fieldName": f.FieldName, "message": f.Message, "code": f.Code})
		}
	}
}

// ReadScript is what Load makes of a script: the outcomes, faults and answers as
// Go.
func ReadScript(text string) ([]string, error) {
	apply, err := readPlan(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	w := newWorld(NewService(), "x")
	apply(w)
	var all []string
	for _, s := range w.scripts {
		all = append(all, fmt.Sprint(s.scope.String(), s.outcomes))
	}
	for _, f := range w.faults {
		all = append(all, f.String())
	}
	for _, a := range w.answers {
		all = append(all, fmt.Sprint(a.scope.String(), " ", a.times, a.byDefault, string(a.body)))
	}
	return all, nil
}

// ScriptMembers are the members that scripts may have, sorted.
func ScriptMembers() map[string][]string {
	all := map[string][]string{
		"plan": planMembers, "script": scriptMembers, "fault": faultMembers, "answer": answerMembers,
		"outcome": outcomeMembers, "invitation": invitationMembers, "engagement": engagementMembers, "errorListEntry": errorListMembers,
	}
	for name, members := range all {
		all[name] = slices.Sorted(slices.Values(members))
	}
	return all
}

// DropUsedScripts forgets scripts that are used up, of which a test has made
// very many.
func DropUsedScripts(s *Service) {
	w := s.home()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scripts = slices.DeleteFunc(w.scripts, func(s *script) bool { return s.left() == 0 })
}

// EventTimer reports whether the service has a timer that waits for an event.
func EventTimer(s *Service) bool {
	if s.events == nil {
		return false
	}
	s.events.mu.Lock()
	defer s.events.mu.Unlock()
	// Stop reports whether the timer was running; it is set again by what follows.
	running := s.events.timer != nil && s.events.timer.Stop()
	if running {
		s.events.arm()
	}
	return running
}
