package partnercentral

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
)

// Defaults of QuotaOptions: the quotas that AWS documents for a partner account
// (Partner Central developer guide, "Quotas"). The documentation names the
// Starts among the writes, but for StartOpportunityFromEngagementTask, which it
// names nowhere and which is counted as a write here. It names the Lists of
// tasks in no group, and they are counted as reads.
const (
	DefaultWritesPerSecond = 1
	DefaultReadsPerSecond  = 10
	DefaultWritesPerDay    = 10_000
	DefaultReadsPerDay     = 100_000
)

// Defaults of QuotaOptions for prospecting, each of whose operations has a
// quota of its own by the same documentation, and none for a day. Of the Lists
// a translation of the page says 5 a second: a Quota finds out, as it lowers its
// pace when it is throttled.
const (
	DefaultProspectingStartsPerSecond = 2
	DefaultProspectingGetsPerSecond   = 100
	DefaultProspectingListsPerSecond  = 50
)

// quotaDay is the length of the rolling window of the daily budgets.
const quotaDay = 24 * time.Hour

// QuotaOptions configure a Quota.
type QuotaOptions struct {
	// The most Starts and Lists per second. Zero or less means the default, 1
	// and 10.
	WritesPerSecond, ReadsPerSecond float64

	// The most Starts and Lists in any 24 hours. Zero means the default, 10,000
	// and 100,000; less than zero means no budget. The window is rolling, as
	// AWS documents.
	WritesPerDay, ReadsPerDay int

	// The most calls of StartProspectingFromEngagementTask,
	// GetProspectingFromEngagementTask and ListProspectingFromEngagementTasks
	// per second, which are neither writes nor reads in the sense of the members
	// above. Zero or less means the default, 2, 100 and 50.
	ProspectingStartsPerSecond, ProspectingGetsPerSecond, ProspectingListsPerSecond float64
}

// Quota paces calls to what the service allows an account: one pace for writes
// (the Starts) and one for reads (the Lists), and a budget for 24 hours for
// each; the operations of prospecting have a pace each. Set it as [Options]
// Quota; several clients that call for one account share it by being given the
// same *Quota. It counts every attempt, retries included, in the order in which
// they ask, evenly spaced and without bursts.
//
// The account's quota is shared with everybody else who calls for it, so a
// Quota adapts: a [ThrottlingException] lowers its pace, by more the more of
// them there are, and as long as none comes it is raised again, slowly at first
// and faster later, up to the configured one. Processes that know nothing of
// each other settle at equal shares of the account's quota that way. Until then
// the service refuses most attempts: at 1 call a second for a minute with two
// processes, for a quarter of an hour with four and for longer with more. A
// [Runner] waits that out; a call by itself needs more attempts than the default,
// or fails with the ThrottlingException. With [NewQuota] each process can be
// given its part, which ends most refusals within a minute but may leave up to
// 45% of the account's quota unused. (Numbers found by simulation, inferred for
// the service, whose way of counting is not documented.)
//
// A Quota is safe for concurrent use, starts no goroutines and needs no Close.
// It keeps the times of the attempts of a day: at most 8 bytes for each one
// that the budgets allow. It knows of the attempts made through it alone: the
// budget of another process, or of this one before it was started again, shows
// as throttling.
//
// The zero value is a DefaultQuota. A Quota must not be copied.
type Quota struct {
	once    sync.Once
	buckets [quotaGroups]*quotaBucket
}

// DefaultQuota returns a new Quota with the quotas that AWS documents: 1 write
// and 10 reads a second, 10,000 writes and 100,000 reads in 24 hours, and for
// prospecting 2 Starts, 100 Gets and 50 Lists a second. Each call returns one of
// its own: to share a quota, pass on the pointer.
func DefaultQuota() *Quota { return NewQuota() }

// NewQuota returns a Quota with the given options, for an account that was
// granted other quotas than the documented ones, or a process that is to use a
// part of them.
func NewQuota(optFns ...func(*QuotaOptions)) *Quota {
	var o QuotaOptions
	for _, fn := range optFns {
		fn(&o)
	}
	return newQuota(o, rand.Float64)
}

func newQuota(o QuotaOptions, random func() float64) *Quota {
	q := new(Quota)
	q.once.Do(func() { q.init(o, random) })
	return q
}

func (q *Quota) init(o QuotaOptions, random func() float64) {
	q.buckets = [quotaGroups]*quotaBucket{
		writes:            newQuotaBucket("writes", perSecond(o.WritesPerSecond, DefaultWritesPerSecond), perDay(o.WritesPerDay, DefaultWritesPerDay), random),
		reads:             newQuotaBucket("reads", perSecond(o.ReadsPerSecond, DefaultReadsPerSecond), perDay(o.ReadsPerDay, DefaultReadsPerDay), random),
		prospectingStarts: newQuotaBucket("prospecting starts", perSecond(o.ProspectingStartsPerSecond, DefaultProspectingStartsPerSecond), 0, random),
		prospectingGets:   newQuotaBucket("prospecting gets", perSecond(o.ProspectingGetsPerSecond, DefaultProspectingGetsPerSecond), 0, random),
		prospectingLists:  newQuotaBucket("prospecting lists", perSecond(o.ProspectingListsPerSecond, DefaultProspectingListsPerSecond), 0, random),
	}
}

func perSecond(v, fallback float64) float64 {
	// Below one call in 24 hours the arithmetic of durations ends; NaN is none.
	if v >= 1/quotaDay.Seconds() {
		return min(v, 1e6)
	}
	return fallback
}

func perDay(v, fallback int) int {
	if v == 0 {
		return fallback
	}
	return max(v, 0)
}

// QuotaStats is a snapshot of a Quota.
type QuotaStats struct {
	Writes, Reads QuotaGroupStats

	// The operations of prospecting, one each.
	ProspectingStarts, ProspectingGets, ProspectingLists QuotaGroupStats
}

// QuotaGroupStats is a snapshot of one group of a Quota.
type QuotaGroupStats struct {
	// The configured pace and the present one, in calls per second. Rate is
	// lower than Limit after throttling.
	Limit, Rate float64

	// Attempts that were let through, and how many of them the service
	// throttled.
	Attempts, Throttled int64

	// Calls that wait now, and the time that all calls have waited so far, those
	// included that gave up and not those that still wait.
	Waiting int
	Waited  time.Duration

	// Attempts of the last 24 hours, and the budget for them; 0 is none.
	Day, DayLimit int
}

// Stats returns a snapshot of the quota.
func (q *Quota) Stats() QuotaStats {
	return QuotaStats{
		Writes:            q.bucket(writes).stats(),
		Reads:             q.bucket(reads).stats(),
		ProspectingStarts: q.bucket(prospectingStarts).stats(),
		ProspectingGets:   q.bucket(prospectingGets).stats(),
		ProspectingLists:  q.bucket(prospectingLists).stats(),
	}
}

func (q *Quota) bucket(g quotaGroup) *quotaBucket {
	q.once.Do(func() { q.init(QuotaOptions{}, rand.Float64) })
	return q.buckets[g]
}

// QuotaExhaustedError says that a [Quota] has used up its budget for 24 hours.
// Nothing was sent. It is not retried: come back at RetryAt.
type QuotaExhaustedError struct {
	// The group: "writes" or "reads". The others have no budget.
	Group string

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

// quotaMiddleware takes a turn of the quota for each attempt. It sits inside
// the retry loop, and before anything that grows old while it waits, such as a
// signature.
type quotaMiddleware struct{ bucket *quotaBucket }

func (*quotaMiddleware) ID() string { return "Quota" }

func (m *quotaMiddleware) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	turn, err := m.wait(ctx)
	if err != nil {
		return out, metadata, err
	}
	out, metadata, err = next.HandleFinalize(ctx, in)
	m.bucket.report(turn, err)
	return out, metadata, err
}

func (m *quotaMiddleware) wait(ctx context.Context) (quotaTurn, error) {
	ctx, span := tracing.StartSpan(ctx, "Quota")
	defer span.End()
	turn, waited, err := m.bucket.acquire(ctx)
	span.SetProperty("quota.group", m.bucket.group)
	span.SetProperty("quota.wait_seconds", waited.Seconds())
	if err != nil {
		span.SetProperty("error", true)
		span.SetStatus(tracing.SpanStatusError)
	}
	return turn, err
}
