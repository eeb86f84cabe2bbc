// Package estimate tells how long a bulk run will still take.
package estimate

import "time"

const (
	// window is how far back the pace of the starts is measured, and enough how
	// many starts and how much time it takes to do so.
	window      = time.Minute
	enoughTime  = 5 * time.Second
	enoughCount = 5

	// guess stands for the time that a task takes while none has ended. An
	// estimate that it is a big part of is not given.
	guess = 30 * time.Second
	many  = 10
)

// Meter counts what a run does. It is not safe for concurrent use.
type Meter struct {
	total   int
	begin   time.Time
	starts  []time.Time // those of the window
	started int
	last    time.Time // of the last start
	ended   int
	took    time.Duration // by those that ended after their start was seen
	timed   int
}

// New returns the meter of a run of this many rows.
func New(total int, begin time.Time) *Meter {
	return &Meter{total: total, begin: begin, last: begin}
}

// Start counts a task that was started.
func (m *Meter) Start(at time.Time) {
	m.started++
	m.last = at
	m.starts = append(m.starts, at)
}

// End counts a row whose outcome is there. started is when its task was, zero if
// none was.
func (m *Meter) End(at, started time.Time) {
	m.ended++
	if !started.IsZero() {
		m.took += at.Sub(started)
		m.timed++
	}
}

// Ended returns how many rows have an outcome.
func (m *Meter) Ended() int { return m.ended }

// Started returns how many rows have had their turn. A corrected one has more
// than one task.
func (m *Meter) Started() int { return min(max(m.started, m.ended), m.total) }

// Pace returns the starts per second: as measured, or as configured as long as
// there is too little to measure.
func (m *Meter) Pace(now time.Time, configured float64) float64 {
	for len(m.starts) > 0 && now.Sub(m.starts[0]) > window {
		m.starts = m.starts[1:]
	}
	over := min(now.Sub(m.begin), window)
	if m.Started() >= m.total && m.total > 0 {
		over = min(m.last.Sub(m.begin), window)
	}
	if len(m.starts) < enoughCount || over < enoughTime {
		return configured
	}
	return float64(len(m.starts)) / over.Seconds()
}

// Left returns how long the run still takes. It is false as long as that depends
// on how long the tasks take, and none has ended.
func (m *Meter) Left(now time.Time, configured float64) (time.Duration, bool) {
	if m.ended >= m.total {
		return 0, true
	}
	starting := m.Starting(now, configured)
	if m.timed == 0 {
		return starting + guess, starting >= many*guess
	}
	left := starting + m.took/time.Duration(m.timed)
	if starting == 0 {
		// The last one to start ends last.
		left -= now.Sub(m.last)
	}
	return max(left, time.Second), true
}

// Starting returns how long it takes until the last task is started.
func (m *Meter) Starting(now time.Time, configured float64) time.Duration {
	pace := m.Pace(now, configured)
	if pace <= 0 {
		return 0
	}
	return time.Duration(float64(m.total-m.Started()) / pace * float64(time.Second))
}
