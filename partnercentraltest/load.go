package partnercentraltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// plan is the JSON form of scripts and faults, for files and for the admin
// interface.
type plan struct {
	Scripts []scriptPlan `json:"scripts"`
	Faults  []faultPlan  `json:"faults"`
}

// selectPlan narrows a script or a fault down; see the matchers.
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

// outcomePlan is an Outcome. At most one of After, AfterPolls and Never is
// given; After "0s" is Immediately.
type outcomePlan struct {
	// Status is COMPLETE, the default, FAILED or any other word.
	Status        string                    `json:"status,omitempty"`
	Reason        partnercentral.ReasonCode `json:"reason,omitempty"`
	Message       string                    `json:"message,omitempty"`
	After         *duration                 `json:"after,omitempty"`
	AfterPolls    *int                      `json:"afterPolls,omitempty"`
	Never         bool                      `json:"never,omitempty"`
	VisibleAfter  *duration                 `json:"visibleAfter,omitempty"`
	WithoutTaskID bool                      `json:"withoutTaskId,omitempty"`
	// Of prospecting alone.
	Engagements    []engagementPlan `json:"engagements,omitempty"`
	WithoutResults bool             `json:"withoutResults,omitempty"`
}

// engagementPlan is an EngagementOutcome.
type engagementPlan struct {
	Engagement string                               `json:"engagement"`
	Status     partnercentral.ProspectingTaskStatus `json:"status"`
	Reason     string                               `json:"reason,omitempty"`
	Message    string                               `json:"message,omitempty"`
}

// faultPlan is a Fault. Exactly one of Nth, Times and Always is given.
type faultPlan struct {
	selectPlan
	Nth    int  `json:"nth,omitempty"`
	Times  int  `json:"times,omitempty"`
	Always bool `json:"always,omitempty"`
	// AfterCommit is the placement; the default is before.
	AfterCommit bool `json:"afterCommit,omitempty"`
	// Effect is throttle, error, html, empty, emptyOK, reset, closeEarly, slow,
	// stall, truncate or malformed.
	Effect string `json:"effect"`
	// Status is for error, html and empty; Code and Message for error.
	Status  int    `json:"status,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Delay is for slow, Bytes for truncate.
	Delay *duration `json:"delay,omitempty"`
	Bytes int       `json:"bytes,omitempty"`
}

// duration is a time.Duration as Go writes it, such as "1m30s".
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err == nil && parsed < 0 {
		err = fmt.Errorf("negative duration %q", text)
	}
	*d = duration(parsed)
	return err
}

func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Load reads scripts and faults in JSON and gives them to every world, also to
// those that come later:
//
//	{"scripts": [{"operation": "StartEngagementFromOpportunityTask", "identifiers": ["O1234567"],
//	              "outcomes": [{"status": "FAILED", "reason": "OpportunityConflict", "message": "text", "after": "30s"}]}],
//	 "faults":  [{"operation": "ListEngagementFromOpportunityTasks", "times": 2, "effect": "throttle"}]}
//
// A script may have tokens, identifiers and a catalog to match, an outcome one
// of after, afterPolls and never, and visibleAfter and withoutTaskId; one of
// prospecting also withoutResults and a list of engagements that end otherwise,
// each with engagement, status, reason and message. A fault has one of nth,
// times and always, an effect (throttle, error, html, empty, emptyOK, reset,
// closeEarly, slow, stall, truncate, malformed) with what it needs (status,
// code, message, delay, bytes), and optionally afterCommit, tokens, identifiers,
// taskIds and catalog. Unknown members are refused, and then nothing is loaded.
func (s *Service) Load(r io.Reader) error {
	var p plan
	if err := decodeStrictly(r, &p); err != nil {
		return err
	}
	apply, err := p.compile()
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

func decodeStrictly(r io.Reader, into any) error {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("partnercentraltest: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("partnercentraltest: more text after the JSON value")
	}
	return nil
}

// compile checks everything before anything is applied.
func (p plan) compile() (func(*world), error) {
	var steps []func(*world)
	for i, s := range p.Scripts {
		matchers, err := s.matchers()
		if err == nil && !known()[s.Operation].starts {
			err = fmt.Errorf("outcomes are scripted for a Start, %s is none", s.Operation)
		}
		var outcomes []Outcome
		for _, o := range s.Outcomes {
			outcome, problem := o.outcome()
			err = errors.Join(err, problem)
			outcomes = append(outcomes, outcome)
		}
		if err != nil {
			return nil, fmt.Errorf("partnercentraltest: script %d: %w", i+1, err)
		}
		steps = append(steps, func(w *world) { w.loaded(s.Operation, matchers).Script(outcomes...) })
	}
	for i, f := range p.Faults {
		matchers, err := f.matchers()
		count, effect, problem := f.fault()
		if err = errors.Join(err, problem); err != nil {
			return nil, fmt.Errorf("partnercentraltest: fault %d: %w", i+1, err)
		}
		steps = append(steps, func(w *world) { w.loaded(f.Operation, matchers).Fault(count, effect) })
	}
	return func(w *world) {
		for _, step := range steps {
			step(w)
		}
	}, nil
}

func (w *world) loaded(op Operation, matchers []Matcher) *Selection {
	return &Selection{world: w, scope: scope{op: op, matchers: matchers, where: "loaded from JSON"}}
}

func (p selectPlan) matchers() ([]Matcher, error) {
	if _, ok := known()[p.Operation]; !ok {
		return nil, fmt.Errorf("unknown operation %q, did you mean %q?", p.Operation, nearest(string(p.Operation), Operations()))
	}
	var matchers []Matcher
	if p.Tokens != nil {
		matchers = append(matchers, WithToken(p.Tokens...))
	}
	if p.Identifiers != nil {
		matchers = append(matchers, WithIdentifier(p.Identifiers...))
	}
	if p.TaskIDs != nil {
		matchers = append(matchers, WithTaskID(p.TaskIDs...))
	}
	if p.Catalog != "" {
		matchers = append(matchers, WithCatalog(p.Catalog))
	}
	return matchers, nil
}

func (p outcomePlan) outcome() (Outcome, error) {
	var o Outcome
	switch p.Status {
	case "", string(partnercentral.TaskStatusComplete):
		o = Complete()
	case string(partnercentral.TaskStatusFailed):
		o = Fail(p.Reason, p.Message)
	default:
		o = EndIn(partnercentral.TaskStatus(p.Status))
	}
	timings := 0
	if p.After != nil {
		o = After(time.Duration(*p.After), o)
		timings++
	}
	if p.AfterPolls != nil {
		o = AfterPolls(*p.AfterPolls, o)
		timings++
	}
	if p.Never {
		o = Never()
		timings++
	}
	if p.VisibleAfter != nil {
		o = VisibleAfter(time.Duration(*p.VisibleAfter), o)
	}
	if p.WithoutTaskID {
		o = WithoutTaskID(o)
	}
	for _, e := range p.Engagements {
		if e.Engagement == "" || e.Status == "" {
			return o, errors.New("an engagement has an engagement (its id) and a status")
		}
		o = WithEngagements(o, EngagementOutcome{Engagement: e.Engagement, Status: e.Status, ReasonCode: e.Reason, Message: e.Message})
	}
	if p.WithoutResults {
		o = WithoutResults(o)
	}
	if timings > 1 {
		return o, errors.New("an outcome has more than one of after, afterPolls and never")
	}
	return o, nil
}

func (p faultPlan) fault() (Count, Effect, error) {
	var counts []Count
	if p.Nth != 0 {
		counts = append(counts, Nth(p.Nth))
	}
	if p.Times != 0 {
		counts = append(counts, Times(p.Times))
	}
	if p.Always {
		counts = append(counts, Always())
	}
	if len(counts) != 1 || p.Nth < 0 || p.Times < 0 {
		return Count{}, Effect{}, errors.New("a fault has exactly one of nth, times and always, from 1")
	}
	effect, err := p.effect()
	if p.AfterCommit {
		effect = AfterCommit(effect)
	}
	return counts[0], effect, err
}

func (p faultPlan) effect() (Effect, error) {
	if p.needsStatus() && (p.Status < 200 || p.Status > 599) {
		return Effect{}, fmt.Errorf("the effect %s needs a status from 200 to 599", p.Effect)
	}
	switch p.Effect {
	case "throttle":
		return Throttle(), nil
	case "error":
		return Error(p.Status, p.Code, p.Message), nil
	case "html":
		return HTML(p.Status), nil
	case "empty":
		return Empty(p.Status), nil
	case "emptyOK":
		return EmptyOK(), nil
	case "reset":
		return Reset(), nil
	case "closeEarly":
		return CloseEarly(), nil
	case "slow":
		if p.Delay == nil {
			return Effect{}, errors.New("the effect slow needs a delay")
		}
		return Slow(time.Duration(*p.Delay)), nil
	case "stall":
		return Stall(), nil
	case "truncate":
		return Truncate(p.Bytes), nil
	case "malformed":
		return Malformed(), nil
	}
	return Effect{}, fmt.Errorf("unknown effect %q, did you mean %q?", p.Effect, nearest(p.Effect, []string{
		"throttle", "error", "html", "empty", "emptyOK", "reset", "closeEarly", "slow", "stall", "truncate", "malformed"}))
}

func (p faultPlan) needsStatus() bool {
	return p.Effect == "error" || p.Effect == "html" || p.Effect == "empty"
}
