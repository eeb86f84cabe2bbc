package partnercentraltest

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// noTest stands in for the test of a service without one.
type noTest struct{}

func (noTest) Helper() {}

// test returns what marks the functions that a test called through.
func (s *Service) test() interface{ Helper() } {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tb == nil {
		return noTest{}
	}
	return s.tb
}

// refuse ends the test for mistakes in a declaration, at the line of the caller,
// or keeps them where there is no test. It reports whether there were any.
func (s *Service) refuse(found mistakes) bool {
	err := found.err()
	if err == nil {
		return false
	}
	s.mu.Lock()
	tb := s.tb
	if tb == nil {
		s.mistaken = errors.Join(s.mistaken, err)
	}
	s.mu.Unlock()
	if tb != nil {
		tb.Helper()
		tb.Fatalf("%v", err)
	}
	return true
}

// Err returns the mistakes in what was declared to a service of NewService, all
// of them: options, scripts, faults and answers in Go. Every call fails with
// them. It is nil where there are none, and for a service with a test, which a
// mistake ends.
func (s *Service) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mistaken
}

// unusable is why a call can not be answered at all: the service is closed, was
// declared wrongly, or belongs to another clock than the caller's. A test fails
// for it.
func (s *Service) unusable(r *http.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	switch {
	case s.mistaken != nil:
		return s.mistaken
	case s.closed:
		name := r.Header.Get("X-Amz-Target")
		if name == "" {
			name = r.URL.Path
		}
		err = fmt.Errorf("partnercentraltest: call of %.128s after Close", lastDot(name))
		if s.tb != nil {
			s.tb.Errorf("%v: something of the test still runs", err)
		}
	case time.Now().Before(s.made.Add(-bubbleGap)):
		err = errors.New("partnercentraltest: the service was made outside of the synctest bubble that calls it: make it inside, with New in the function that synctest.Test runs")
		if s.tb != nil {
			s.tb.Error(err)
		}
	}
	return err
}

// bubbleGap is how far time must go backwards to be that of a synctest bubble,
// which begins in the year 2000, and no corrected clock.
const bubbleGap = 365 * 24 * time.Hour

// flaws finds what is wrong with the options.
func (c *config) flaws() mistakes {
	var found mistakes
	// It is for all Starts, of whatever kind.
	for _, op := range []Operation{StartProspectingFromEngagementTask, StartEngagementFromOpportunityTask} {
		if o := c.outcome; o.end == endOther || op == StartProspectingFromEngagementTask {
			found.join("the default outcome", o.flaws(known()[op]))
		}
	}
	var f flaws
	f.notNegative("the duration", c.duration < 0)
	f.notNegative("the limit of the record", c.recordLimit < 0)
	q := c.quotas
	f.notNegative("the quotas", min(q.WritesPerSecond, q.ReadsPerSecond, q.ProspectingStartsPerSecond, q.ProspectingGetsPerSecond, q.ProspectingListsPerSecond) < 0 ||
		min(q.WriteBurst, q.ReadBurst) < 0)
	if _, ok := c.credentials[""]; ok {
		f.add("the credentials", "the access key id is empty")
	}
	found.join("", f)
	found.join("", c.delivery.flaws())
	return found
}
