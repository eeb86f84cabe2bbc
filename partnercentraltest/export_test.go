package partnercentraltest

import (
	"encoding/json"
	"fmt"
)

// ScriptJSON writes a script in the form of Load, for the tests that drive the
// server program.
func ScriptJSON(op Operation, matchers []Matcher, outcomes []Outcome) ([]byte, error) {
	s := scriptPlan{selectPlan: selectPlanOf(op, matchers)}
	for _, o := range outcomes {
		s.Outcomes = append(s.Outcomes, outcomePlanOf(o))
	}
	return json.Marshal(plan{Scripts: []scriptPlan{s}})
}

// FaultJSON writes a fault in the form of Load. Of a Refuse it keeps what the
// form has: status, name and message.
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
			Body: []byte(r.Body), Signature: r.Signature, Fault: r.Fault, Committed: r.Committed, Status: r.Status,
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
	p := outcomePlan{WithoutTaskID: o.withoutID, WithoutResults: o.withoutResults}
	switch o.end {
	case endFailed:
		p.Status, p.Reason, p.Message = "FAILED", o.reason, o.message
	case endOther:
		p.Status = o.word
	}
	switch o.timing {
	case timedAfter:
		p.After = (*duration)(&o.delay)
	case timedByPolls:
		p.AfterPolls = &o.polls
	case timedNever:
		p.Never = true
	}
	if o.hidden > 0 {
		p.VisibleAfter = (*duration)(&o.hidden)
	}
	for _, e := range o.engagements {
		p.Engagements = append(p.Engagements, engagementPlan{Engagement: e.Engagement, Status: e.Status, Reason: e.ReasonCode, Message: e.Message})
	}
	return p
}

func (p *faultPlan) setEffect(e Effect) {
	names := map[effectKind]string{
		effectRefusal: "error", effectHTML: "html", effectEmpty: "empty", effectEmptyOK: "emptyOK", effectReset: "reset",
		effectCloseEarly: "closeEarly", effectSlow: "slow", effectStall: "stall", effectTruncate: "truncate", effectMalformed: "malformed",
	}
	name, ok := names[e.kind]
	if !ok {
		panic(fmt.Sprint("no JSON form of ", e))
	}
	p.Effect, p.Status, p.Code, p.Message, p.Bytes = name, e.status, e.code, e.message, e.bytes
	if e.kind == effectSlow {
		p.Delay = (*duration)(&e.delay)
	}
	if e.err != nil {
		p.Status, p.Code, p.Message = refusalOf(e.err).status, e.err.ErrorCode(), e.err.ErrorMessage()
	}
}
