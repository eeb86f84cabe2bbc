package partnercentral

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/google/uuid"

	"github.com/cosell-dev/partnercentral-go/internal/fault"
	"github.com/cosell-dev/partnercentral-go/internal/lookup"
	"github.com/cosell-dev/partnercentral-go/internal/stack"
)

// StartTaskInput is the input of an operation that starts a task. The pointers
// to all Start inputs of this package implement it:
// *[StartEngagementByAcceptingInvitationTaskInput],
// *[StartEngagementFromOpportunityTaskInput],
// *[StartOpportunityFromEngagementTaskInput] and
// *[StartProspectingFromEngagementTaskInput]. It cannot be implemented outside
// of this package. A struct that embeds one of them is one too, so that a program
// can keep something of its own with it.
type StartTaskInput interface {
	// Task returns the task of the Start before its answer is known, with
	// kind, catalog, token and the object.
	Task() Task

	// startTask sends a copy of the input with the token and returns the answer.
	startTask(ctx context.Context, client any, token string) (Task, error)

	// checkTask returns what is wrong with the input with the token.
	checkTask(token string) error

	// ownInput returns the input of this package, without what embeds it.
	ownInput() StartTaskInput
}

const (
	// startPatience is how long a Start is repeated whose attempts found no
	// healthy service: long enough for a connection that comes back, short
	// enough to tell of a wrong address.
	startPatience = time.Minute
	// startTakes is how long the service may work on a Start before it answers.
	startTakes = 30 * time.Second
	// The pauses between the rounds of attempts.
	startPauseMin = 2 * time.Second
	startPauseMax = 30 * time.Second

	// findPolls is how often a task is looked for by its object, since a List lags
	// behind, and findPause the time between.
	findPolls = 3
	findPause = 5 * time.Second
)

// starting is one Start on its way.
type starting struct {
	*run
	sent  Task // what the Start is about
	token string
	log   attemptLog

	// The place among the Starts that need a look-up, nil without one, and whether
	// the Start has been let on there.
	place   *lookup.Place[Task]
	entered bool

	// Each trouble has a patience of its own, and its own time counts.
	throttled, faulty, conflicting, missing trouble
}

// trouble is a cause for which a Start is repeated.
type trouble struct {
	patience time.Duration
	// last is set if the last repeat is made when patience ends.
	last  bool
	spent time.Duration
	times int
}

// start sends the Start until it is answered, always with the same token: the
// client's own attempts first, then rounds of them.
func (r *run) start(ctx context.Context, token string) (task Task, err *RunError) {
	s := &starting{
		run: r, sent: r.sent(token), token: token,
		log:         attemptLog{client: r.runner.client},
		throttled:   trouble{patience: r.options.MaxWait},
		faulty:      trouble{patience: startPatience},
		conflicting: trouble{patience: startTakes, last: true},
		missing:     trouble{patience: r.options.StartNotFoundGrace, last: true},
	}
	returned := false
	defer func() {
		if !returned {
			r.exit = s.failed(errExited)
		}
		s.leave(task, returned && err == nil)
		r.ahead = s.log.ahead
	}()
	task, err = s.untilAnswered(ctx)
	returned = true
	return task, err
}

// untilAnswered repeats a Start.
func (s *starting) untilAnswered(ctx context.Context) (Task, *RunError) {
	for {
		if ctx.Err() != nil {
			return Task{}, s.failed(ctx.Err())
		}
		begin := time.Now()
		got, err := s.send(ctx)
		if err == nil && got.Adopted {
			return got, nil
		}
		if err == nil {
			return got.filledFrom(s.sent), nil
		}
		if errors.Is(err, errNoTaskID) {
			if task, ok := s.find(ctx); ok {
				return task, nil
			}
		}
		if wait, ok := s.untilQuota(err); ok {
			if cause := sleep(ctx, wait); cause != nil {
				return Task{}, s.failed(errors.Join(cause, err))
			}
			continue
		}
		t := s.troubleOf(err)
		if t == nil {
			return Task{}, s.failed(err)
		}
		// A Quota knows itself when a throttled attempt may be repeated.
		queues := t == &s.throttled && s.log.seen && s.runner.paces(s.sent.Kind)
		pause, ok := t.pause(s.took(t, begin), s.runner.random(), queues)
		if !ok {
			return s.giveUp(ctx, t, err)
		}
		if cause := sleep(ctx, pause); cause != nil {
			return Task{}, s.failed(errors.Join(cause, err))
		}
	}
}

// troubleOf returns the trouble that an error is, nil for one that repeating
// does not cure.
func (s *starting) troubleOf(err error) *trouble {
	var look *lookup.Error
	if errors.As(err, &look) {
		return s.troubleOfLookup(look)
	}
	switch fault.Of(err) {
	case fault.Throttled:
		return &s.throttled
	case fault.RefusesObject:
		return &s.missing
	}
	var conflict *ConflictException
	if s.log.lost && errors.As(err, &conflict) {
		// The service may still work on the attempt before.
		return &s.conflicting
	}
	if startRetryable(err) {
		return &s.faulty
	}
	return nil
}

// troubleOfLookup is the same for a Start that could not go out as nobody knows
// what there is of its object.
func (s *starting) troubleOfLookup(err *lookup.Error) *trouble {
	switch {
	case fault.Of(err.Err) == fault.Throttled:
		return &s.throttled
	case startRetryable(err.Err), errors.Is(err.Err, context.DeadlineExceeded):
		return &s.faulty
	}
	return nil
}

// took returns how much of the time of a call counts for a trouble. A call that
// waits for its turn in a Quota meets no fault meanwhile.
func (s *starting) took(t *trouble, begin time.Time) time.Duration {
	if t == &s.throttled || s.runner.quota == nil {
		return time.Since(begin)
	}
	return s.log.took
}

// paces reports whether the client's Quota has a pace for Starts of the kind.
func (r *Runner) paces(kind TaskKind) bool {
	return r.quota != nil && r.quota.Stats(familyOf(kind).startGroup()).Limit > 0
}

// pause counts a call that met the trouble, and returns how long to pause before
// the next. It reports whether there is to be one.
func (t *trouble) pause(took time.Duration, random float64, queues bool) (time.Duration, bool) {
	t.spent += took
	pause := backoff(startPauseMin, startPauseMax, t.times, random)
	if queues {
		pause = 0
	}
	t.times++
	left := t.patience - t.spent
	if t.last && left > 0 {
		pause = min(pause, left)
	}
	t.spent += pause
	return pause, t.spent <= t.patience && t.patience > 0
}

// untilQuota returns how long to wait for the Quota's budget of the day, if that
// was asked for and is what the Start lacks.
func (r *run) untilQuota(err error) (time.Duration, bool) {
	var exhausted *QuotaExhaustedError
	if !r.waitForQuota || !errors.As(err, &exhausted) {
		return 0, false
	}
	return max(time.Until(exhausted.RetryAt), time.Second), true
}

// giveUp ends the repeating of a Start. One that conflicts with its own first
// attempt has a task.
func (s *starting) giveUp(ctx context.Context, t *trouble, err error) (Task, *RunError) {
	if t == &s.conflicting {
		if task, ok := s.find(ctx); ok {
			return task, nil
		}
	}
	if cause := ctx.Err(); cause != nil {
		err = errors.Join(cause, err)
	}
	return Task{}, s.failed(err)
}

// find looks by its object for the task of a Start that may have been received.
func (s *starting) find(ctx context.Context) (Task, bool) {
	for n := range findPolls {
		if n > 0 && sleep(ctx, findPause) != nil {
			break
		}
		task, err := s.options.Waiter.Refresh(ctx, s.lost())
		if err == nil || task.Done() {
			return task.filledFrom(s.sent), true
		}
		if !errors.Is(err, WaitNotFound) && !errors.Is(err, WaitPollFailed) {
			break
		}
	}
	return Task{}, false
}

// send makes one call, or adopts a task instead.
func (s *starting) send(ctx context.Context) (Task, error) {
	for {
		s.log.begin()
		if task, adopted, err := s.enter(ctx); adopted || err != nil {
			return task, err
		}
		task, err := s.call(ctx)
		if !errors.Is(err, lookup.ErrHindered) {
			return task, err
		}
	}
}

// call makes one call. A panic of the caller's client is an error.
func (s *starting) call(ctx context.Context) (task Task, err error) {
	_, own := s.runner.client.(*Client)
	returned := false
	defer func() {
		p := recover()
		if !returned && (!own || s.log.handed) {
			s.log.lose(time.Since(s.log.turn))
		}
		if p != nil {
			task, err = Task{}, fmt.Errorf("the client panicked: %v", p)
		}
		if err != nil && !s.log.lost {
			s.leave(Task{}, false)
		}
	}()
	if !own {
		// It may not tell when the turn has come.
		if err := s.Begin(ctx); err != nil {
			returned = true
			return Task{}, err
		}
	}
	task, err = s.input.startTask(stack.WithFollower(ctx, s), s.runner.client, s.token)
	returned = true
	if err != nil {
		s.log.end(err)
	}
	return task, err
}

// lost is what is known of a task whose Start may have been received.
func (s *starting) lost() Task {
	task := s.sent
	task.StartTime = s.log.since.UTC()
	return task
}

func (s *starting) failed(err error) *RunError {
	if s.log.lost {
		return s.fail(RunMaybeStarted, s.lost(), err)
	}
	return s.fail(RunNotStarted, s.sent, err)
}

func startRetryable(err error) bool {
	return retry.IsErrorRetryables(retryables()).IsErrorRetryable(err) == aws.TrueTernary
}

// attemptLog knows whether an attempt of a Start may have taken effect without
// the caller being told. The last error of a call is not enough: a lost answer
// may be followed by an attempt that is throttled.
type attemptLog struct {
	client any

	// lost is set once an attempt was sent whose outcome is not known, and since
	// is when the first of these was sent.
	lost  bool
	since time.Time

	// Of the present call: whether it has sent an attempt, whether the HTTP client
	// has one now, when the last one had its turn, and the time that its attempts
	// took.
	seen, handed bool
	turn         time.Time
	took         time.Duration

	// ahead is by how much the service's clock is ahead of ours.
	ahead time.Duration
}

// begin notes that a call begins.
func (l *attemptLog) begin() {
	l.seen, l.handed, l.turn, l.took = false, false, time.Now(), 0
}

// attempt takes the outcome of an attempt that was sent.
func (l *attemptLog) attempt(a stack.Attempt) {
	l.seen, l.handed = true, false
	l.ahead = a.Ahead
	l.took += a.Took
	if a.Err != nil && !a.Unsent && fault.MayHaveActed(a.Err) {
		l.lose(a.Took)
	}
}

// lose notes that the service may have acted on what was sent so long ago.
func (l *attemptLog) lose(ago time.Duration) {
	if !l.lost {
		l.lost, l.since = true, time.Now().Add(-ago)
	}
}

// end judges a call by its last error where its attempts cannot be seen.
func (l *attemptLog) end(err error) {
	if l.seen {
		return
	}
	l.took = time.Since(l.turn)
	var exhausted *QuotaExhaustedError
	var look *lookup.Error
	if errors.Is(err, lookup.ErrHindered) || errors.As(err, &look) {
		return
	}
	if _, own := l.client.(*Client); !own && fault.MayHaveActed(err) && !errors.As(err, &exhausted) {
		l.lose(l.took)
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

// The two namespaces are themselves UUIDv5 of a URL of this project, so that
// they can be computed anywhere and belong to nobody else.
const (
	// UUIDv5(NameSpaceURL, "https://github.com/cosell-dev/partnercentral-go#ClientTokenFor")
	clientTokenNamespace = "8fa5155c-0fda-52aa-8c11-24ada141daf7"
	// UUIDv5(NameSpaceURL, "https://github.com/cosell-dev/partnercentral-go#NextClientToken")
	nextClientTokenNamespace = "3b644ab3-267f-50a1-a687-b3103ac04e45"
)

// ClientTokenFor returns the ClientToken that belongs to key: the same key
// gives the same token in every process, on every machine and in every version
// of this package. Repeat a Start with it, after a crash or in another
// replica, and you get the first task instead of a second one.
//
// A key names one intended task, not just its object. Put into it what is to
// be done and in which catalog, such as "AWS/accept-invitation/engi-…". A
// token that was used with other parameters is refused with a
// [ConflictException]; what happens to one that was used for another operation
// is not documented. To try again after the task has failed, you need a new
// token: see [NextClientToken], or put the number of the attempt into the key.
//
// The token is the UUIDv5 (RFC 9562: SHA-1 of namespace and name) of the bytes
// of key in the namespace 8fa5155c-0fda-52aa-8c11-24ada141daf7, in lower case:
// 36 characters, which satisfies both the older rule of the service (1 to 64
// printable ASCII characters without blanks) and the newer one (1 to 255
// characters). In Python:
//
//	import uuid
//
//	KEYS = uuid.UUID("8fa5155c-0fda-52aa-8c11-24ada141daf7")
//	NEXT = uuid.UUID("3b644ab3-267f-50a1-a687-b3103ac04e45")
//
//	def client_token_for(key):
//	    return str(uuid.uuid5(KEYS, key))
//
//	def next_client_token(token):
//	    return str(uuid.uuid5(NEXT, token))
//
// Test vectors:
//
//	"crm/invitation/4711"      a48841cf-f69d-5cf8-abee-01fc07c7a4be
//	"crm/opportunity/O1234567" 7706911b-d55a-50bc-8cbd-cd9661ce4797
//	"Angebot Köln 🚀" (UTF-8)  d28e1c3f-8f80-5504-bc2d-b23ea11f8124
//	""                         eb9606a4-ee54-5df7-87b3-45557ae53f7c
//
// An empty key has a fixed token, so forgetting the key causes a
// ConflictException for the second object and not a duplicate.
//
// A key is hashed, not hidden: whoever can guess it can compute the token. Safe
// for concurrent use.
func ClientTokenFor(key string) string {
	return uuid.NewSHA1(uuid.MustParse(clientTokenNamespace), []byte(key)).String()
}

// NextClientToken returns the token for a new task in place of the one that
// had token and failed. It depends on token alone. So the whole chain of
// tokens follows from the first, and nothing has to be stored: after a crash,
// [Runner] walks the chain again and finds each task.
//
// The token is the UUIDv5 of the bytes of token (as they are: upper and lower
// case differ) in the namespace 3b644ab3-267f-50a1-a687-b3103ac04e45; see
// [ClientTokenFor] for its form and for Python. token may be any string.
//
// Test vectors:
//
//	a48841cf-f69d-5cf8-abee-01fc07c7a4be  d6d2b7d0-d68b-5b14-b123-278f42bb6dcd
//	d6d2b7d0-d68b-5b14-b123-278f42bb6dcd  3d8eef9a-e07a-504f-9839-19e44ddcb99c
//	test-123456                           7f39c26f-6241-54a7-b12e-7ee79cee687e
//
// Safe for concurrent use.
func NextClientToken(token string) string {
	return uuid.NewSHA1(uuid.MustParse(nextClientTokenNamespace), []byte(token)).String()
}
