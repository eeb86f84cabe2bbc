package partnercentraltest

import (
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// family is what the tasks of one kind have in common: how ids look, what a
// Start touches, what an answer shows, what a List filters by. The Start and
// the List of every family are answered by the same code.
type family struct {
	// kind is the part of an ARN before the id.
	kind       string
	idDigits   int
	words      statusWords
	operations []*operation
	// settle gives a new task the ids of what it works on. They are shown when
	// the task has come so far.
	settle func(w *world, c *command, t *task)
	// fields are the members of a Start's answer and of a List's summaries, in
	// the order that the service writes them: the alphabet's. summary has those
	// of a List where they differ.
	fields, summary []field
	// unshown is a field that answers do not have and a filter looks at.
	unshown field
	// filters pair members of the List's request with the fields they look at.
	filters []filter
	// reached is the last step that a task which failed for this reason has
	// behind it.
	reached func(partnercentral.ReasonCode) step
	// judge says what a new Start comes to by the state of what it is for: a
	// refusal, or an outcome where no script is for it. nil where the fake knows of
	// no state.
	judge func(w *world, c *command, now time.Time) (*Outcome, *refusal)
	// effects are what events tell of a task that has ended, as it is then.
	effects func(w *world, v *view) []effectOf
	// earlier is whether a List puts the start of a task a little earlier.
	earlier bool
	// sameAnswer makes a repeated Start give the first answer again, instead of
	// the present state.
	sameAnswer bool
}

// statusWords are the names of the states, which differ between families.
type statusWords struct{ running, complete, failed string }

var classicWords = statusWords{
	running:  string(partnercentral.TaskStatusInProgress),
	complete: string(partnercentral.TaskStatusComplete),
	failed:   string(partnercentral.TaskStatusFailed),
}

// field is one member of an answer.
type field struct {
	name string
	// value is the plain value, "" where there is none. Filters compare it.
	value func(*view) string
	// raw appends the value as JSON where it is no string; nil for strings.
	raw func([]byte, *view) []byte
}

// text declares a string member: null where value gives "".
func text(name string, value func(*view) string) field { return field{name: name, value: value} }

// filter lets tasks through whose field is one of the values of a member.
type filter struct {
	member, field string
	// plain is whether the values are no ids, which may be the end of an ARN.
	plain bool
}

// id is what a value is found by.
func (f filter) id(value string) string {
	if f.plain {
		return value
	}
	return lastPart(value)
}

func (f *family) field(name string) field {
	if name == f.unshown.name {
		return f.unshown
	}
	for _, candidate := range f.fields {
		if candidate.name == name {
			return candidate
		}
	}
	panic("partnercentraltest: family " + f.kind + " filters by an unknown field " + name)
}

// task is one task. Its state is not stored: it follows from the outcome, the
// time and the number of polls.
type task struct {
	family *family
	shelf  *shelf
	// seq is its place on its shelf, order its place among all of the world.
	seq     int
	order   int
	catalog string
	id      string
	token   string
	// params is the request without its token, for comparison with a repeated
	// Start.
	params     string
	identifier string
	start      time.Time
	// outcome is shared by all tasks that no script is for.
	outcome *Outcome
	polls   int

	opportunity, invitation, engagement, job string
	context, converted                       string
	name                                     string
	engagements                              []prospect
	// ended is when the poll was that showed the task ended.
	ended time.Time
}

// arn is the task's ARN, which has no account in it.
func (t *task) arn() string {
	return "arn:aws:partnercentral:us-east-1::catalog/" + t.catalog + "/" + t.family.kind + "/" + t.id
}

// polled counts an answer that shows the task.
func (t *task) polled(w *world, now time.Time) {
	t.polls++
	if t.ended.IsZero() && t.outcome.done(now.Sub(t.start), t.polls) {
		t.ended = now
		if t.outcome.timing == timedByPolls {
			t.shelf.end(t, now)
			if t.outcome.polls > 0 {
				w.announce(t, now)
			}
		}
	}
}

// view is a task at one moment, as one operation shows it.
type view struct {
	*task
	now time.Time
	// listed is false in the answer of a Start.
	listed bool
}

func (v *view) done() bool { return v.outcome.done(v.now.Sub(v.start), v.polls) }

func (v *view) visible() bool { return v.now.Sub(v.start) >= v.outcome.hidden }

func (v *view) complete() bool { return v.done() && v.outcome.end == endComplete }

func (v *view) failed() bool { return v.done() && v.outcome.end == endFailed }

func (v *view) status() string {
	switch {
	case !v.done():
		return v.family.words.running
	case v.outcome.end == endComplete:
		return v.family.words.complete
	case v.outcome.end == endFailed:
		return v.family.words.failed
	}
	return v.outcome.word
}

func (v *view) failureReason() string {
	if v.failed() {
		return string(v.outcome.reason)
	}
	return ""
}

func (v *view) failureMessage() string {
	if v.failed() {
		return v.outcome.message
	}
	return ""
}

func (v *view) ifComplete(id string) string {
	if v.complete() {
		return id
	}
	return ""
}

// ifReached shows an id once the step that makes it is behind the task: when it
// is complete, or when a later step has failed.
func (v *view) ifReached(s step, id string) string {
	if v.complete() || v.failed() && v.listed && v.family.reached(v.outcome.reason) >= s {
		return id
	}
	return ""
}

// listedEarlier is how much earlier a List puts the start of a task than the
// Start did: the difference in the recorded answers of one task of the real
// service.
const listedEarlier = 14777190 * time.Nanosecond

func (v *view) startTime() string {
	at := v.start
	if v.listed && v.family.earlier {
		at = at.Add(-listedEarlier)
	}
	return at.Format(time.RFC3339Nano)
}

func (v *view) shownID() string {
	if v.outcome.withoutID && !v.listed {
		return ""
	}
	return v.id
}

func (v *view) shownARN() string {
	if v.outcome.withoutID && !v.listed {
		return ""
	}
	return v.arn()
}

// append writes the task as a JSON object.
func (v *view) append(dst []byte) []byte {
	fields := v.family.fields
	if v.listed && v.family.summary != nil {
		fields = v.family.summary
	}
	return v.appendFields(dst, fields)
}

func (v *view) appendFields(dst []byte, fields []field) []byte {
	separator := byte('{')
	for _, f := range fields {
		dst = append(dst, separator, '"')
		separator = ','
		dst = append(dst, f.name...)
		dst = append(dst, '"', ':')
		switch {
		case f.raw != nil:
			dst = f.raw(dst, v)
		default:
			dst = appendText(dst, f.value(v))
		}
	}
	return append(dst, '}')
}

// step is how far a task has come, in the order of the documented steps.
type step int

const (
	stepNone step = iota
	stepOpportunity
	stepEngagement
	stepSnapshot
	stepJob
	stepInvitation
)

// submittingStep follows the documented order of a task that submits an
// opportunity: engagement, snapshot, snapshot job, invitation, submission.
func submittingStep(reason partnercentral.ReasonCode) step {
	name := string(reason)
	switch {
	case reason == partnercentral.ReasonCodeOpportunitySubmissionFailed:
		return stepInvitation
	case strings.HasPrefix(name, "Invitation"), strings.HasPrefix(name, "EngagementInvitation"):
		return stepJob
	case strings.HasPrefix(name, "ResourceSnapshotJob"):
		return stepSnapshot
	case strings.HasPrefix(name, "ResourceSnapshot"):
		return stepEngagement
	}
	return stepNone
}

// acceptingStep follows the documented order of a task that accepts an
// invitation: acceptance, opportunity, snapshot, snapshot job.
func acceptingStep(reason partnercentral.ReasonCode) step {
	if strings.HasPrefix(string(reason), "ResourceSnapshot") {
		return stepOpportunity
	}
	return stepNone
}

// lastPart turns an ARN into the id at its end.
func lastPart(identifier string) string {
	return identifier[strings.LastIndexByte(identifier, '/')+1:]
}
