package partnercentraltest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// EngagementOutcome is how one engagement of a prospecting task ends.
type EngagementOutcome struct {
	// The engagement (eng-…). It must be one of the Start's.
	Engagement string
	// How it ends; may be a state that the API does not know today, and one in
	// which it has not ended: the task then contradicts itself.
	Status partnercentral.ProspectingTaskStatus
	// Why, where it failed. Both may be empty.
	ReasonCode, Message string
}

// FailEngagement makes one engagement of a prospecting task fail.
func FailEngagement(engagement, reason, message string) EngagementOutcome {
	return EngagementOutcome{Engagement: engagement, Status: partnercentral.ProspectingTaskStatusFailed, ReasonCode: reason, Message: message}
}

// String writes the outcome as Go.
func (e EngagementOutcome) String() string {
	if e.Status == partnercentral.ProspectingTaskStatusFailed {
		return fmt.Sprintf("FailEngagement(%q, %q, %q)", e.Engagement, e.ReasonCode, e.Message)
	}
	return fmt.Sprintf("EngagementOutcome{%q, %q, %q, %q}", e.Engagement, string(e.Status), e.ReasonCode, e.Message)
}

// WithEngagements says how single engagements of a prospecting task end. Those
// that are not named end as o says. One that the Start does not have fails the
// test.
func WithEngagements(o Outcome, engagements ...EngagementOutcome) Outcome {
	o.engagements = slices.Concat(o.engagements, engagements)
	return o
}

// WithoutResults leaves every engagement out of the answers about a prospecting
// task, also when it has ended.
func WithoutResults(o Outcome) Outcome {
	o.withoutResults = true
	return o
}

// prospect is one engagement of a prospecting task.
type prospect struct {
	id, context string
	// scripted is the place of its outcome among those of WithEngagements; -1
	// for that of the task.
	scripted int
}

func (t *task) unknownEngagements() []string {
	var unknown []string
	for _, e := range t.outcome.engagements {
		if !slices.ContainsFunc(t.engagements, func(p prospect) bool { return p.id == e.Engagement }) {
			unknown = append(unknown, e.Engagement)
		}
	}
	return unknown
}

// result is the end of an engagement.
func (t *task) result(p prospect) EngagementOutcome {
	if p.scripted >= 0 {
		return t.outcome.engagements[p.scripted]
	}
	switch t.outcome.end {
	case endFailed:
		return FailEngagement(p.id, string(t.outcome.reason), t.outcome.message)
	case endOther:
		return EngagementOutcome{Engagement: p.id, Status: partnercentral.ProspectingTaskStatus(t.outcome.word)}
	}
	return EngagementOutcome{Engagement: p.id, Status: partnercentral.ProspectingTaskStatusCompleted}
}

// mayFail reports whether engagements of the task fail, before or when it ends.
func (t *task) mayFail() bool {
	if t.family.summary == nil || t.outcome.timing == timedNever {
		return false
	}
	return t.outcome.end == endFailed || slices.ContainsFunc(t.outcome.engagements, func(e EngagementOutcome) bool {
		return e.Status == partnercentral.ProspectingTaskStatusFailed
	})
}

// progress is how many engagements of the task have been worked on: they are
// taken one after the other, each for the same part of the task's time.
func (v *view) progress() int {
	n := len(v.engagements)
	switch {
	case v.done():
		return n
	case v.outcome.timing == timedByPolls && v.outcome.polls > 0:
		return n * v.polls / v.outcome.polls
	case v.outcome.timing == timedAfter && v.outcome.delay > 0:
		return int(float64(n) * float64(v.now.Sub(v.start)) / float64(v.outcome.delay))
	}
	return 0
}

// engagementOf is an engagement as it is now.
func (v *view) engagementOf(i, progress int) EngagementOutcome {
	p := v.engagements[i]
	switch {
	case i < progress:
		return v.result(p)
	case i == progress && v.polls > 0:
		return EngagementOutcome{Engagement: p.id, Status: partnercentral.ProspectingTaskStatusInProgress}
	}
	return EngagementOutcome{Engagement: p.id, Status: partnercentral.ProspectingTaskStatusPending}
}

func (v *view) endTime() string {
	switch {
	case !v.done():
		return ""
	case v.outcome.timing == timedAfter:
		return v.start.Add(v.outcome.delay).Format(time.RFC3339Nano)
	case !v.ended.IsZero():
		return v.ended.Format(time.RFC3339Nano)
	}
	return v.start.Format(time.RFC3339Nano)
}

func (v *view) countEngagements(status partnercentral.ProspectingTaskStatus) int {
	n, progress := 0, v.progress()
	for i := range v.engagements {
		if v.engagementOf(i, progress).Status == status {
			n++
		}
	}
	return n
}

// count declares an integer member.
func count(name string, value func(*view) int) field {
	return field{
		name:  name,
		value: func(v *view) string { return strconv.Itoa(value(v)) },
		raw:   func(dst []byte, v *view) []byte { return strconv.AppendInt(dst, int64(value(v)), 10) },
	}
}

func appendIdentifiers(dst []byte, v *view) []byte {
	dst = append(dst, '[')
	for i, p := range v.engagements {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, p.id)
	}
	return append(dst, ']')
}

func appendEngagements(dst []byte, v *view) []byte {
	dst = append(dst, '[')
	progress := v.progress()
	for i := range v.engagements {
		if v.outcome.withoutResults {
			break
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		e := v.engagementOf(i, progress)
		context := ""
		if e.Status == partnercentral.ProspectingTaskStatusCompleted {
			context = v.engagements[i].context
		}
		for j, member := range [...]struct{ name, value string }{
			{"EngagementContextId", context},
			{"EngagementIdentifier", e.Engagement},
			{"Message", e.Message},
			{"ReasonCode", e.ReasonCode},
			{"Status", string(e.Status)},
		} {
			dst = append(dst, "{,"[min(j, 1)], '"')
			dst = append(dst, member.name...)
			dst = append(dst, '"', ':')
			dst = appendText(dst, member.value)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// prospecting makes prospecting leads from engagements, each on its own.
func prospecting() *family {
	var (
		name  = text("TaskName", func(v *view) string { return v.name })
		start = text("StartTime", (*view).startTime)
		end   = text("EndTime", (*view).endTime)
		arn   = text("TaskArn", (*view).shownARN)
		id    = text("TaskId", (*view).shownID)
	)
	f := &family{
		kind:     "prospecting-from-engagement-task",
		idDigits: 14,
		words: statusWords{
			running:  string(partnercentral.ProspectingTaskStatusPending),
			complete: string(partnercentral.ProspectingTaskStatusCompleted),
			failed:   string(partnercentral.ProspectingTaskStatusFailed),
		},
		effects:    effectsOfProspecting,
		sameAnswer: true,
		filters:    []filter{{member: "TaskName", field: "TaskName", plain: true}},
		settle: func(w *world, c *command, t *task) {
			t.name = stringOf(c.object, "TaskName")
			for _, id := range c.identifiers {
				p := prospect{id: id, scripted: slices.IndexFunc(t.outcome.engagements, func(e EngagementOutcome) bool { return e.Engagement == id })}
				p.context = w.ids.next("ctx-", 14)
				t.engagements = append(t.engagements, p)
			}
		},
		fields: []field{
			{name: "Identifiers", raw: appendIdentifiers},
			text("Message", (*view).failureMessage),
			text("ReasonCode", (*view).failureReason),
			start, arn, id, name,
			text("TaskStatus", (*view).status),
		},
		summary: []field{
			count("CompletedEngagementCount", func(v *view) int { return v.countEngagements(partnercentral.ProspectingTaskStatusCompleted) }),
			end,
			count("FailedEngagementCount", func(v *view) int { return v.countEngagements(partnercentral.ProspectingTaskStatusFailed) }),
			start, arn, id, name,
			count("TotalEngagementCount", func(v *view) int { return len(v.engagements) }),
		},
	}
	whole := []field{end, {name: "Engagements", raw: appendEngagements}, start, arn, id, name}
	f.operations = prospectingOperations(whole)
	return f
}

// prospectingOperations are the operations of the family; whole are the members
// of a Get's answer.
func prospectingOperations(whole []field) []*operation {
	return []*operation{
		{
			name: StartProspectingFromEngagementTask, group: prospectingStarts, prepare: startTask, starts: true,
			input: func() any { return &partnercentral.StartProspectingFromEngagementTaskInput{} },
			members: []member{
				catalogMember(), clientTokenMember(),
				required(listOf(patterned("Identifiers", `eng-[0-9a-z]{14}`, 18, 18), 0, 100)),
				required(patterned("TaskName", "", 1, 128)),
			},
		},
		{
			name: GetProspectingFromEngagementTask, group: prospectingGets,
			input: func() any { return &partnercentral.GetProspectingFromEngagementTaskInput{} },
			members: []member{
				catalogMember(),
				required(patterned("TaskIdentifier", `task-[0-9a-z]{14}`, 19, 19)),
			},
			prepare: func(w *world, c *command) (result, *refusal) { return getProspecting(w, c, whole) },
		},
		{
			name: ListProspectingFromEngagementTasks, group: prospectingLists, prepare: listProspecting,
			input: func() any { return &partnercentral.ListProspectingFromEngagementTasksInput{} },
			members: []member{
				catalogMember(), maxResultsMember(100), patterned("NextToken", "", 0, 1<<20),
				sortMember(partnercentral.ProspectingFromEngagementTaskSortName("").Values()),
				listOf(patterned("TaskIdentifier", `task-[0-9a-z]{14}`, 19, 19), 0, 10),
				listOf(patterned("TaskName", "", 1, 128), 0, 10),
				timestamp("StartAfter"), timestamp("StartBefore"),
			},
		},
	}
}

func getProspecting(w *world, c *command, fields []field) (result, *refusal) {
	now := w.now()
	t, ok := w.shelf(c.op.family, c.catalog).byID[c.taskIDs[0]]
	v := view{task: t, now: now, listed: true}
	if !ok || !v.visible() {
		return result{}, &refusal{
			status: http.StatusNotFound, code: "ResourceNotFoundException",
			message: "The task was not found.",
			note:    "no visible prospecting task " + c.taskIDs[0] + " in " + c.catalog,
		}
	}
	return result{body: v.appendFields(nil, fields), commit: func() { t.polled(w, now) }, taskID: t.id, tasks: 1}, nil
}
