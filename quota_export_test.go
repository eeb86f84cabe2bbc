package partnercentral

// NewSeededQuota is DefaultQuota with a source of randomness of the test's.
func NewSeededQuota(random func() float64) *Quota { return newQuota(QuotaOptions{}, random) }
