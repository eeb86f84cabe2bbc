package partnercentral

import "time"

// RunnerProgress is a snapshot of what a Runner has done, for a display.
type RunnerProgress struct {
	// Runs that have begun, and those of them whose task is known to have been
	// started: the service has answered the Start.
	Begun, Started int

	// Runs whose Start has not been answered yet, and runs whose task is awaited.
	Starting, Running int

	// Runs that ended with COMPLETE, and runs that ended in any other way.
	Done, Failed int

	// Runs that ended per second, of late: over the last 100 of them. Zero until
	// the first has ended.
	Pace float64
}

// Remaining returns how long the runs that are left of total take at the
// present pace. ok is false as long as there is no pace to tell from.
func (p RunnerProgress) Remaining(total int) (d time.Duration, ok bool) {
	left := total - p.Done - p.Failed
	if left <= 0 {
		return 0, true
	}
	if p.Pace <= 0 {
		return 0, false
	}
	seconds := float64(left) / p.Pace
	if seconds > (1 << 33) {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// Progress returns a snapshot of all runs of the Runner, single ones and those
// of RunAll together.
func (r *Runner) Progress() RunnerProgress {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.progress.counts
	p.Pace = r.progress.pace(time.Now())
	return p
}

// progress is a Runner's own count.
type progress struct {
	counts RunnerProgress
	ends   [100]time.Time // a ring of the last ends
	next   int
	since  time.Time // when the present stretch of work began
}

func (r *Runner) progressed(change func(*progress)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.progress)
}

func (p *progress) begin(now time.Time) {
	if p.counts.Starting+p.counts.Running == 0 {
		// A pause between two inputs is not a slow pace.
		p.since = now
	}
	p.counts.Begun++
	p.counts.Starting++
}

func (p *progress) started() {
	p.counts.Started++
	p.counts.Starting--
	p.counts.Running++
}

func (p *progress) end(started, ok bool, now time.Time) {
	if started {
		p.counts.Running--
	} else {
		p.counts.Starting--
	}
	if ok {
		p.counts.Done++
	} else {
		p.counts.Failed++
	}
	p.ends[p.next] = now
	p.next = (p.next + 1) % len(p.ends)
}

// pace counts the ends since the oldest one in the ring, or since the work
// began if that was later.
func (p *progress) pace(now time.Time) float64 {
	oldest, n := p.ends[p.next], len(p.ends)-1
	if oldest.Before(p.since) {
		oldest, n = p.since, 0
		for _, end := range p.ends {
			if !end.IsZero() && !end.Before(p.since) {
				n++
			}
		}
	}
	elapsed := now.Sub(oldest).Seconds()
	if n == 0 || elapsed <= 0 {
		return 0
	}
	return float64(n) / elapsed
}
