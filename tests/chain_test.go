package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

type (
	stackOption = func(*middleware.Stack) error
	initNext    = middleware.InitializeHandler
	initIn      = middleware.InitializeInput
	initOut     = middleware.InitializeOutput
	finNext     = middleware.FinalizeHandler
	finIn       = middleware.FinalizeInput
	finOut      = middleware.FinalizeOutput
)

func onInitialize(id string, fn func(context.Context, initIn, initNext) (initOut, middleware.Metadata, error)) stackOption {
	return func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc(id, fn), middleware.Before)
	}
}

func onAttempt(fn func(context.Context, *smithyhttp.Request)) stackOption {
	return func(s *middleware.Stack) error {
		return s.Finalize.Insert(middleware.FinalizeMiddlewareFunc("onAttempt", func(ctx context.Context, in finIn, next finNext) (finOut, middleware.Metadata, error) {
			fn(ctx, in.Request.(*smithyhttp.Request))
			return next.HandleFinalize(ctx, in)
		}), "Retry", middleware.After)
	}
}

// fixedHeader is a middleware without state.
type fixedHeader struct{ name, value string }

func (fixedHeader) ID() string { return "fixedHeader" }
func (m fixedHeader) HandleFinalize(ctx context.Context, in finIn, next finNext) (finOut, middleware.Metadata, error) {
	in.Request.(*smithyhttp.Request).Header.Set(m.name, m.value)
	return next.HandleFinalize(ctx, in)
}

// attemptCounter counts the attempts of its call, as a middleware can whose
// stack serves one call.
type attemptCounter struct{ n int }

func (*attemptCounter) ID() string { return "attemptCounter" }
func (m *attemptCounter) HandleFinalize(ctx context.Context, in finIn, next finNext) (finOut, middleware.Metadata, error) {
	m.n++
	in.Request.(*smithyhttp.Request).Header.Set("X-Attempt", strconv.Itoa(m.n))
	return next.HandleFinalize(ctx, in)
}

func afterRetry(m middleware.FinalizeMiddleware) stackOption {
	return func(s *middleware.Stack) error { return s.Finalize.Insert(m, "Retry", middleware.After) }
}

// ownStack is an API option that changes nothing: each call has a stack of its
// own.
var ownStack = pc.WithAPIOptions(func(*middleware.Stack) error { return nil })

// API options run once for each call, whatever they do.
func TestAPIOptionsRunForEachCall(t *testing.T) {
	shared := &attemptCounter{}
	for name, option := range map[string]stackOption{
		"nothing":                func(*middleware.Stack) error { return nil },
		"user agent":             awsmiddleware.AddUserAgentKeyValue("crm", "7"),
		"fixed header of smithy": smithyhttp.SetHeaderValue("X-A", "b"),
		"value without state":    afterRetry(fixedHeader{"X-A", "b"}),
		"one object for all":     afterRetry(shared),
		"removed middleware":     func(s *middleware.Stack) error { _, err := s.Build.Remove("RecursionDetection"); return err },
		"setting of the SDK's":   logAttempts,
		"retry loop of each stack": func(s *middleware.Stack) error {
			_, err := s.Finalize.Swap("Retry", retry.NewAttemptMiddleware(retry.NewStandard(), smithyhttp.RequestCloner))
			return err
		},
		"object of each stack":        func(s *middleware.Stack) error { return afterRetry(&attemptCounter{})(s) },
		"closure":                     onAttempt(func(context.Context, *smithyhttp.Request) {}),
		"value that holds a function": func(s *middleware.Stack) error { return afterRetry(withFunc{fn: func() {}})(s) },
	} {
		t.Run(name, func(t *testing.T) {
			runs := 0
			client := newClient(answers(answer(200, startedBody)), pc.WithAPIOptions(func(s *middleware.Stack) error { runs++; return option(s) }))
			for range 10 {
				_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
				require.NoError(t, err)
			}
			require.Equal(t, 10, runs)
			_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput(), func(o *pc.Options) { o.AppID = "a" })
			require.NoError(t, err)
			require.Equal(t, 11, runs)
		})
	}
}

// logAttempts changes middlewares that are there already.
func logAttempts(s *middleware.Stack) error {
	m, _ := s.Finalize.Get("Retry")
	m.(*retry.Attempt).LogAttempts = true
	logger, _ := s.Deserialize.Get("RequestResponseLogger")
	logger.(*smithyhttp.RequestResponseLogger).LogResponse = true
	return nil
}

// An option of one call that changes a middleware changes no other call.
func TestOptionThatChangesMiddlewares(t *testing.T) {
	var log lockedBuffer
	loud := func(o *pc.Options) { o.Logger = logging.NewStandardLogger(&log) }
	hammer(t, loud, pc.WithAPIOptions(logAttempts, onAttempt(func(context.Context, *smithyhttp.Request) {})))
	require.Contains(t, log.String(), "retrying request")

	log.Reset()
	client := newClient(answers(answer(500, ""), answer(200, startedBody)), noBackoff, loud)
	_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput(), pc.WithAPIOptions(logAttempts))
	require.NoError(t, err)
	require.Contains(t, log.String(), "attempt 2")
	log.Reset()
	_, err = client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
	require.NoError(t, err)
	require.Empty(t, log.String())
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

type withFunc struct {
	fixedHeader
	fn func()
}

// An option that fails is asked again by the next call.
func TestFailingOptionIsNotRemembered(t *testing.T) {
	fail := true
	client := newClient(answers(answer(200, startedBody)), pc.WithAPIOptions(func(*middleware.Stack) error {
		if fail {
			return errors.New("not yet")
		}
		return nil
	}))
	_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
	require.ErrorContains(t, err, "not yet")
	fail = false
	_, err = client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
	require.NoError(t, err)
}

// hammer makes calls from 64 callers, each attempt but the second of a call
// failing, and returns the requests of all calls by the call's token.
func hammer(t *testing.T, optFns ...func(*pc.Options)) map[string][]*http.Request {
	const callers, calls = 64, 8
	var mu sync.Mutex
	seen := map[string][]*http.Request{}
	service := func(req *http.Request) (*http.Response, error) {
		var in pc.StartEngagementFromOpportunityTaskInput
		if err := json.NewDecoder(req.Body).Decode(&in); err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		seen[*in.ClientToken] = append(seen[*in.ClientToken], req)
		if len(seen[*in.ClientToken]) == 1 {
			return answer(500, "")(req)
		}
		return answer(200, startedBody)(req)
	}
	// The callers fail together, which the retry quota of the SDK would end.
	unlimited := func(o *pc.Options) {
		o.Retryer = retry.NewStandard(func(so *retry.StandardOptions) {
			so.RateLimiter, so.MaxBackoff = ratelimit.None, time.Nanosecond
		})
	}
	client := newClient(answers(service), append([]func(*pc.Options){unlimited}, optFns...)...)
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for i := range calls {
				in := fromOpportunityInput()
				in.ClientToken = aws.String(fmt.Sprintf("call-%d-%d", caller, i))
				if _, err := client.StartEngagementFromOpportunityTask(context.Background(), in); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.Len(t, seen, callers*calls)
	for id, requests := range seen {
		require.Len(t, requests, 2, id)
	}
	return seen
}

func TestMiddlewaresWithStateOfTheirCall(t *testing.T) {
	for name, option := range map[string]stackOption{
		"struct": func(s *middleware.Stack) error { return afterRetry(&attemptCounter{})(s) },
		"closure": func(s *middleware.Stack) error {
			n := 0
			return onAttempt(func(_ context.Context, req *smithyhttp.Request) {
				n++
				req.Header.Set("X-Attempt", strconv.Itoa(n))
			})(s)
		},
		"closures that share": func(s *middleware.Stack) error {
			var n int
			if err := onInitialize("start", func(ctx context.Context, in initIn, next initNext) (initOut, middleware.Metadata, error) {
				n = 0
				return next.HandleInitialize(ctx, in)
			})(s); err != nil {
				return err
			}
			return onAttempt(func(_ context.Context, req *smithyhttp.Request) {
				n++
				req.Header.Set("X-Attempt", strconv.Itoa(n))
			})(s)
		},
		"context": func(s *middleware.Stack) error {
			type key struct{}
			if err := onInitialize("start", func(ctx context.Context, in initIn, next initNext) (initOut, middleware.Metadata, error) {
				return next.HandleInitialize(middleware.WithStackValue(ctx, key{}, new(int)), in)
			})(s); err != nil {
				return err
			}
			return onAttempt(func(ctx context.Context, req *smithyhttp.Request) {
				n := middleware.GetStackValue(ctx, key{}).(*int)
				*n++
				req.Header.Set("X-Attempt", strconv.Itoa(*n))
			})(s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for id, requests := range hammer(t, pc.WithAPIOptions(option)) {
				require.Equal(t, "1", requests[0].Header.Get("X-Attempt"), id)
				require.Equal(t, "2", requests[1].Header.Get("X-Attempt"), id)
			}
		})
	}
}

// A value that an option finds for each call is found for each call.
func TestOptionThatDependsOnTheCall(t *testing.T) {
	var n atomic.Int64
	values := map[string]bool{}
	for _, requests := range hammer(t, pc.WithAPIOptions(func(s *middleware.Stack) error {
		return smithyhttp.SetHeaderValue("X-Request", strconv.FormatInt(n.Add(1), 10))(s)
	})) {
		require.Equal(t, requests[0].Header["X-Request"], requests[1].Header["X-Request"], "attempts share what was built")
		values[requests[0].Header.Get("X-Request")] = true
	}
	require.Len(t, values, 64*8)
}

// Concurrent calls of a client share nothing: not a token, not an id, not the
// memory of a header.
func TestCallsAreKeptApart(t *testing.T) {
	for name, option := range map[string]func(*pc.Options){"linked": func(*pc.Options) {}, "own stacks": ownStack, "intercepted": intercepted} {
		t.Run(name, func(t *testing.T) {
			ids, memory := map[string]bool{}, map[*string]bool{}
			for _, requests := range hammer(t, option) {
				require.Equal(t, requests[0].Header["Amz-Sdk-Invocation-Id"], requests[1].Header["Amz-Sdk-Invocation-Id"])
				ids[requests[0].Header.Get("Amz-Sdk-Invocation-Id")] = true
				require.Equal(t, []string{"attempt=2; max=3"}, requests[1].Header["Amz-Sdk-Request"])
				for _, req := range requests {
					for key, values := range req.Header {
						require.Len(t, values, 1, key)
						require.False(t, memory[&values[0]], "%s shares its memory", key)
						memory[&values[0]] = true
						require.Equal(t, 1, cap(values), "%s grows into its neighbour", key)
					}
				}
				require.NotSame(t, requests[0].URL, requests[1].URL)
			}
			require.Len(t, ids, 64*8)
		})
	}
}

func TestPaginatorsMarkTheirCalls(t *testing.T) {
	for name, option := range map[string]func(*pc.Options){"linked": func(*pc.Options) {}, "own stacks": ownStack} {
		tr := answers(answer(200, `{"NextToken":"t","TaskSummaries":[]}`))
		client := newClient(tr, option)
		in := &pc.ListEngagementFromOpportunityTasksInput{Catalog: aws.String("AWS")}
		p := pc.NewListEngagementFromOpportunityTasksPaginator(client, in)
		_, err := p.NextPage(context.Background())
		require.NoError(t, err)
		for range 4 {
			_, err := client.ListEngagementFromOpportunityTasks(context.Background(), in)
			require.NoError(t, err)
			_, err = pc.NewListEngagementFromOpportunityTasksPaginator(client, in).NextPage(context.Background())
			require.NoError(t, err)
		}
		for i, req := range tr.requests {
			_, features, _ := strings.Cut(req.UserAgent(), " m/")
			require.Equal(t, i%2 == 0, strings.Contains(features, string(awsmiddleware.UserAgentFeaturePaginator)), "%s: %s", name, req.UserAgent())
		}
	}
}

// callNumber is a key of a value in the context.
type callNumber struct{}

// A call inside a call has the values of its own.
func TestCallInsideACall(t *testing.T) {
	inner := newClient(answers(answer(200, emptyPage)), pc.WithAPIOptions(onInitialize("inner", func(ctx context.Context, in initIn, next initNext) (initOut, middleware.Metadata, error) {
		require.Equal(t, "ListEngagementFromOpportunityTasks", awsmiddleware.GetOperationName(ctx))
		require.Nil(t, middleware.GetStackValue(ctx, callNumber{}))
		return next.HandleInitialize(ctx, in)
	})))
	tr := answers(answer(500, ""), answer(200, startedBody))
	require.NoError(t, call(tr, noBackoff, pc.WithAPIOptions(onAttempt(func(ctx context.Context, _ *smithyhttp.Request) {
		_, err := inner.ListEngagementFromOpportunityTasks(middleware.WithStackValue(ctx, callNumber{}, 1), &pc.ListEngagementFromOpportunityTasksInput{Catalog: aws.String("AWS")})
		require.NoError(t, err)
		require.Equal(t, "StartEngagementFromOpportunityTask", awsmiddleware.GetOperationName(ctx))
	}))))
	require.Len(t, tr.requests, 2)
}

// A middleware may make the call twice: neither disturbs the other.
func TestMiddlewareThatCallsTwice(t *testing.T) {
	tr := answers(answer(200, startedBody))
	require.NoError(t, call(tr, pc.WithAPIOptions(onInitialize("twice", func(ctx context.Context, in initIn, next initNext) (initOut, middleware.Metadata, error) {
		if out, md, err := next.HandleInitialize(ctx, in); err != nil {
			return out, md, err
		}
		return next.HandleInitialize(ctx, in)
	}))))
	require.Len(t, tr.bodies, 2)
	for _, req := range tr.requests {
		require.Len(t, req.Header["X-Amz-Target"], 1)
	}
	require.Equal(t, len(tr.bodies[0]), len(tr.bodies[1]))
	require.NotSame(t, tr.requests[0].URL, tr.requests[1].URL)
}

// In a Lambda function each invocation has a trace id of its own.
func TestTraceIDIsReadPerCall(t *testing.T) {
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
	tr := answers(answer(200, startedBody))
	client := newClient(tr)
	for _, id := range []string{"Root=1-a", "Root=1-b", "Root=1-c"} {
		t.Setenv("_X_AMZN_TRACE_ID", id)
		_, err := client.StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
		require.NoError(t, err)
		require.Equal(t, id, tr.requests[len(tr.requests)-1].Header.Get("X-Amzn-Trace-Id"))
	}
}

func TestContextPrintsNoSecret(t *testing.T) {
	var printed strings.Builder
	require.NoError(t, call(answers(answer(200, startedBody)), pc.WithAPIOptions(
		onInitialize("print", func(ctx context.Context, in initIn, next initNext) (initOut, middleware.Metadata, error) {
			out, md, err := next.HandleInitialize(ctx, in)
			fmt.Fprintf(&printed, "%v %+v %#v %s", ctx, ctx, ctx, ctx)
			return out, md, err
		}),
		onAttempt(func(ctx context.Context, _ *smithyhttp.Request) { fmt.Fprintf(&printed, "%v %+v %s", ctx, ctx, ctx) }),
	)))
	require.NotEmpty(t, printed.String())
	require.NotContains(t, printed.String(), testSecret)
	require.NotContains(t, printed.String(), testSessionToken)
}

// A middleware may go on with a context that is not the call's. What it drops is
// its own business; the call is made all the same, as by a generated client.
func TestMiddlewareThatReplacesTheContext(t *testing.T) {
	type replaced struct{}
	fresh := context.WithValue(context.Background(), replaced{}, true)
	for name, insert := range map[string]func(*middleware.Stack) error{
		"initialize": func(s *middleware.Stack) error {
			return s.Initialize.Add(middleware.InitializeMiddlewareFunc("fresh", func(_ context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(fresh, in)
			}), middleware.After)
		},
		"serialize": func(s *middleware.Stack) error {
			return s.Serialize.Insert(middleware.SerializeMiddlewareFunc("fresh", func(_ context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (middleware.SerializeOutput, middleware.Metadata, error) {
				return next.HandleSerialize(fresh, in)
			}), "setOperationInput", middleware.After)
		},
		"beside the endpoint": func(s *middleware.Stack) error {
			return s.Serialize.Insert(middleware.SerializeMiddlewareFunc("fresh", func(_ context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (middleware.SerializeOutput, middleware.Metadata, error) {
				return next.HandleSerialize(fresh, in)
			}), "ResolveEndpoint", middleware.Before)
		},
		"build": func(s *middleware.Stack) error {
			return s.Build.Add(middleware.BuildMiddlewareFunc("fresh", func(_ context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
				return next.HandleBuild(fresh, in)
			}), middleware.Before)
		},
		"before the retries": freshFinalize(fresh, "Retry", middleware.Before),
		"in an attempt":      freshFinalize(fresh, "Retry", middleware.After),
		"before signing":     freshFinalize(fresh, "Signing", middleware.Before),
		"after signing":      freshFinalize(fresh, "Signing", middleware.After),
		"deserialize": func(s *middleware.Stack) error {
			return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("fresh", func(_ context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				return next.HandleDeserialize(fresh, in)
			}), middleware.After)
		},
	} {
		t.Run(name, func(t *testing.T) {
			tr := answers(answer(500, ""), answer(200, startedBody))
			require.NoError(t, call(tr, noBackoff, pc.WithAPIOptions(insert)))
			require.Len(t, tr.requests, 2)
			for _, req := range tr.requests {
				require.Equal(t, true, req.Context().Value(replaced{}))
				require.Equal(t, "us-east-1", signedRegion(req))
				require.Equal(t, "AWSPartnerCentralSelling.StartEngagementFromOpportunityTask", req.Header.Get("X-Amz-Target"))
				require.NotContains(t, fmt.Sprintf("%v %+v %#v", req.Context(), req.Context(), req.Context()), testSecret)
			}

			// And what may have been started is known.
			ctx, cancel := context.WithCancel(t.Context())
			lost := answers(func(*http.Request) (*http.Response, error) {
				cancel()
				return nil, errors.New("connection lost")
			})
			_, err := pc.NewRunner(newClient(lost, pc.WithAPIOptions(insert), func(o *pc.Options) { o.RetryMaxAttempts = 1 })).Start(ctx, submission(1))
			require.ErrorIs(t, err, pc.RunMaybeStarted)
		})
	}
}

func freshFinalize(fresh context.Context, beside string, at middleware.RelativePosition) func(*middleware.Stack) error {
	return func(s *middleware.Stack) error {
		return s.Finalize.Insert(middleware.FinalizeMiddlewareFunc("fresh", func(_ context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			return next.HandleFinalize(fresh, in)
		}), beside, at)
	}
}
