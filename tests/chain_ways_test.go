package tests

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

type attempts = []func(*http.Request) (*http.Response, error)

// account is all that can be seen of a call from outside.
type account struct {
	requests []string
	err      string
	metadata string
	task     pc.Task
	log      string
	unclosed int
}

// closing counts the bodies that are not closed.
type closing struct {
	io.Reader
	open *int
}

func (c closing) Close() error { *c.open--; return nil }

// What differs from call to call: ids and what is signed of them, and parts of a
// second.
var ofTheCall = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|\.[0-9]+`)

func describe(tr *transport, log string, result middleware.Metadata, err error) account {
	a := account{log: ofTheCall.ReplaceAllString(log, "*")}
	for i, req := range tr.requests {
		a.requests = append(a.requests, ofTheCall.ReplaceAllString(fmt.Sprintln(req.Method, req.URL, req.Host, req.ContentLength, req.Header, tr.bodies[i]), "*"))
	}
	types := ""
	for e := err; e != nil; e = errors.Unwrap(e) {
		types += fmt.Sprintf(" %T", e)
	}
	a.err = fmt.Sprint(err, types)
	if results, ok := retry.GetAttemptResults(result); ok {
		for _, r := range results.Results {
			skew, known := awsmiddleware.GetAttemptSkew(r.ResponseMetadata)
			a.metadata += fmt.Sprintln(r.Err, r.Retryable, r.Retried, skew, known)
		}
	}
	id, _ := awsmiddleware.GetRequestIDMetadata(result)
	served, _ := awsmiddleware.GetServerTime(result)
	received, _ := awsmiddleware.GetResponseAt(result)
	raw, _ := awsmiddleware.GetRawResponse(result).(*smithyhttp.Response)
	a.metadata += fmt.Sprintln(id, served, received, raw != nil && raw.StatusCode == http.StatusOK)
	a.metadata = ofTheCall.ReplaceAllString(a.metadata, "*")
	return a
}

// intercepted adds an interceptor that does nothing.
func intercepted(o *pc.Options) {
	o.Interceptors.BeforeTransmit = append(o.Interceptors.BeforeTransmit, idleInterceptor{})
}

type idleInterceptor struct{}

func (idleInterceptor) BeforeTransmit(context.Context, *smithyhttp.InterceptorContext) error {
	return nil
}

// The calls of a client share their middlewares, unless it has API options or
// the call has option functions. Nobody can tell: requests, errors, metadata and
// log are the same.
func TestEveryWayThroughTheStackIsTheSame(t *testing.T) {
	ok := answer(200, startedBody, "Date", "Sat, 01 Jan 2000 00:00:00 GMT")
	skewed := answer(403, `{"__type":"InvalidSignatureException"}`, "Date", "Sat, 01 Jan 2000 07:00:00 GMT")
	cut := func(req *http.Request) (*http.Response, error) {
		resp, err := ok(req)
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(startedBody[:9]), iotest.ErrReader(io.ErrUnexpectedEOF)))
		return resp, err
	}
	for name, test := range map[string]struct {
		attempts attempts
		options  func(*pc.Options)
		ctx      func(*testing.T) context.Context
		env      map[string]string
		in       *pc.StartEngagementFromOpportunityTaskInput
	}{
		"success":       {attempts: attempts{ok}},
		"third attempt": {attempts: attempts{answer(500, ""), cut, ok}},
		"throttled":     {attempts: attempts{answer(400, `{"__type":"ThrottlingException","Message":"m"}`)}},
		"refused":       {attempts: attempts{answer(400, `{"__type":"ValidationException","Message":"m","Reason":"REQUEST_VALIDATION_FAILED"}`)}},
		"reset":         {attempts: attempts{fails(io.ErrUnexpectedEOF), ok}},
		"answer and error": {attempts: attempts{func(req *http.Request) (*http.Response, error) {
			resp, _ := answer(500, "half")(req)
			return resp, io.ErrUnexpectedEOF
		}}},
		"never answered":    {attempts: attempts{fails(errors.New("no route"))}},
		"empty answer":      {attempts: attempts{answer(200, "")}},
		"no task":           {attempts: attempts{answer(200, "{}")}},
		"clock skew":        {attempts: attempts{skewed, ok}},
		"clock skew, local": {attempts: attempts{skewed}, options: func(o *pc.Options) { o.DisableClockSkewCorrection = true }},
		"lambda":            {attempts: attempts{answer(500, ""), ok}, env: map[string]string{"AWS_LAMBDA_FUNCTION_NAME": "f", "_X_AMZN_TRACE_ID": "Root=1-ä"}},
		"invalid input":     {in: &pc.StartEngagementFromOpportunityTaskInput{}},
		"no credentials":    {options: func(o *pc.Options) { o.Credentials = aws.AnonymousCredentials{} }},
		"empty credentials": {options: func(o *pc.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, nil })
		}},
		"failing credentials": {options: func(o *pc.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{}, errors.New("expired")
			})
		}},
		"no token": {options: func(o *pc.Options) { o.IdempotencyTokenProvider = noToken{} }, in: &pc.StartEngagementFromOpportunityTaskInput{}},
		"endpoint": {attempts: attempts{answer(500, ""), ok}, options: func(o *pc.Options) {
			o.BaseEndpoint = aws.String("https://proxy.example:8443/base%2Fpath")
			o.EndpointOptions.DisableHTTPS = true
		}},
		"impossible host": {attempts: attempts{ok}, options: func(o *pc.Options) { o.BaseEndpoint = aws.String("https://a_b!c.example") }},
		"no endpoint":     {options: func(o *pc.Options) { o.BaseEndpoint = aws.String("nowhere") }},
		"no region":       {options: func(o *pc.Options) { o.Region = "" }},
		"signing of the context": {attempts: attempts{ok}, options: func(o *pc.Options) { o.EndpointOptions.DisableHTTPS = true }, ctx: func(t *testing.T) context.Context {
			ctx := smithyhttp.SetHostnameImmutable(v4.SetPayloadHash(t.Context(), "UNSIGNED-PAYLOAD"), true)
			//lint:ignore SA1019 callers may have it.
			return awsmiddleware.SetSigningRegion(awsmiddleware.SetSigningName(ctx, "name"), "eu-west-1")
		}},
		"deadline": {attempts: attempts{answer(500, ""), ok}, ctx: func(t *testing.T) context.Context {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			t.Cleanup(cancel)
			return ctx
		}},
		"canceled": {attempts: attempts{ok}, ctx: func(t *testing.T) context.Context {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return ctx
		}},
		"logged": {attempts: attempts{answer(500, ""), ok}, options: func(o *pc.Options) { o.ClientLogMode = aws.LogRetries | aws.LogSigning }},
		"logged whole": {attempts: attempts{answer(500, ""), ok}, options: func(o *pc.Options) {
			o.ClientLogMode = aws.LogRequestWithBody | aws.LogResponseWithBody
		}},
		"paced": {attempts: attempts{answer(500, ""), ok}, options: func(o *pc.Options) { o.Quota = pc.NewQuota() }},
	} {
		t.Run(name, func(t *testing.T) {
			for key, value := range test.env {
				t.Setenv(key, value)
			}
			in := test.in
			if in == nil {
				in = fromOpportunityInput()
				in.ClientToken = aws.String("token-1")
			}
			run := func(t *testing.T, way func(*pc.Options), ofCall ...func(*pc.Options)) (accounts []account) {
				synctest.Test(t, func(t *testing.T) {
					var tr *transport
					var log strings.Builder
					unclosed := 0
					client := pc.New(pc.Options{Region: "us-east-1", Credentials: testCredentials}, noBackoff, func(o *pc.Options) {
						o.HTTPClient = httpClientFunc(func(req *http.Request) (*http.Response, error) {
							resp, err := tr.Do(req)
							if resp != nil {
								unclosed++
								resp.Body = closing{resp.Body, &unclosed}
							}
							return resp, err
						})
						o.Logger = logging.LoggerFunc(func(c logging.Classification, format string, v ...any) {
							fmt.Fprintf(&log, string(c)+" "+format+"\n", v...)
						})
						if test.options != nil {
							test.options(o)
						}
						way(o)
					})
					for range 4 {
						tr = answers(test.attempts...)
						log.Reset()
						ctx := t.Context()
						if test.ctx != nil {
							ctx = test.ctx(t)
						}
						out, err := client.StartEngagementFromOpportunityTask(ctx, in, ofCall...)
						var metadata middleware.Metadata
						var task pc.Task
						if out != nil {
							metadata, task = out.ResultMetadata, out.Task()
						}
						a := describe(tr, log.String(), metadata, err)
						a.task, a.unclosed = task, unclosed
						accounts = append(accounts, a)
					}
				})
				return accounts
			}
			nothing := func(*pc.Options) {}
			perCall := run(t, ownStack)
			require.Equal(t, len(test.attempts) > 0, name == "impossible host" || name == "canceled" || len(perCall[0].requests) > 0)
			require.Zero(t, perCall[3].unclosed)
			require.Equal(t, perCall, run(t, nothing), "linked")
			require.Equal(t, perCall, run(t, nothing, nothing), "an option function of the call")
			require.Equal(t, perCall, run(t, nothing, ownStack), "an API option of the call")
			require.Equal(t, perCall, run(t, intercepted), "linked, with an interceptor")
			require.Equal(t, perCall, run(t, func(o *pc.Options) { o.MeterProvider = meterProvider{newRecorder()} }), "linked, measured")
			require.Equal(t, perCall, run(t, func(o *pc.Options) { o.TracerProvider = newRecorder() }), "linked, traced")
		})
	}
}

// The transport may go on writing a request after its answer has come, so the
// next attempt must not touch it.
func TestAttemptsShareNoHeader(t *testing.T) {
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
	t.Setenv("_X_AMZN_TRACE_ID", "Root=1-a")
	var sent, kept []http.Header
	tr := answers(answer(500, ""), answer(500, ""), answer(200, startedBody))
	client := newClient(tr, noBackoff, func(o *pc.Options) {
		o.HTTPClient = httpClientFunc(func(req *http.Request) (*http.Response, error) {
			sent, kept = append(sent, req.Header), append(kept, req.Header.Clone())
			// Nor must the request before be in reach of the next.
			defer func() { req.Header.Set("X-Late", "1"); req.Header["Amz-Sdk-Request"][0] = "late" }()
			return tr.Do(req)
		})
	})
	_, err := client.StartEngagementFromOpportunityTask(t.Context(), fromOpportunityInput())
	require.NoError(t, err)
	require.Len(t, sent, 3)
	for i := range sent {
		require.Equal(t, fmt.Sprintf("attempt=%d; max=3", i+1), kept[i].Get("Amz-Sdk-Request"))
		require.Equal(t, "Root=1-a", kept[i].Get("X-Amzn-Trace-Id"))
		require.NotContains(t, kept[i], "X-Late")
		require.Equal(t, len(kept[0]), len(kept[i]))
		require.Equal(t, "late", sent[i].Get("Amz-Sdk-Request"))
	}
}
