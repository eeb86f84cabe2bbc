package partnercentraltest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest/internal/sigv4"
)

// Service is the fake. Make one with New or NewService. All its methods are
// safe for concurrent use.
//
// It starts no goroutine and no timer of its own (Listen and WithEvents apart):
// what a task has become is worked out when somebody asks.
type Service struct {
	config config
	// outcome is that of tasks which no script is for.
	outcome *Outcome
	clock   clock
	// events is nil unless somebody listens.
	events   *eventQueue
	verifier sigv4.Verifier

	// made is when the service was made, by the clock of whoever made it.
	made time.Time

	mu       sync.Mutex
	tb       testing.TB
	mistaken error
	closed   bool
	worlds   map[string]*world
	servers  []*Server
	// plan is what Load gives to every world, also to those that come later.
	plan []func(*world)
}

// New returns a service for one test, and closes it when the test ends: outcomes
// and faults that were not used then fail the test. So does a call after Close.
// A mistake in an option or a declaration ends the test at the caller's line.
// Requests that are refused for their form are logged to the test with a line
// that says what was expected.
//
// Inside a synctest bubble make the service in the bubble: one from outside has
// another clock, and refuses every call.
func New(t testing.TB, opts ...Option) *Service {
	t.Helper()
	s := newService(opts...)
	s.tb = t
	s.refuse(s.config.flaws())
	t.Cleanup(func() {
		s.Close()
		s.report()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tb = nil // a log line after the test would end the test binary
	})
	return s
}

// NewService returns a service without a test, for servers and examples. Close
// it at the end; see Leftovers for what New checks.
//
// A mistake in an option or a declaration is kept: see Err.
func NewService(opts ...Option) *Service {
	s := newService(opts...)
	s.refuse(s.config.flaws())
	return s
}

func newService(opts ...Option) *Service {
	c := config{credentials: map[string]string{}, duration: DefaultDuration, seed: 1}
	for _, opt := range opts {
		opt(&c)
	}
	s := &Service{config: c, made: time.Now().Round(0), worlds: map[string]*world{}}
	outcome := c.outcome.within(c.duration)
	s.outcome = &outcome
	if c.say != nil {
		s.events = &eventQueue{svc: s, say: c.say, delivery: c.delivery}
	}
	s.verifier = sigv4.Verifier{
		Service: "partnercentral-selling",
		Region:  "us-east-1",
		Secret:  s.secret,
		Now:     time.Now,
		Ahead:   s.ahead,
	}
	return s
}

// secret returns what an access key id signs with: the default secret for every
// id, unless WithCredentials says who there is.
func (s *Service) secret(accessKeyID string) (string, bool) {
	if len(s.config.credentials) == 0 {
		return DefaultSecretAccessKey, true
	}
	secret, ok := s.config.credentials[accessKeyID]
	return secret, ok
}

// ahead is how far ahead a caller's signatures may be: one who was told of
// another time by WrongClock goes by that.
func (s *Service) ahead(accessKeyID string) time.Duration {
	s.mu.Lock()
	w := s.worlds[accessKeyID]
	s.mu.Unlock()
	if w == nil {
		return 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ahead
}

// homeID is the access key id that Client signs with.
func (s *Service) homeID() string {
	if s.config.first != "" {
		return s.config.first
	}
	return DefaultAccessKeyID
}

func (s *Service) home() *world { return s.world(s.homeID()) }

func (s *Service) world(accessKeyID string) *world {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, ok := s.worlds[accessKeyID]
	if !ok {
		w = newWorld(s, accessKeyID)
		s.worlds[accessKeyID] = w
		for _, apply := range s.plan {
			apply(w)
		}
	}
	return w
}

func (s *Service) allWorlds() []*world {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*world, 0, len(s.worlds))
	for _, w := range s.worlds {
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b *world) int { return strings.Compare(a.accessKeyID, b.accessKeyID) })
	return all
}

// Client returns the real client of package partnercentral, which signs, sends,
// retries and decodes as ever, but through Transport. The option functions come
// last and may change everything.
func (s *Service) Client(optFns ...func(*partnercentral.Options)) *partnercentral.Client {
	return partnercentral.New(s.clientOptions(s.homeID()), optFns...)
}

func (s *Service) clientOptions(id string) partnercentral.Options {
	secret, _ := s.secret(id)
	return partnercentral.Options{
		Region: "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, Source: "partnercentraltest"}, nil
		}),
		HTTPClient: &http.Client{
			Transport:     s.Transport(),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Calls returns the record of the calls that were signed with the credentials
// of Client, and of those that nobody has signed rightly.
func (s *Service) Calls() Calls { return s.World(s.homeID()).Calls() }

// Reset makes every world empty again: no tasks, no calls, and the scripts and
// faults of Load alone. Tokens of pages are no longer good. The clock stays.
func (s *Service) Reset() {
	for _, w := range s.allWorlds() {
		s.reset(w.accessKeyID)
	}
}

// reset puts a new world in the place of one. Calls that are under way end in
// the old one.
func (s *Service) reset(accessKeyID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := newWorld(s, accessKeyID)
	if old, ok := s.worlds[accessKeyID]; ok {
		old.mu.Lock()
		w.epoch, w.last = old.epoch+1, old.last
		old.mu.Unlock()
	}
	s.worlds[accessKeyID] = w
	for _, apply := range s.plan {
		apply(w)
	}
}

// Close ends the service: servers are closed, and every further call fails. It
// may be called again.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	servers := s.servers
	s.servers = nil
	s.mu.Unlock()
	s.events.close()
	for _, server := range servers {
		server.Close()
	}
}

// logCall hands a finished call on, outside of all locks but the one that keeps
// the test alive.
func (s *Service) logCall(w *world, call *Call) {
	if s.config.log == nil && call.Note == "" {
		return
	}
	w.mu.Lock()
	copied := *call
	w.mu.Unlock()
	if s.config.log != nil {
		s.config.log(copied)
	}
	if copied.Note == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tb != nil {
		s.tb.Logf("partnercentraltest: %s refused with %s: %s", dash(string(copied.Operation)), copied.Error, copied.Note)
	}
}
