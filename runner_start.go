package partnercentral

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/cosell-dev/partnercentral-go/internal/fault"
	"github.com/cosell-dev/partnercentral-go/internal/stack"
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
	startTask(ctx context.Context, client any, token string) (Task, error)
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
// for startPatience. Each has the time that it took itself.
func (r *run) start(ctx context.Context, token string) (Task, *RunError) {
	begin := time.Now()
	sent := r.sent(token)
	sent.StartTime = begin.UTC()
	var log attemptLog
	var throttled, faulty time.Duration
	for round := 0; ; round++ {
		if ctx.Err() != nil {
			return Task{}, r.startError(sent, &log, ctx.Err())
		}
		got, err := r.send(ctx, token, &log)
		if err == nil {
			return got.filledFrom(r.sent(token)), nil
		}
		spent, patience, pause := &faulty, startPatience, backoff(startPauseMin, startPauseMax, round, r.runner.random())
		if fault.Of(err) == fault.Throttled {
			spent, patience = &throttled, r.options.MaxWait
			if r.runner.paced && log.seen {
				pause = 0
			}
		}
		*spent += time.Since(begin)
		if !startRetryable(err) || *spent+pause > patience {
			return Task{}, r.startError(sent, &log, err)
		}
		begin = time.Now()
		if cause := sleep(ctx, pause); cause != nil {
			return Task{}, r.startError(sent, &log, errors.Join(cause, err))
		}
		*spent += time.Since(begin)
		begin = time.Now()
	}
}

// send makes one call. A panic of the caller's client is an error.
func (r *run) send(ctx context.Context, token string, log *attemptLog) (task Task, err error) {
	log.seen = false
	defer func() {
		if p := recover(); p != nil {
			log.lost = true
			task, err = Task{}, fmt.Errorf("the client panicked: %v", p)
		}
	}()
	task, err = r.input.startTask(stack.WithAttempts(ctx, log.attempt), r.runner.client, token)
	if err != nil {
		log.end(err, r.runner.client)
	}
	return task, err
}

func (r *run) startError(sent Task, log *attemptLog, err error) *RunError {
	state := RunNotStarted
	if log.lost {
		state = RunMaybeStarted
	} else {
		sent.StartTime = time.Time{}
	}
	return r.fail(state, sent, err)
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
	// seen is set when the present call has sent an attempt.
	seen bool
}

// attempt takes the outcome of an attempt that was sent.
func (l *attemptLog) attempt(err error) {
	l.seen = true
	if err != nil && fault.MayHaveActed(err) {
		l.lost = true
	}
}

// end judges a call by its last error where its attempts cannot be seen.
func (l *attemptLog) end(err error, client any) {
	if _, own := client.(*Client); own || l.seen {
		return
	}
	var exhausted *QuotaExhaustedError
	if fault.MayHaveActed(err) && !errors.As(err, &exhausted) {
		l.lost = true
	}
}

// copyInput returns a deep copy of an input.
func copyInput(in StartTaskInput) StartTaskInput {
	if in == nil {
		return nil
	}
	return deepCopy(reflect.ValueOf(in)).Interface().(StartTaskInput)
}

func deepCopy(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(deepCopy(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(deepCopy(v.Index(i)))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(deepCopy(v.Field(i)))
			}
		}
	}
	return out
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

// sleep waits for d, or until the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
