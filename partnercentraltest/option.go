package partnercentraltest

import (
	"strings"
	"time"
)

// The credentials that a service knows without WithCredentials. Any other
// access key id with this secret is good as well, and has a world of its own.
const (
	DefaultAccessKeyID     = "FAKEPARTNERCENTRAL01"
	DefaultSecretAccessKey = "partnercentral-fake-secret"
)

// Option configures a Service. Of one that is given twice the last holds, except
// for WithCredentials and WithAdmin, which add to what was given before.
type Option func(*config)

type config struct {
	seed           uint64
	quotas         Quotas
	unsigned       bool
	credentials    map[string]string
	first          string
	outcome        Outcome
	duration       time.Duration
	recordLimit    int
	allowLeftovers bool
	admin          bool
	adminHosts     []string
	lenient        bool
	log            func(Call)
	say            func([]byte)
	delivery       EventDelivery
}

// WithSeed chooses the ids that are given out: the same seed and the same calls
// in the same order give the same ids. Default 1.
func WithSeed(seed uint64) Option { return func(c *config) { c.seed = seed } }

// WithQuotas holds the calls of each world to quotas: what is beyond them gets a
// ThrottlingException and changes nothing. Default no limits. See
// DefaultQuotas.
func WithQuotas(q Quotas) Option { return func(c *config) { c.quotas = q } }

// WithoutSignatures accepts calls that are not signed, or wrongly.
func WithoutSignatures() Option { return func(c *config) { c.unsigned = true } }

// WithCredentials lets in this access key id with this secret, and, given any
// number of times, nobody else. Client signs with the first.
func WithCredentials(accessKeyID, secretAccessKey string) Option {
	return func(c *config) {
		if c.first == "" {
			c.first = accessKeyID
		}
		c.credentials[accessKeyID] = secretAccessKey
	}
}

// WithDefaultOutcome is how tasks end that no script is for. Default
// Complete().
func WithDefaultOutcome(o Outcome) Option { return func(c *config) { c.outcome = o } }

// WithDuration is how long tasks take whose outcome does not say. Default
// DefaultDuration.
func WithDuration(d time.Duration) Option { return func(c *config) { c.duration = d } }

// WithRecordLimit keeps the last n calls of each world in the record. Default,
// and with 0, all.
func WithRecordLimit(n int) Option { return func(c *config) { c.recordLimit = n } }

// AllowLeftovers lets a test pass that has not used all its outcomes and
// faults.
func AllowLeftovers() Option { return func(c *config) { c.allowLeftovers = true } }

// WithAdmin opens the interface under /_fake/ to whoever reaches the service
// through ServeHTTP, at localhost, an IP address, a name without a dot or one of
// hosts: a request with another Host header may come from a web page. Default
// closed.
func WithAdmin(hosts ...string) Option {
	return func(c *config) {
		c.admin = true
		for _, host := range hosts {
			c.adminHosts = append(c.adminHosts, strings.ToLower(host))
		}
	}
}

// Lenient lets members of a request pass that the service's model does not have,
// as the real front end may. Default they are refused.
func Lenient() Option { return func(c *config) { c.lenient = true } }

// WithCallLog calls f for every call when it is finished, outside of all locks.
// f must be safe for concurrent use.
func WithCallLog(f func(Call)) Option { return func(c *config) { c.log = f } }
