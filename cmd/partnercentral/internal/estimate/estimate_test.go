package estimate

import (
	"math"
	"testing"
	"time"
)

// play runs a run of rows that start one after another and end when the poll
// after their end shows it, and returns the first estimate, when it was given,
// and the truth then.
func play(rows int, pace float64, takes, poll time.Duration) (first, truth time.Duration) {
	begin := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	gap := time.Duration(float64(time.Second) / pace)
	m := New(rows, begin)
	startOf := func(i int) time.Time { return begin.Add(time.Duration(i+1) * gap) }
	endOf := func(i int) time.Time {
		end := startOf(i).Add(takes).Sub(begin)
		return begin.Add((end + poll - 1) / poll * poll)
	}
	last := endOf(rows - 1)
	started, ended := 0, 0
	for now := begin; !now.After(last); now = now.Add(200 * time.Millisecond) {
		for ; started < rows && !startOf(started).After(now); started++ {
			m.Start(startOf(started))
		}
		for ; ended < rows && !endOf(ended).After(now); ended++ {
			m.End(now, startOf(ended))
		}
		if left, ok := m.Left(now, pace); ok {
			return left, last.Sub(now)
		}
	}
	return 0, 0
}

func TestTheFirstEstimateIsRight(t *testing.T) {
	t.Parallel()
	for _, run := range []struct {
		name        string
		rows        int
		pace        float64
		takes, poll time.Duration
	}{
		{"5,000 rows at 1 a second", 5000, 1, 20 * time.Second, 2 * time.Second},
		{"5,000 rows that take long", 5000, 1, 10 * time.Minute, 30 * time.Second},
		{"all end in one poll", 100, 100, 5 * time.Second, 20 * time.Second},
		{"all end in one poll after they are started", 40, 1, 30 * time.Second, 100 * time.Second},
		{"200 rows at 2 a second", 200, 2, 20 * time.Second, 2 * time.Second},
		{"one row", 1, 1, 10 * time.Second, time.Second},
	} {
		left, truth := play(run.rows, run.pace, run.takes, run.poll)
		t.Logf("%s: %s, and the truth is %s", run.name, left, truth)
		// A poll more or less is no mistake of the estimate.
		if off := math.Abs(float64(left - truth)); off > 0.3*float64(truth)+float64(run.poll) || run.rows == 5000 && off > 0.3*float64(truth) {
			t.Errorf("%s: %s, and the truth is %s", run.name, left, truth)
		}
	}
}

// Slower starts than configured, as when others use up the quota, are measured.
func TestThePaceIsMeasured(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	m := New(1000, begin)
	if p := m.Pace(begin.Add(time.Second), 1); p != 1 {
		t.Errorf("%v with nothing measured", p)
	}
	for i := range 40 {
		m.Start(begin.Add(time.Duration(4*(i+1)) * time.Second))
	}
	now := begin.Add(160 * time.Second)
	if p := m.Pace(now, 1); p < 0.2 || p > 0.3 {
		t.Errorf("%v, want 0.25", p)
	}
	if left, ok := m.Left(now, 1); !ok || left < 3600*time.Second || left > 4100*time.Second {
		t.Errorf("%s %v, want 3,840 s and more", left, ok)
	}
}
