package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/plain"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

const (
	// defaultTimeout is for what waits for tasks.
	defaultTimeout = period(time.Hour)
	// readTimeout is for what only reads: fifty pages take half a minute.
	readTimeout = period(5 * time.Minute)
	// callTimeout is for one attempt of a call, so that a service that never
	// answers is told from one that is slow, and the attempt is repeated.
	callTimeout = 30 * time.Second
)

// errTimeUp is why the context of a command ended.
var errTimeUp = errors.New("the time of --timeout is over")

// within bounds a command by its --timeout, from its first call to its last.
func (a *app) within(ctx context.Context, timeout period) (context.Context, context.CancelFunc) {
	a.timeout = timeout
	ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(timeout), errTimeUp)
	a.timeUp = func() bool { return errors.Is(context.Cause(ctx), errTimeUp) }
	return ctx, cancel
}

// late returns an error with why nothing came of it in time, if that is what it
// is about.
func (a *app) late(err error) error {
	if errors.Is(err, partnercentral.WaitTimedOut) || a.timeUp() && errors.Is(err, context.DeadlineExceeded) {
		return &plain.Late{Err: err, Why: a.trouble.String()}
	}
	return err
}

// period is a length of time that a person types.
type period time.Duration

func (p period) String() string {
	text := time.Duration(p).String()
	text = strings.TrimSuffix(text, "m0s")
	if text != time.Duration(p).String() {
		text += "m"
	}
	return strings.Replace(text, "h0m", "h", 1)
}

func (p *period) Type() string { return "time" }

func (p *period) Set(s string) error {
	d, err := parsePeriod(s)
	if err != nil || d <= 0 {
		return usage.Errorf("%q is not a length of time: type it as 90s, 10m, 2h or 1d", s)
	}
	*p = period(d)
	return nil
}

// parsePeriod reads a length of time, which may be in days.
func parsePeriod(s string) (time.Duration, error) {
	const day = 24 * time.Hour
	days, ok := strings.CutSuffix(s, "d")
	if !ok {
		return time.ParseDuration(s)
	}
	n, err := strconv.ParseUint(days, 10, 32)
	if err == nil && n > uint64(math.MaxInt64/day) {
		err = fmt.Errorf("%d days are too many", n)
	}
	return time.Duration(n) * day, err
}
