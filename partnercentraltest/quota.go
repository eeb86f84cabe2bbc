package partnercentraltest

import "time"

// Quotas are the rates that a world's calls are held to. A zero rate is no
// limit.
type Quotas struct {
	// WritesPerSecond limits the Starts, ReadsPerSecond the Lists, each pooled
	// over all operations of its kind.
	WritesPerSecond, ReadsPerSecond float64
	// WriteBurst and ReadBurst are how many calls an unused quota lets through
	// at once. Zero means the rate, at least 1.
	WriteBurst, ReadBurst int
	// The rates of the operations of prospecting, which are not pooled. An
	// unused quota lets as many calls through at once, at least 1.
	ProspectingStartsPerSecond, ProspectingGetsPerSecond, ProspectingListsPerSecond float64
}

func (q Quotas) buckets() [quotaGroups]bucket {
	return [quotaGroups]bucket{
		reads:             newBucket(q.ReadsPerSecond, q.ReadBurst),
		writes:            newBucket(q.WritesPerSecond, q.WriteBurst),
		prospectingStarts: newBucket(q.ProspectingStartsPerSecond, 0),
		prospectingGets:   newBucket(q.ProspectingGetsPerSecond, 0),
		prospectingLists:  newBucket(q.ProspectingListsPerSecond, 0),
	}
}

// DefaultQuotas returns the documented quotas of a partner account: 1 write and
// 10 reads per second, and for prospecting 2 Starts, 100 Gets and 50 Lists. The
// burst is an assumption, AWS does not document one. The classic Lists are in no
// documented group and counted as reads, StartOpportunityFromEngagementTask is
// in none either and counted as a write.
func DefaultQuotas() Quotas {
	return Quotas{
		WritesPerSecond: 1, ReadsPerSecond: 10,
		ProspectingStartsPerSecond: 2, ProspectingGetsPerSecond: 100, ProspectingListsPerSecond: 50,
	}
}

// bucket is a token bucket that is filled up when it is looked at.
type bucket struct {
	rate, burst, tokens float64
	at                  time.Time
}

func newBucket(rate float64, burst int) bucket {
	b := bucket{rate: rate, burst: max(float64(burst), 0)}
	if burst <= 0 {
		b.burst = max(rate, 1)
	}
	b.tokens = b.burst
	return b
}

// take takes one token, or returns false. A throttled call costs nothing.
func (b *bucket) take(now time.Time) bool {
	if b.rate <= 0 {
		return true
	}
	if !b.at.IsZero() {
		b.tokens = min(b.burst, b.tokens+b.rate*max(now.Sub(b.at), 0).Seconds())
	}
	b.at = now
	// A caller who waits exactly 1/rate must not lose to rounding.
	if b.tokens < 1-1e-9 {
		return false
	}
	b.tokens--
	return true
}
