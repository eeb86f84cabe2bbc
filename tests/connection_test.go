package tests

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

// network counts what a client does on loopback.
type network struct {
	*httptest.Server
	connections, writes atomic.Int64
}

func newNetwork(t *testing.T, secure bool, handler http.HandlerFunc) *network {
	n := &network{Server: httptest.NewUnstartedServer(handler)}
	n.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			n.connections.Add(1)
		}
	}
	if secure {
		n.StartTLS()
	} else {
		n.Start()
	}
	t.Cleanup(n.Close)
	return n
}

type countingConn struct {
	net.Conn
	writes *atomic.Int64
}

func (c countingConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// client returns a client of the network, built as config.LoadDefaultConfig
// would have it: with the SDK's default HTTP client.
func (n *network) client(optFns ...func(*pc.Options)) *pc.Client {
	buildable := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return countingConn{c, &n.writes}, err
		}
		if n.TLS != nil {
			t.TLSClientConfig = &tls.Config{RootCAs: n.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
			t.ForceAttemptHTTP2 = false
		}
	})
	return pc.New(pc.Options{Region: "us-east-1", Credentials: testCredentials, HTTPClient: buildable, BaseEndpoint: &n.URL},
		append([]func(*pc.Options){noBackoff}, optFns...)...)
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		if len(body) > 2000 {
			w.(http.Flusher).Flush()
		}
	}
}

func TestConnectionsAreReused(t *testing.T) {
	long := `{"TaskId":"task-0123456789abc","TaskStatus":"IN_PROGRESS","Message":"` + strings.Repeat("m", 100_000) + `"}`
	for name, test := range map[string]struct {
		status int
		body   string
		ok     bool
		option func(*pc.Options)
	}{
		"success":         {200, startedBody, true, nil},
		"without length":  {200, long, true, nil},
		"error":           {400, `{"__type":"ConflictException","Message":"m"}`, false, nil},
		"retried error":   {500, `{"__type":"InternalServerException","Message":"m"}`, false, nil},
		"empty":           {200, "", false, nil},
		"not JSON":        {200, "<html>" + strings.Repeat(" ", 10_000), false, nil},
		"own stack":       {200, startedBody, true, ownStack},
		"with middleware": {200, startedBody, true, pc.WithAPIOptions(onAttempt(func(context.Context, *smithyhttp.Request) {}))},
		"answer unread":   {200, startedBody, false, pc.WithAPIOptions(afterTransmitFails)},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, false, answering(test.status, test.body))
			options := []func(*pc.Options){}
			if test.option != nil {
				options = append(options, test.option)
			}
			client := n.client(options...)
			for range 50 {
				_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
				require.Equal(t, test.ok, err == nil, err)
			}
			require.EqualValues(t, 1, n.connections.Load())
		})
	}
}

// afterTransmitFails fails where a response has come and nobody has read it.
func afterTransmitFails(s *middleware.Stack) error {
	return s.Deserialize.Insert(middleware.DeserializeMiddlewareFunc("fails", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, md, _ := next.HandleDeserialize(ctx, in)
		return out, md, io.ErrNoProgress
	}), "OperationDeserializer", middleware.After)
}

// The pool holds a connection for each of up to 100 callers, who open no other.
func TestConcurrentCallersKeepTheirConnections(t *testing.T) {
	for _, callers := range []int64{16, 64} {
		for _, secure := range []bool{false, true} {
			// A round ends when all calls have arrived, so that each needs its
			// own connection.
			var round sync.WaitGroup
			n := newNetwork(t, secure, func(w http.ResponseWriter, r *http.Request) {
				round.Done()
				round.Wait()
				answering(200, startedBody)(w, r)
			})
			client := n.client()
			for range 5 {
				round.Add(int(callers))
				var calls sync.WaitGroup
				for range callers {
					calls.Go(func() {
						_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
						if err != nil {
							t.Error(err)
						}
					})
				}
				calls.Wait()
			}
			require.LessOrEqual(t, n.connections.Load(), callers, "%d callers, TLS %t", callers, secure)
		}
	}
}

// Headers and body of a request leave in one write.
func TestOneWriteARequest(t *testing.T) {
	metered := func(o *pc.Options) { o.MeterProvider = meterProvider{newRecorder()} }
	for name, option := range map[string]func(*pc.Options){
		"reused": func(o *pc.Options) {}, "own stack": ownStack,
		"measured":     metered,
		"other stream": pc.WithAPIOptions(replaceStream),
	} {
		n := newNetwork(t, false, answering(200, startedBody))
		client := n.client(option)
		for range 20 {
			_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
			require.NoError(t, err)
		}
		require.EqualValues(t, 20, n.writes.Load(), name)
	}
}

func replaceStream(s *middleware.Stack) error {
	return s.Build.Add(middleware.BuildMiddlewareFunc("replaceStream", func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
		req := in.Request.(*smithyhttp.Request)
		body, err := io.ReadAll(req.GetStream())
		if err != nil {
			return middleware.BuildOutput{}, middleware.Metadata{}, err
		}
		if in.Request, err = req.SetStream(bytes.NewReader(bytes.ReplaceAll(body, []byte("O1234567"), []byte("O7654321")))); err != nil {
			return middleware.BuildOutput{}, middleware.Metadata{}, err
		}
		return next.HandleBuild(ctx, in)
	}), middleware.After)
}

// Each attempt reads the request from its start, whoever has read some of it.
func TestBodiesAreFresh(t *testing.T) {
	half := func(s *middleware.Stack) error {
		return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("half", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			req := in.Request.(*smithyhttp.Request)
			if _, err := io.CopyN(io.Discard, req.GetStream(), 20); err != nil {
				return middleware.DeserializeOutput{}, middleware.Metadata{}, err
			}
			if err := req.RewindStream(); err != nil {
				return middleware.DeserializeOutput{}, middleware.Metadata{}, err
			}
			return next.HandleDeserialize(ctx, in)
		}), middleware.After)
	}
	for name, options := range map[string][]stackOption{"ours": nil, "read by a middleware": {half}, "replaced": {replaceStream}} {
		var again []string
		tr := answers(answer(500, ""), answer(503, ""), answer(200, startedBody))
		replay := httpClientFunc(func(req *http.Request) (*http.Response, error) {
			require.Nil(t, req.GetBody, "a redirect would send it elsewhere")
			b, readErr := io.ReadAll(req.Body)
			require.NoError(t, readErr)
			require.EqualValues(t, len(b), req.ContentLength)
			again = append(again, string(b))
			req.Body = io.NopCloser(bytes.NewReader(b))
			return tr.Do(req)
		})
		client := newClient(tr, noBackoff, pc.WithAPIOptions(options...), func(o *pc.Options) { o.HTTPClient = replay })
		_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
		require.NoError(t, err)
		require.Len(t, again, 3)
		require.Equal(t, tr.bodies, again, name)
		require.Equal(t, again[0], again[2], name)
		require.Equal(t, name == "replaced", strings.Contains(again[0], "O7654321"))
	}
}

type httpClientFunc func(*http.Request) (*http.Response, error)

func (f httpClientFunc) Do(req *http.Request) (*http.Response, error) { return f(req) }

// Streams that are not in memory are sent as they are.
func TestStreamOfAnotherKind(t *testing.T) {
	tr := answers(answer(200, startedBody))
	require.NoError(t, call(tr, pc.WithAPIOptions(func(s *middleware.Stack) error {
		return s.Finalize.Insert(middleware.FinalizeMiddlewareFunc("stream", func(ctx context.Context, in finIn, next finNext) (finOut, middleware.Metadata, error) {
			req, err := in.Request.(*smithyhttp.Request).SetStream(io.NewSectionReader(strings.NewReader("0123456789"), 2, 5))
			if err != nil {
				return finOut{}, middleware.Metadata{}, err
			}
			in.Request = req
			return next.HandleFinalize(ctx, in)
		}), "ResolveEndpointV2", middleware.Before)
	})))
	require.Equal(t, []string{"23456"}, tr.bodies)
	require.EqualValues(t, 5, tr.requests[0].ContentLength)
}

func TestIdleConnections(t *testing.T) {
	type buildable interface{ GetTransport() *http.Transport }
	perHost := func(client pc.HTTPClient) int {
		return pc.New(pc.Options{HTTPClient: client}).Options().HTTPClient.(buildable).GetTransport().MaxIdleConnsPerHost
	}
	require.Equal(t, 100, perHost(nil))
	require.Equal(t, 100, perHost(awshttp.NewBuildableClient()))
	require.Equal(t, 100, perHost(awshttp.NewBuildableClient().WithTimeout(1)))
	set := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 3 })
	require.Equal(t, 3, perHost(set))
	require.Equal(t, 3, set.GetTransport().MaxIdleConnsPerHost)
	frozen := awshttp.NewBuildableClient().Freeze()
	used := pc.New(pc.Options{HTTPClient: frozen}).Options().HTTPClient
	require.Equal(t, frozen.(*http.Client).Transport, used.(*http.Client).Transport, "through a copy that follows no redirects")
}

// stalled is an answer of which no more comes than a few bytes.
type stalled struct {
	ctx   context.Context
	begun bool
	// reached is called when the rest is waited for.
	reached func()
}

func (b *stalled) Read(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		return copy(p, `{"TaskId":"`), nil
	}
	if b.reached != nil {
		b.reached()
	}
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (*stalled) Close() error { return nil }

// stalling answers with a length and next to nothing of it.
func stalling(status int, length int64, reached func()) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, ContentLength: length, Body: &stalled{ctx: req.Context(), reached: reached}}, nil
	}
}

// Memory is taken for what has arrived of an answer, and not for what it announces.
func TestStalledAnswersTakeLittleMemory(t *testing.T) {
	heap := func() int64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	for _, status := range []int{200, 400} {
		before := heap()
		ctx, cancel := context.WithCancel(t.Context())
		var reached, ended sync.WaitGroup
		for range 40 {
			reached.Add(1)
			ended.Go(func() {
				_, err := newClient(answers(stalling(status, 16<<20, reached.Done))).StartEngagementFromOpportunityTask(ctx, fromOpportunityInput())
				require.ErrorIs(t, err, context.Canceled)
			})
		}
		reached.Wait()
		require.Less(t, heap()-before, int64(16<<20), "of 40 answers of 16 MiB")
		cancel()
		ended.Wait()
	}
}

// An answer that is too long is given up, and nobody waits for the rest of it.
func TestStalledAnswerThatIsTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, err := newClient(answers(stalling(200, 64<<20, nil))).StartEngagementFromOpportunityTask(ctx, fromOpportunityInput())
		require.ErrorContains(t, err, "longer than")
		require.Equal(t, start, time.Now())
	})
}
