package tests

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/metrics"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

// following is a client of the caller's that follows redirects, whatever its
// options say.
type following struct{ client *http.Client }

func (f following) Do(req *http.Request) (*http.Response, error) { return f.client.Do(req) }

// passing is a RoundTripper of the caller's.
type passing struct{ next http.RoundTripper }

func (p passing) RoundTrip(req *http.Request) (*http.Response, error) { return p.next.RoundTrip(req) }

// redirecting is a service that answers each request with a redirect: to itself,
// to another path of its own, to another host without TLS, or to nowhere. What
// follows the redirect gets the answer that a Start expects.
func redirecting(t *testing.T, status int, where string) (server *httptest.Server, here, elsewhere *atomic.Int32) {
	here, elsewhere = new(atomic.Int32), new(atomic.Int32)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		elsewhere.Add(1)
		_, _ = w.Write([]byte(startedBody))
	}))
	t.Cleanup(other.Close)
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.URL.Path != "/" {
			elsewhere.Add(1)
			_, _ = w.Write([]byte(startedBody))
			return
		}
		here.Add(1)
		location := map[string]string{"itself": server.URL + "/", "a path": "/stolen", "plain text": other.URL + "/stolen", "no URL": "http://%zz"}[where]
		if location != "" {
			w.Header().Set("Location", location)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server, here, elsewhere
}

// A request that was signed for one host goes to that host alone, and once.
func TestRedirectsAreNotFollowed(t *testing.T) {
	trusting := func(server *httptest.Server) *awshttp.BuildableClient {
		return awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
			tr.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
		})
	}
	clients := map[string]func(*httptest.Server) pc.HTTPClient{
		"SDK":      func(s *httptest.Server) pc.HTTPClient { return trusting(s) },
		"frozen":   func(s *httptest.Server) pc.HTTPClient { return trusting(s).Freeze() },
		"net/http": func(s *httptest.Server) pc.HTTPClient { return s.Client() },
		"willing": func(s *httptest.Server) pc.HTTPClient {
			return &http.Client{Transport: passing{s.Client().Transport}, CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
		},
		"foreign": func(s *httptest.Server) pc.HTTPClient { return following{s.Client()} },
	}
	for _, status := range []int{300, 301, 302, 303, 305, 307, 308} {
		for _, where := range []string{"nowhere", "itself", "a path", "plain text", "no URL"} {
			for name, client := range clients {
				for _, meter := range []metrics.MeterProvider{nil, meterProvider{newRecorder()}} {
					t.Run(fmt.Sprintf("%d to %s, %s, %T", status, where, name, meter), func(t *testing.T) {
						server, here, elsewhere := redirecting(t, status, where)
						_, err := pc.New(pc.Options{
							Region: "us-east-1", BaseEndpoint: aws.String(server.URL), HTTPClient: client(server), Credentials: testCredentials, MeterProvider: meter,
						}).StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
						require.Error(t, err)
						require.EqualValues(t, 1, here.Load(), "one request")
						followed := name == "foreign" && where != "nowhere" && where != "no URL" && status > 300 && status < 304
						if followed {
							// Nothing keeps such a client from it, but its answer is not taken.
							require.ErrorContains(t, err, "followed a redirect")
						} else {
							require.Zero(t, elsewhere.Load())
						}
						if where == "no URL" && status > 300 && status < 304 {
							require.ErrorContains(t, err, "failed to parse Location header")
						} else {
							require.ErrorContains(t, err, "StatusCode: "+strconv.Itoa(status))
						}
					})
				}
			}
		}
	}
}
