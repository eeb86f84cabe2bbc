package partnercentraltest

import (
	"fmt"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// DefaultDuration is how long a task takes whose outcome does not say when it
// ends. Five recorded Starts of the real service took 3.5 to 8.1 seconds.
const DefaultDuration = 5 * time.Second

// Outcome is how a task ends and when. The zero value is Complete(). Outcomes
// are plain values: one may be used for any number of tasks.
type Outcome struct {
	end       end
	word      string
	reason    partnercentral.ReasonCode
	message   string
	timing    timing
	delay     time.Duration
	polls     int
	hidden    time.Duration
	withoutID bool
	// times is how many tasks take it, where repeated is true.
	times     int
	repeated  bool
	byDefault bool
	// Of prospecting alone.
	engagements    []EngagementOutcome
	withoutResults bool
}

type end int

const (
	endComplete end = iota
	endFailed
	endOther
)

type timing int

const (
	timedByDefault timing = iota
	timedAfter
	timedByPolls
	timedNever
)

// Complete is success. Unless wrapped in Immediately, After or AfterPolls the
// task takes DefaultDuration, or what WithDuration says.
func Complete() Outcome { return Outcome{} }

// Fail is failure for a reason, with the message that the answers carry. Both
// may be empty, and the reason may be one that this package does not know. It
// takes as long as Complete.
func Fail(reason partnercentral.ReasonCode, message string) Outcome {
	return Outcome{end: endFailed, reason: reason, message: message}
}

// EndIn ends a task in a state that the API does not know today, as after a
// change of the service: a state that it knows is refused. It takes as long as
// Complete.
func EndIn(status partnercentral.TaskStatus) Outcome {
	return Outcome{end: endOther, word: string(status)}
}

// Never is a task that stays in progress for good.
func Never() Outcome { return Outcome{timing: timedNever} }

// Immediately makes the Start itself answer with the outcome, as the real
// service has been seen to do.
func Immediately(o Outcome) Outcome { return After(0, o) }

// After makes the outcome come true d after the Start, by the service's clock.
// It has no effect on Never.
func After(d time.Duration, o Outcome) Outcome {
	if o.timing != timedNever {
		o.timing, o.delay = timedAfter, d
	}
	return o
}

// AfterPolls makes the outcome come true after n polls: the first n answers
// that show the task, the Start's own not counted, show it in progress. A poll
// is a List that has the task on its page, or a repeated Start. It has no
// effect on Never.
func AfterPolls(n int, o Outcome) Outcome {
	if o.timing != timedNever {
		o.timing, o.polls = timedByPolls, n
	}
	return o
}

// VisibleAfter hides the task from every List until d after the Start, as a
// service whose Lists lag behind does. The time runs beside After, not before
// it. Repeated Starts see the task from the beginning.
func VisibleAfter(d time.Duration, o Outcome) Outcome {
	o.hidden = d
	return o
}

// WithoutTaskID leaves TaskId and TaskArn out of the Start's answers, as the
// real service was seen to do in November 2024 for tasks that were complete at
// once. The Lists have them. The client of package partnercentral takes an
// answer without an id for broken unless the task has ended in it.
func WithoutTaskID(o Outcome) Outcome {
	o.withoutID = true
	return o
}

// Repeat makes n tasks in turn take the outcome, in place of one.
func Repeat(n int, o Outcome) Outcome {
	o.times, o.repeated = n, true
	return o
}

// ByDefault makes the outcome that of all further tasks of its script: it comes
// after the outcomes of every script that is as specific, and is not used up.
// Of several the one that was scripted last holds. One that no task has taken
// fails the test.
func ByDefault(o Outcome) Outcome {
	o.byDefault = true
	return o
}

func (o Outcome) done(age time.Duration, polls int) bool {
	switch o.timing {
	case timedByPolls:
		return polls >= o.polls
	case timedNever:
		return false
	}
	return age >= o.delay
}

// within fills in the duration of an outcome that has none of its own.
func (o Outcome) within(d time.Duration) Outcome {
	if o.timing == timedByDefault {
		o.timing, o.delay = timedAfter, d
	}
	return o
}

// String writes the outcome as Go.
func (o Outcome) String() string {
	var s string
	switch {
	case o.timing == timedNever:
		s = "Never()"
	case o.end == endFailed:
		s = fmt.Sprintf("Fail(%q, %q)", o.reason, o.message)
	case o.end == endOther:
		s = fmt.Sprintf("EndIn(%q)", o.word)
	default:
		s = "Complete()"
	}
	switch {
	case o.timing == timedAfter && o.delay == 0:
		s = "Immediately(" + s + ")"
	case o.timing == timedAfter:
		s = fmt.Sprintf("After(%v, %s)", o.delay, s)
	case o.timing == timedByPolls:
		s = fmt.Sprintf("AfterPolls(%d, %s)", o.polls, s)
	}
	if len(o.engagements) > 0 {
		named := make([]string, len(o.engagements))
		for i, e := range o.engagements {
			named[i] = e.String()
		}
		s = fmt.Sprintf("WithEngagements(%s, %s)", s, strings.Join(named, ", "))
	}
	if o.withoutResults {
		s = "WithoutResults(" + s + ")"
	}
	if o.hidden > 0 {
		s = fmt.Sprintf("VisibleAfter(%v, %s)", o.hidden, s)
	}
	if o.withoutID {
		s = "WithoutTaskID(" + s + ")"
	}
	if o.repeated {
		s = fmt.Sprintf("Repeat(%d, %s)", o.times, s)
	}
	if o.byDefault {
		s = "ByDefault(" + s + ")"
	}
	return s
}
