package partnercentraltest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// service is what a test of behaviour may ask of the fake, whether it is in
// this process or in another.
type service interface {
	Script(partnercentraltest.Operation, ...partnercentraltest.Outcome)
	Fault(partnercentraltest.Operation, partnercentraltest.Count, partnercentraltest.Effect)
	When(partnercentraltest.Operation, ...partnercentraltest.Matcher) selection
	Calls() partnercentraltest.Calls
	Advance(time.Duration)
	SetClockSpeed(float64)
	Reset()
}

// selection is some calls of an operation.
type selection interface {
	Script(...partnercentraltest.Outcome)
	Fault(partnercentraltest.Count, partnercentraltest.Effect)
}

// local is a fake in this process.
type local struct{ *partnercentraltest.Service }

func (l local) Fault(op partnercentraltest.Operation, count partnercentraltest.Count, effect partnercentraltest.Effect) {
	l.Service.Fault(op, count, effect)
}

func (l local) When(op partnercentraltest.Operation, matchers ...partnercentraltest.Matcher) selection {
	return localSelection{l.Service.When(op, matchers...)}
}

type localSelection struct{ *partnercentraltest.Selection }

func (l localSelection) Fault(count partnercentraltest.Count, effect partnercentraltest.Effect) {
	l.Selection.Fault(count, effect)
}

// door is one way to the fake: the tests of behaviour run through each. Those
// that need a synctest bubble, the handle of a fault or an option that the
// program has no flag for run through the transport alone.
type door struct {
	name string
	open func(testing.TB) (service, *partnercentral.Client)
}

func doors() []door {
	return []door{
		{"transport", func(t testing.TB) (service, *partnercentral.Client) {
			svc := partnercentraltest.New(t)
			return local{svc}, svc.Client()
		}},
		{"socket", func(t testing.TB) (service, *partnercentral.Client) {
			svc := partnercentraltest.New(t)
			return local{svc}, svc.Listen().Client()
		}},
		{"program", func(t testing.TB) (service, *partnercentral.Client) {
			p := startProgram(t)
			return p, p.client()
		}},
	}
}

// overHTTP2 is the fake as a handler in a server of somebody else's, over TLS.
func overHTTP2(t testing.TB) (service, *partnercentral.Client) {
	svc := partnercentraltest.New(t)
	server := httptest.NewUnstartedServer(svc)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return local{svc}, svc.Client(func(o *partnercentral.Options) {
		o.BaseEndpoint = aws.String(server.URL)
		o.HTTPClient = server.Client()
	})
}

// throughDoors runs a test through the transport, a socket, the server program
// and HTTP/2.
func throughDoors(t *testing.T, test func(t *testing.T, svc service, client *partnercentral.Client)) {
	for _, d := range append(doors(), door{"http2", overHTTP2}) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			svc, client := d.open(t)
			test(t, svc, client)
		})
	}
}

// throughRawDoors runs a test that writes its requests itself, unsigned.
func throughRawDoors(t *testing.T, test func(t *testing.T, svc service, transport http.RoundTripper)) {
	t.Run("transport", func(t *testing.T) {
		t.Parallel()
		svc := partnercentraltest.New(t, partnercentraltest.WithoutSignatures())
		test(t, local{svc}, svc.Transport())
	})
	t.Run("socket", func(t *testing.T) {
		t.Parallel()
		svc := partnercentraltest.New(t, partnercentraltest.WithoutSignatures())
		test(t, local{svc}, sendTo(t, svc.Listen().URL))
	})
	t.Run("program", func(t *testing.T) {
		t.Parallel()
		p := startProgram(t, "-no-signatures")
		test(t, p, sendTo(t, p.url))
	})
}

// elsewhere sends what is meant for AWS to a server.
type elsewhere struct {
	to *url.URL
	*http.Transport
}

func sendTo(t testing.TB, address string) elsewhere {
	t.Helper()
	to, err := url.Parse(address)
	require.NoError(t, err)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return elsewhere{to, transport}
}

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.Clone(r.Context())
	sent.URL.Scheme, sent.URL.Host, sent.Host = e.to.Scheme, e.to.Host, ""
	return e.Transport.RoundTrip(sent)
}
