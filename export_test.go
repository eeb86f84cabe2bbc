package partnercentral

// NewSeededQuota is NewQuota with a source of randomness of the test's.
func NewSeededQuota(random func() float64) *Quota { return newQuota(QuotaOptions{}, random) }

// SetRandom gives a waiter that nothing uses yet a source of randomness of the
// test's.
func SetRandom(w *TaskWaiter, random func() float64) { w.random = random }

// SetRunnerRandom is SetRandom for a runner and its waiter.
func SetRunnerRandom(r *Runner, random func() float64) {
	r.random = random
	SetRandom(r.options.Waiter, random)
}
