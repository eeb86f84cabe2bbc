package partnercentraltest

import (
	"sync"
	"time"
)

// clock is the service's time: real time (or a synctest bubble's), moved by
// Advance and run at another speed by SetClockSpeed.
type clock struct {
	mu    sync.Mutex
	moved bool
	speed float64
	// real and shown are one moment on both clocks.
	real, shown time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at(time.Now())
}

// until is how long it takes in real time until the clock shows a time. It is
// false for a clock that stands still before it.
func (c *clock) until(shown time.Time) (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := shown.Sub(c.at(time.Now()))
	switch {
	case wait <= 0 || !c.moved:
		return max(wait, 0), true
	case c.speed == 0:
		return 0, false
	}
	// A little late rather than early, which would be for nothing.
	return time.Duration(min(float64(wait)/c.speed, 1e18)) + 1, true
}

func (c *clock) at(real time.Time) time.Time {
	if !c.moved {
		return real.UTC().Round(0)
	}
	return c.shown.Add(time.Duration(float64(real.Sub(c.real)) * c.speed))
}

func (c *clock) set(change func(speed float64, shown time.Time) (float64, time.Time)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	real := time.Now()
	speed := c.speed
	if !c.moved {
		speed = 1
	}
	c.speed, c.shown = change(speed, c.at(real))
	c.real, c.moved = real, true
}

// Advance moves the service's clock ahead by d: tasks grow older. Inside a
// synctest bubble there is no need for it, since time passes there by itself.
// Signatures and quotas go by real time. Events that have become due come a
// moment after Advance returns: see WithEvents. A negative d does nothing.
func (s *Service) Advance(d time.Duration) {
	defer s.events.rearm()
	s.clock.set(func(speed float64, shown time.Time) (float64, time.Time) { return speed, shown.Add(max(d, 0)) })
}

// SetClockSpeed makes the service's clock run that many times as fast as real
// time from now on: 1 is the beginning, 0 makes it stand still until Advance. A
// negative speed counts as 0.
func (s *Service) SetClockSpeed(factor float64) {
	defer s.events.rearm()
	s.clock.set(func(_ float64, shown time.Time) (float64, time.Time) { return max(factor, 0), shown })
}

// Now is the service's clock.
func (s *Service) Now() time.Time { return s.clock.now() }
