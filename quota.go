package partnercentral

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cosell-dev/partnercentral-go/internal/fault"
	"github.com/cosell-dev/partnercentral-go/internal/pace"
	"github.com/cosell-dev/partnercentral-go/internal/validate"
)

// QuotaGroup is a group of operations that share a quota of the account.
type QuotaGroup string

// Enum values for QuotaGroup.
const (
	// All Starts but that of prospecting, and what else changes something, such as
	// UpdateOpportunity. AWS names no group for StartOpportunityFromEngagementTask;
	// that it is a write is inferred.
	QuotaGroupWrites QuotaGroup = "writes"
	// All Lists but that of prospecting, and Gets such as GetOpportunity. AWS names
	// no group for the Lists of tasks; that they are reads is inferred.
	QuotaGroupReads QuotaGroup = "reads"
	// StartProspectingFromEngagementTask.
	QuotaGroupProspectingStarts QuotaGroup = "prospecting starts"
	// GetProspectingFromEngagementTask.
	QuotaGroupProspectingGets QuotaGroup = "prospecting gets"
	// ListProspectingFromEngagementTasks.
	QuotaGroupProspectingLists QuotaGroup = "prospecting lists"
	// CreateEngagement, which other clients of the service call.
	QuotaGroupEngagementCreations QuotaGroup = "engagement creations"
)

// Values returns the values of QuotaGroup. The slice is the caller's.
func (QuotaGroup) Values() []QuotaGroup {
	return []QuotaGroup{QuotaGroupWrites, QuotaGroupReads, QuotaGroupProspectingStarts, QuotaGroupProspectingGets, QuotaGroupProspectingLists, QuotaGroupEngagementCreations}
}

// The quotas of prospecting that AWS documents.
const (
	prospectingListsPerSecond = 50
	prospectingGetsPerSecond  = 100
)

// QuotaOptions configure a [Quota]. In every member zero means the default, and
// a negative value no limit. The defaults are the quotas that AWS documents for
// a partner account (Partner Central developer guide, "Quotas").
type QuotaOptions struct {
	// The maximum number of writes and of reads per second. Default 1 and 10.
	WritesPerSecond, ReadsPerSecond float64

	// The maximum number of writes and of reads in any 24 hours. Default 10,000
	// and 100,000. The window is rolling, as AWS documents.
	WritesPerDay, ReadsPerDay int

	// The maximum number of calls of StartProspectingFromEngagementTask,
	// GetProspectingFromEngagementTask and ListProspectingFromEngagementTasks
	// per second. They are neither writes nor reads. Default 2, 100 and 50. No
	// quota for a day is documented. Of the Lists a translation of the page says 5
	// per second; if that is so, the Quota lowers its pace when it is throttled.
	ProspectingStartsPerSecond, ProspectingGetsPerSecond, ProspectingListsPerSecond float64

	// The maximum number of calls of CreateEngagement per second. Default 15. No
	// quota for a day is documented.
	EngagementCreationsPerSecond float64
}

// Quota paces calls to what the service allows an account: one pace for writes
// and one for reads, and a budget for 24 hours for each; the operations of
// prospecting and CreateEngagement have a pace each. Set it as [Options].Quota;
// several clients that call for one account share it by being given the same
// *Quota. It serves everything else that calls for the account too: other clients
// of the service by [Quota.APIOption], anything by [Quota.Wait]. It counts every
// attempt, retries included, in the order in which they ask, evenly spaced and
// without bursts.
//
// The account's quota is shared with everybody else who calls for it, so a
// Quota adapts: a [ThrottlingException] lowers its pace, by more the more of
// them there are, and as long as none comes it is raised again, slowly at first
// and faster later. A quarter of an hour after the last one, or 900 calls at the
// configured pace if that takes longer, 90% of that pace are in use again.
// Processes that know nothing of each other settle at equal shares of the
// account's quota that way, after a warm-up during which most attempts are
// throttled: at 1 call per second 10 minutes with two processes, 20 with four and
// an hour with eight. After it two use 94% of the quota, four 92% and eight 85%, with 2
// to 4% of their attempts throttled. A [Runner] waits the warm-up out; a call by
// itself needs more attempts than the default, or fails with the
// ThrottlingException. With [NewQuota] each process can be given its part, which
// ends most refusals within a minute but may leave up to 45% of the account's
// quota unused. (Numbers found by simulation, inferred for the service, whose way
// of counting is not documented.)
//
// A Quota is safe for concurrent use, starts no goroutines and needs no Close.
// It keeps the times of the attempts of a day: at most 8 bytes for each one
// that the budgets allow. It knows of the attempts made through it alone: the
// budget of another process, or of this one before it was started again, shows
// as throttling.
//
// The zero value is what NewQuota returns without options. A Quota must not be
// copied.
type Quota struct {
	once    sync.Once
	buckets map[QuotaGroup]*pace.Bucket
}

// NewQuota returns a Quota. Each call returns one of its own: to share a quota,
// pass on the pointer. Options are for an account that was granted other quotas
// than the documented ones, or for a process that is to use a part of them.
func NewQuota(optFns ...func(*QuotaOptions)) *Quota {
	var o QuotaOptions
	for _, fn := range optFns {
		if fn != nil {
			fn(&o)
		}
	}
	return newQuota(o, rand.Float64)
}

func newQuota(o QuotaOptions, random func() float64) *Quota {
	q := new(Quota)
	q.once.Do(func() { q.init(o, random) })
	return q
}

func (q *Quota) init(o QuotaOptions, random func() float64) {
	bucket := func(perSecond, usual float64, perDay, usualDay int) *pace.Bucket {
		if perSecond == 0 || perSecond != perSecond {
			perSecond = usual
		}
		if perDay == 0 {
			perDay = usualDay
		}
		return pace.New(pace.Options{PerSecond: perSecond, PerDay: perDay, Random: random})
	}
	q.buckets = map[QuotaGroup]*pace.Bucket{
		QuotaGroupWrites:              bucket(o.WritesPerSecond, 1, o.WritesPerDay, 10_000),
		QuotaGroupReads:               bucket(o.ReadsPerSecond, 10, o.ReadsPerDay, 100_000),
		QuotaGroupProspectingStarts:   bucket(o.ProspectingStartsPerSecond, 2, 0, -1),
		QuotaGroupProspectingGets:     bucket(o.ProspectingGetsPerSecond, prospectingGetsPerSecond, 0, -1),
		QuotaGroupProspectingLists:    bucket(o.ProspectingListsPerSecond, prospectingListsPerSecond, 0, -1),
		QuotaGroupEngagementCreations: bucket(o.EngagementCreationsPerSecond, 15, 0, -1),
	}
}

// bucket returns the bucket of a group, nil for a nil Quota.
func (q *Quota) bucket(group QuotaGroup) (*pace.Bucket, error) {
	if !slices.Contains(group.Values(), group) {
		p := validate.Of("Quota")
		p.Wrong("QuotaGroup", fmt.Sprintf("is %.50q, which is none of %q", string(group), group.Values()))
		return nil, p.Err()
	}
	if q == nil {
		return nil, nil
	}
	q.once.Do(func() { q.init(QuotaOptions{}, rand.Float64) })
	return q.buckets[group], nil
}

// QuotaStats is a snapshot of one group of a [Quota].
type QuotaStats struct {
	// The configured and the current pace, in calls per second. Rate is lower than
	// Limit after throttling. -1 for no limit.
	Limit, Rate float64

	// Attempts that got their turn, and how many of them the service throttled.
	Attempts, Throttled int64

	// Calls that wait now, and the total time of waiting. Waited includes cancelled
	// calls and excludes calls still waiting.
	Waiting int
	Waited  time.Duration

	// Attempts of the last 24 hours, and the limit for them, -1 for no limit.
	// Without a limit Day stays 0.
	Day, DayLimit int
}

// Stats returns a snapshot of a group. It is empty for a group that is not one
// of the constants, and for a nil Quota.
func (q *Quota) Stats(group QuotaGroup) QuotaStats {
	bucket, _ := q.bucket(group)
	if bucket == nil {
		return QuotaStats{}
	}
	return QuotaStats(bucket.Stats())
}

// QuotaExhaustedError says that a [Quota] has used up its budget for 24 hours.
// Nothing was sent. It is not retried: come back at RetryAt.
type QuotaExhaustedError struct {
	// QuotaGroupWrites or QuotaGroupReads. The others have no budget.
	Group QuotaGroup

	// The budget, and the length of its rolling window.
	Limit  int
	Window time.Duration

	// When the oldest attempt leaves the window, and the next is allowed.
	RetryAt time.Time
}

func (e *QuotaExhaustedError) Error() string {
	return fmt.Sprintf("nothing was sent: all %d %s of the last %.0f hours are used up, the next is free at %s",
		e.Limit, e.Group, e.Window.Hours(), e.RetryAt.UTC().Format(time.RFC3339))
}

// RetryableError keeps the client from trying again at once.
func (e *QuotaExhaustedError) RetryableError() bool { return false }

// Wait waits for a turn in a group, first come, first served. It is for calls
// that are not made by a client with this Quota in its options: take a turn for
// each attempt, send it, and hand its error to report, nil for an answer that was
// no error. The Quota learns of throttling that way, by the errors of any
// aws-sdk-go-v2 client, or by a *[ThrottlingException] that the program makes
// itself. Report once, from any goroutine; what is reported later is ignored. An
// attempt that is never reported counts all the same. report is never nil.
//
// The error is a *[QuotaExhaustedError], a *smithy.CanceledError if ctx ended, or
// a smithy.InvalidParamsError if the group is none of the constants. Nothing was
// taken then.
//
// A nil Quota has no limits.
func (q *Quota) Wait(ctx context.Context, group QuotaGroup) (report func(err error), err error) {
	bucket, err := q.bucket(group)
	if err == nil && ctx == nil {
		err = errNilContext
	}
	if err != nil || bucket == nil {
		return func(error) {}, err
	}
	ctx, span := tracing.StartSpan(ctx, "Quota")
	defer span.End()
	turn, waited, err := bucket.Wait(ctx)
	span.SetProperty("quota.group", string(group))
	span.SetProperty("quota.wait_seconds", waited.Seconds())
	if err != nil {
		span.SetProperty("error", true)
		span.SetStatus(tracing.SpanStatusError)
		return func(error) {}, waitError(group, err)
	}
	var once sync.Once
	return func(err error) {
		once.Do(func() {
			if fault.Answered(err) {
				bucket.Report(turn, fault.Of(err) == fault.Throttled)
			}
		})
	}, nil
}

func waitError(group QuotaGroup, err error) error {
	var exhausted *pace.ExhaustedError
	if errors.As(err, &exhausted) {
		return &QuotaExhaustedError{Group: group, Limit: exhausted.Limit, Window: pace.Day, RetryAt: exhausted.RetryAt}
	}
	return &smithy.CanceledError{Err: fmt.Errorf("waiting for the quota of %s: %w", group, err)}
}

// APIOption makes the calls of any aws-sdk-go-v2 client of this service wait for
// their turns, those of the official client too:
//
//	partnercentralselling.NewFromConfig(cfg, partnercentralselling.WithAPIOptions(quota.APIOption))
//
// Or put it in aws.Config.APIOptions, for all clients: those of other services are
// not concerned, as the service's id tells. Each attempt takes a turn, in the group
// that AWS documents for its operation. Of the operations that are in none, those
// whose names begin with Get or List are reads and all others are writes
// (inferred).
//
// A client has one Quota: to install it again, or beside [Options].Quota, changes
// nothing, and to install another is an error of the call.
func (q *Quota) APIOption(stack *middleware.Stack) error {
	if q == nil {
		return nil
	}
	m := &quotaMiddleware{quota: q}
	if there, ok := stack.Finalize.Get(m.ID()); ok {
		if other, ok := there.(*quotaMiddleware); ok && other.quota == q {
			return nil
		}
		return errors.New("the client has another Quota: give it one only")
	}
	const retryLoop = "Retry"
	if _, ok := stack.Finalize.Get(retryLoop); !ok {
		return stack.Finalize.Add(m, middleware.Before)
	}
	return stack.Finalize.Insert(m, retryLoop, middleware.After)
}

// queueKey is the context key of what a poll is told when it begins to wait for a
// turn; what that returns is called when it has waited.
type queueKey struct{}

func withQueue(ctx context.Context, queue func() (turn func())) context.Context {
	return context.WithValue(ctx, queueKey{}, queue)
}

// queuing says that the call of a context begins to wait for its turn.
func queuing(ctx context.Context) (turn func()) {
	if queue, ok := ctx.Value(queueKey{}).(func() func()); ok {
		return queue()
	}
	return func() {}
}

// calledOperation returns the operation of this service that a request calls, and
// nothing for one of another service.
func calledOperation(ctx context.Context, request any) string {
	switch awsmiddleware.GetServiceID(ctx) {
	case ServiceID:
		return awsmiddleware.GetOperationName(ctx)
	case "":
		// A middleware has put a context of its own in the place of the call's.
		if req, ok := request.(*smithyhttp.Request); ok {
			if operation, ok := strings.CutPrefix(req.Header.Get("X-Amz-Target"), targetPrefix+"."); ok {
				return operation
			}
		}
	}
	return ""
}

// groupOf returns the group of an operation of the service.
func groupOf(operation string) QuotaGroup {
	switch operation {
	case "CreateEngagement":
		return QuotaGroupEngagementCreations
	case startProspectingFromEngagementTask.Name():
		return QuotaGroupProspectingStarts
	case getProspectingFromEngagementTask.Name():
		return QuotaGroupProspectingGets
	case listProspectingFromEngagementTasks.Name():
		return QuotaGroupProspectingLists
	}
	if strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "List") {
		return QuotaGroupReads
	}
	return QuotaGroupWrites
}

// quotaMiddleware takes a turn of the quota for each attempt. It sits inside
// the retry loop, and before anything that grows old while it waits, such as a
// signature.
type quotaMiddleware struct {
	quota *Quota
	// Empty for the group of whatever operation is called.
	group QuotaGroup
}

func (*quotaMiddleware) ID() string { return "Quota" }

func (m *quotaMiddleware) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	group := m.group
	if group == "" {
		operation := calledOperation(ctx, in.Request)
		if operation == "" {
			return next.HandleFinalize(ctx, in)
		}
		group = groupOf(operation)
	}
	turn := queuing(ctx)
	report, err := m.quota.Wait(ctx, group)
	turn()
	if err != nil {
		return out, metadata, err
	}
	out, metadata, err = next.HandleFinalize(ctx, in)
	report(err)
	return out, metadata, err
}
