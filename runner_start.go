package partnercentral

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/internal/fault"
)

// StartTaskInput is the input of an operation that starts a task. The pointers
// to all Start inputs of this package implement it:
// *[StartEngagementByAcceptingInvitationTaskInput],
// *[StartEngagementFromOpportunityTaskInput],
// *[StartOpportunityFromEngagementTaskInput] and
// *[StartProspectingFromEngagementTaskInput]. It cannot be implemented outside
// of this package.
type StartTaskInput interface {
	// Task returns the task that the Start is about before its answer is known:
	// kind, catalog, token and the object.
	Task() Task

	// startTask sends a copy of the input with the token and returns the answer.
	startTask(ctx context.Context, client any, token string, optFns ...func(*Options)) (Task, error)
}

const (
	// startPatience is how long a Start is repeated whose attempts found no
	// healthy service: long enough for a connection that comes back, short
	// enough to tell of a wrong address.
	startPatience = time.Minute
	// The pauses between the rounds of attempts.
	startPauseMin = 2 * time.Second
	startPauseMax = 30 * time.Second
)

// start sends the Start until it is answered, always with the same token: the
// client's own attempts first, then rounds of them. Throttling goes on for
// MaxWait, since it says that the turn will come; everything else that may pass
// for startPatience.
func (r *run) start(ctx context.Context, token string) (Task, error) {
	begin := time.Now()
	sent := r.sent(token)
	sent.StartTime = begin.UTC()
	var log attemptLog
	for round := 0; ; round++ {
		if ctx.Err() != nil {
			return Task{}, r.startError(sent, &log, ctx.Err())
		}
		got, err := r.input.startTask(ctx, r.runner.client, token, log.option)
		if err == nil {
			return got.filledFrom(r.sent(token)), nil
		}
		log.end(err, r.runner.client)
		patience, pause := startPatience, backoff(startPauseMin, startPauseMax, round, r.runner.random())
		if fault.Of(err) == fault.Throttled {
			patience = r.options.MaxWait
			if log.paced {
				pause = 0
			}
		}
		if !startRetryable(err) || time.Since(begin)+pause > patience {
			return Task{}, r.startError(sent, &log, err)
		}
		if cause := sleep(ctx, pause); cause != nil {
			return Task{}, r.startError(sent, &log, errors.Join(cause, err))
		}
	}
}

func (r *run) startError(sent Task, log *attemptLog, err error) *RunError {
	state := RunStateNotStarted
	if log.lost {
		state = RunStateMaybeStarted
	} else {
		sent.StartTime = time.Time{}
	}
	return &RunError{State: state, Task: sent, Restarts: r.restarts, Err: err}
}

func startRetryable(err error) bool {
	return retry.IsErrorRetryables(retryables()).IsErrorRetryable(err) == aws.TrueTernary
}

// attemptLog knows whether an attempt of a Start may have taken effect without
// the caller being told. The last error of a call is not enough: a lost answer
// may be followed by an attempt that is throttled.
type attemptLog struct {
	// lost is set once an attempt was sent whose outcome is not known.
	lost bool
	// attached is set when the client's calls go through the log.
	attached bool
	// paced is set when the client has a Quota.
	paced bool
}

// option makes the attempts of one call known to the log. A client that is no
// [Client] ignores it.
func (l *attemptLog) option(o *Options) {
	if o.Quota != nil && o.Retryer != nil {
		// The Quota knows when the next attempt may leave: a throttled Start
		// queues up for it at once, and not after a pause of its own.
		l.paced = true
		o.Retryer = throttledAtOnce{o.Retryer}
	}
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		l.attached = true
		return s.Finalize.Add(l, middleware.After)
	})
}

func (*attemptLog) ID() string { return "RunnerAttempts" }

// HandleFinalize sees each attempt when it is signed and about to be sent.
func (l *attemptLog) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	out, metadata, err = next.HandleFinalize(ctx, in)
	if err != nil && fault.MayHaveActed(err) {
		l.lost = true
	}
	return out, metadata, err
}

// end judges a call by its last error where its attempts were not seen.
func (l *attemptLog) end(err error, client any) {
	if _, own := client.(*Client); own || l.attached {
		return
	}
	var exhausted *QuotaExhaustedError
	if fault.MayHaveActed(err) && !errors.As(err, &exhausted) {
		l.lost = true
	}
}

// backoff returns the pause before attempt n+2: doubled each time, up to half
// of it by a random number from 0 to 1.
func backoff(first, limit time.Duration, n int, random float64) time.Duration {
	d := limit
	if n < 16 {
		d = min(limit, first<<n)
	}
	return d/2 + time.Duration(random*float64(d/2))
}

// throttledAtOnce is a retryer that leaves throttling to its caller.
type throttledAtOnce struct{ aws.Retryer }

func (r throttledAtOnce) IsErrorRetryable(err error) bool {
	return fault.Of(err) != fault.Throttled && r.Retryer.IsErrorRetryable(err)
}

func (r throttledAtOnce) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := r.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return r.GetInitialToken(), nil
}
