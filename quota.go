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
	// All Starts but that of prospecting, and everything else that changes
	// something, such as UpdateOpportunity. AWS names no group for
	// StartOpportunityFromEngagementTask; that it is a write is inferred.
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

// Quota paces calls to what the service allows an account. It has a pace and a
// budget for 24 hours for writes, the same for reads, and a pace each for
// CreateEngagement and the operations of prospecting. Set it as
// [Options].Quota. Clients that call for one account share it by having the
// same *Quota. Other clients of the service use it through [Quota.APIOption],
// any other caller through [Quota.Wait]. It counts every attempt, retries
// included, and lets attempts go in the order in which they ask, evenly spaced
// and without bursts.
//
// Others may call for the same account, so a Quota adapts. A
// [ThrottlingException] lowers its pace, and several lower it more. While none
// comes, the pace rises again, slowly at first and faster later. It is back at
// 90% of the configured pace 15 minutes after the last one, or after 900 calls
// if that takes longer.
//
// Processes that know nothing of each other thus settle at equal shares of the
// account's quota, after a warm-up in which most attempts are throttled. At 1
// call per second the warm-up takes 10 minutes with two processes, 20 with
// four and an hour with eight. After it two processes use 94% of the quota,
// four 92% and eight 85%, with 2 to 4% of their attempts throttled. A [Runner]
// outlasts the warm-up. A call by itself needs more attempts than the default,
// or it fails with the ThrottlingException. You can also give each process its
// part with [NewQuota]: that ends most throttling within a minute, but may
// leave up to 45% of the quota unused. These numbers come from simulations and
// are inferred for the service, since AWS does not document how it counts.
//
// A Quota is safe for concurrent use, starts no goroutines and needs no Close.
// It keeps the times of a day's attempts, at most 8 bytes for each. It knows
// only the attempts that were made through it. What another process has used,
// or this one before a restart, shows as throttling.
//
// The zero value is what NewQuota returns without options. A Quota must not be
// copied.
type Quota struct {
	once    sync.Once
	buckets map[QuotaGroup]*pace.Bucket
}

// NewQuota returns a new Quota. To share it, pass on the pointer. Set options
// if AWS has granted the account other quotas than the documented ones, or if
// this process is to use only a part of them.
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
// that no client with this Quota makes. Take a turn for each attempt, send the
// attempt, and pass its error to report, or nil. The Quota learns of
// throttling from the errors of any aws-sdk-go-v2 client, or from a
// *[ThrottlingException] that the program makes itself. Call report once, from
// any goroutine; later calls are ignored. An attempt that is never reported
// counts, too. report is never nil.
//
// The error is a *[QuotaExhaustedError], a *smithy.CanceledError if ctx ended,
// or a smithy.InvalidParamsError if the group is none of the constants. In
// each case no turn was taken.
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

// APIOption makes the calls of any aws-sdk-go-v2 client of this service wait
// for their turns, also those of the official client:
//
//	partnercentralselling.NewFromConfig(cfg, partnercentralselling.WithAPIOptions(quota.APIOption))
//
// You can also add it to aws.Config.APIOptions: calls of other services are
// left alone. Each attempt takes a turn in the group that AWS documents for
// its operation. Of the operations without a group, those whose names begin
// with Get or List are reads and all others are writes (inferred).
//
// A client has one Quota. Adding the same one again, or beside
// [Options].Quota, changes nothing. Adding another makes each call fail.
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
