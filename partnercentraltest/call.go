package partnercentraltest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

// Call is one attempt that reached the service: a retried operation leaves as
// many as it made attempts.
type Call struct {
	// Seq numbers the calls of one world from 1, in the order of their arrival.
	Seq int
	// Time is when the call arrived, by the service's clock.
	Time time.Time
	// AccessKeyID is what the request was signed with.
	AccessKeyID string
	// Operation is what the request asked for, also when the fake does not know
	// it; "" when it named nothing.
	Operation Operation
	// Attempt and MaxAttempts are what the SDK says of itself in the
	// amz-sdk-request header; 0 when it says nothing.
	Attempt, MaxAttempts int
	// Body is the request's body as it arrived.
	Body []byte
	// Catalog, ClientToken and Identifier are members of a well-formed request;
	// several identifiers are separated by commas.
	Catalog, ClientToken, Identifier string
	// Signature is "ok", "off" when signatures are not checked, or what is wrong
	// with it.
	Signature string
	// Fault is the fault that struck, as Go, or "".
	Fault string
	// Committed is whether the call was carried out: a task was started or
	// repeated, or a page was put together, whether or not the caller got to
	// know. Making says which.
	Committed bool
	// Making is what the call has done to a task, whether or not the caller got
	// to know.
	Making Making
	// Status is the HTTP status of the answer; 0 while there is none, and where
	// the connection broke before one.
	Status int
	// Error is the name of the error that was answered, or "".
	Error string
	// Note says what was expected where the request was refused.
	Note string
	// TaskID is the task that a Start has started or repeated.
	TaskID string
	// Tasks is how many tasks the answer has, or how many invitations where it
	// lists these.
	Tasks int
	// Finished is false while the call waits, for instance on a Stall.
	Finished bool

	command *command
	// fault is what the caller asks for in FaultHeader.
	fault string
	input func() any
}

// Making is what a call has made.
type Making string

// What a call can make.
const (
	// MadeNone: no task was made, as by a List or a refused call.
	MadeNone Making = "none"
	// Made: a new task.
	Made Making = "made"
	// Repeated: the task that an earlier call with the same token has made.
	Repeated Making = "repeated"
)

// Input decodes the body into the typed input of the operation, for example a
// *partnercentral.StartEngagementFromOpportunityTaskInput. It is nil for an
// unknown operation and a body that does not decode.
func (c Call) Input() any {
	if c.input == nil {
		return nil
	}
	in := c.input()
	if err := json.Unmarshal(c.Body, in); err != nil {
		return nil
	}
	return in
}

// Calls is a snapshot of the record, oldest first.
type Calls []Call

// For returns the calls of these operations.
func (cs Calls) For(ops ...Operation) Calls {
	return cs.Where(func(c Call) bool {
		return slices.Contains(ops, c.Operation)
	})
}

// Committed returns the calls that were carried out.
func (cs Calls) Committed() Calls { return cs.Where(func(c Call) bool { return c.Committed }) }

// Made returns the calls that made a task, those of repeated Starts not among
// them.
func (cs Calls) Made() Calls { return cs.Where(func(c Call) bool { return c.Making == Made }) }

// WithError returns the calls that were answered with an error of this name,
// such as "ThrottlingException".
func (cs Calls) WithError(code string) Calls {
	return cs.Where(func(c Call) bool { return c.Error == code })
}

// Where returns the calls for which keep is true.
func (cs Calls) Where(keep func(Call) bool) Calls {
	var kept Calls
	for _, c := range cs {
		if keep(c) {
			kept = append(kept, c)
		}
	}
	return kept
}

// Len is the number of calls.
func (cs Calls) Len() int { return len(cs) }

// String is a table with a line for each call. Client tokens, bodies and
// signatures are not in it.
func (cs Calls) String() string {
	if len(cs) == 0 {
		return "no calls\n"
	}
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(columns[1:], "\t"))
	for _, c := range cs {
		fmt.Fprintln(table, strings.Join(c.row()[1:], "\t"))
	}
	table.Flush()
	return b.String()
}

// columns name what is in a line of the record.
var columns = []string{"account", "#", "time", "operation", "attempt", "subject", "signature", "fault", "committed", "status", "result"}

// CallHeader names the columns of Call.String.
func CallHeader() string { return strings.Join(columns, " ") }

// String is one line for the call, without client token, body or signature. What
// was refused has the reason in it. Control characters are escaped, so that no
// request can write lines of its own.
func (c Call) String() string {
	line := strings.Join(c.row(), " ")
	if c.Error != "" && c.Note != "" {
		line += ": " + printable(c.Note)
	}
	return line
}

func (c Call) row() []string {
	committed := "no"
	if c.Committed {
		committed = "yes"
	}
	attempt := "-"
	switch {
	case c.MaxAttempts > 0:
		attempt = fmt.Sprintf("%d/%d", c.Attempt, c.MaxAttempts)
	case c.Attempt > 0: // botocore does not say its maximum
		attempt = fmt.Sprint(c.Attempt)
	}
	status := "-"
	if c.Status > 0 {
		status = fmt.Sprint(c.Status)
	}
	signature, _, _ := strings.Cut(c.Signature, ":")
	row := []string{
		dash(c.AccessKeyID), fmt.Sprint(c.Seq), c.Time.Format("15:04:05.000"), dash(string(c.Operation)), attempt,
		dash(c.subject()), dash(signature), dash(c.Fault), committed, status, c.result(),
	}
	for i := range row {
		row[i] = printable(row[i])
	}
	return row
}

// printable escapes what is not to be seen as it is.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !strconv.IsPrint(r) || r == utf8.RuneError }) < 0 {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

func (c Call) subject() string {
	if first, others, several := strings.Cut(c.Identifier, ","); several {
		return fmt.Sprintf("%s and %d more", first, 1+strings.Count(others, ","))
	}
	return lastPart(c.Identifier)
}

func (c Call) result() string {
	switch {
	case c.Error != "":
		return c.Error
	case c.TaskID != "" && c.Making == Repeated:
		return c.TaskID + " repeated"
	case c.TaskID != "":
		return c.TaskID
	case !c.Finished:
		return "waiting"
	case c.Committed && c.Operation == ListEngagementInvitations:
		return fmt.Sprintf("%d invitations", c.Tasks)
	case c.Committed:
		return fmt.Sprintf("%d tasks", c.Tasks)
	}
	return "-"
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
