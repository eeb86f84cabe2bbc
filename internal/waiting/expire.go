package waiting

import (
	"slices"
	"time"
)

// lastPoll is how long the last poll of a wait may take to be answered.
const lastPoll = 2 * time.Second

// times returns when a wait that begins now is to have its last poll, unless one
// is made later anyway, and when it ends. Processes that began together must not
// make their last polls together: these are spread over the last tenth of the
// wait, or MaxDelay if that is shorter, and leave time for the answer.
func (ln *lane[T]) times(r Request[T], now time.Time) (last, end time.Time) {
	end = now.Add(r.MaxWait)
	if r.Once {
		return end, end
	}
	delay := r.MaxDelay
	if delay <= 0 {
		delay = ln.poll.MaxDelay()
	}
	spread := min(delay, r.MaxWait/10)
	lead := min(lastPoll, spread/2)
	return end.Add(-lead - time.Duration(ln.phase*float64(spread-lead))), end
}

// expire ends the waits that are out of time, and asks for the last polls of
// those that will soon be.
func (e *Engine[T]) expire(ln *lane[T], now time.Time) {
	ln.deadline, ln.overdue = time.Time{}, false
	for _, w := range slices.Backward(ln.watched) {
		for _, v := range slices.Backward(w.members) {
			e.expireOne(ln, v, now)
		}
	}
}

func (e *Engine[T]) expireOne(ln *lane[T], m *member[T], now time.Time) {
	w, next := m.watch, m.last
	polled := !w.asked.Before(m.last)
	switch {
	case now.Before(m.last):
	case m.sub.Once && ln.moves(now, m.sub.MaxWait):
		// Its time is for a client that does not return.
		m.deadline = now.Add(e.config.PollTimeout)
		m.last, next = m.deadline, m.deadline
	case m.sub.Once:
		err := w.lastErr
		if err == nil {
			err = errUnanswered
		}
		e.finish(m, PollFailed, err)
		return
	case now.Before(m.deadline):
		ln.pollLast(m)
		next = m.deadline
	case polled || !now.Before(m.last.Add(lastPoll)):
		e.finish(m, TimedOut, w.lastErr)
		return
	default:
		// The loop may wake too late for the case before the last.
		ln.pollLast(m)
		ln.overdue = true
		next = m.last.Add(lastPoll)
	}
	if ln.deadline.IsZero() || next.Before(ln.deadline) {
		ln.deadline = next
	}
}

// pollLast asks for the last poll of a wait, unless it was made or asked for.
func (ln *lane[T]) pollLast(m *member[T]) {
	if w := m.watch; w.asked.Before(m.last) && w.wanted.Before(m.last) {
		ln.force(w)
	}
}

// moves reports whether polls of the lane wait for their turns, or one was
// answered lately: what is asked of it is only not yet done.
func (ln *lane[T]) moves(now time.Time, lately time.Duration) bool {
	return ln.queued > 0 || !ln.heard.IsZero() && now.Sub(ln.heard) < lately
}
