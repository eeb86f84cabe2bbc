package partnercentral

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go/internal/stack"
)

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(req *http.Request) (*http.Response, error) { return f(req) }

var staticCredentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET"}, nil
})

func respond(status int, body string, date ...string) *http.Response {
	h := http.Header{}
	if len(date) > 0 {
		h.Set("Date", date[0])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

func listInput() *ListEngagementFromOpportunityTasksInput {
	return &ListEngagementFromOpportunityTasksInput{Catalog: aws.String("AWS")}
}

// Whoever asks hears of each attempt that may have reached the service, by every
// way from call to wire.
func TestWithFollower(t *testing.T) {
	ways := map[string]func(*Options){
		"linked":          func(*Options) {},
		"by APIOptions":   WithAPIOptions(func(*middleware.Stack) error { return nil }),
		"without Signing": WithAPIOptions(func(s *middleware.Stack) error { _, err := s.Finalize.Remove("Signing"); return err }),
		"with interceptor": func(o *Options) {
			o.Interceptors.BeforeAttempt = append(o.Interceptors.BeforeAttempt, nopInterceptor{})
		},
	}
	for name, way := range ways {
		for _, perCall := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " per call ", perCall), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var inner *Client
					n := 0
					client := New(Options{Region: "us-east-1", HTTPClient: doFunc(func(*http.Request) (*http.Response, error) {
						n++
						switch n {
						case 1:
							return nil, io.ErrUnexpectedEOF
						case 2:
							return respond(500, ""), nil
						}
						return respond(200, `{"TaskSummaries":[]}`), nil
					}), Credentials: aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
						// A call inside the call is not told of.
						_, err := inner.ListEngagementFromOpportunityTasks(ctx, listInput())
						require.NoError(t, err)
						return staticCredentials.Retrieve(ctx)
					})}, way)
					inner = New(Options{Region: "us-east-1", Credentials: staticCredentials, HTTPClient: doFunc(func(*http.Request) (*http.Response, error) {
						return respond(200, `{"TaskSummaries":[]}`), nil
					})})
					var options []func(*Options)
					if perCall {
						options = append(options, func(o *Options) { o.AppID = "a" })
					}
					var errs []error
					begun := 0
					ctx := stack.WithFollower(t.Context(), &follower{
						begin: func(context.Context) error { begun++; return nil },
						end:   func(a stack.Attempt) { errs = append(errs, a.Err) },
					})
					_, err := client.ListEngagementFromOpportunityTasks(ctx, listInput(), options...)
					require.NoError(t, err)
					require.Equal(t, 3, begun)
					if name == "without Signing" {
						// Nobody sees the ends of attempts but the last.
						require.Len(t, errs, 3)
						require.Error(t, errs[0])
						require.Error(t, errs[1])
						require.NoError(t, errs[2])
						return
					}
					require.Len(t, errs, 3)
					require.ErrorIs(t, errs[0], io.ErrUnexpectedEOF)
					var apiErr smithy.APIError
					require.ErrorAs(t, errs[1], &apiErr)
					require.NoError(t, errs[2])
				})
			})
		}
	}

	client := New(Options{Region: "us-east-1", HTTPClient: doFunc(func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, io.EOF
	})})
	attempts := &follower{end: func(stack.Attempt) { t.Error("told of an attempt that was not sent") }}
	ctx := stack.WithFollower(t.Context(), attempts)
	_, err := client.ListEngagementFromOpportunityTasks(ctx, listInput())
	require.ErrorContains(t, err, "no credentials")
	_, err = client.ListEngagementFromOpportunityTasks(ctx, listInput(), func(o *Options) {
		o.Credentials = staticCredentials
		o.BaseEndpoint = aws.String("nowhere")
	})
	require.Error(t, err)
	attempts.begin = func(context.Context) error { return io.ErrClosedPipe }
	_, err = client.ListEngagementFromOpportunityTasks(ctx, listInput(), func(o *Options) { o.Credentials = staticCredentials })
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

type follower struct {
	begin func(context.Context) error
	end   func(stack.Attempt)
}

func (f *follower) Begin(ctx context.Context) error {
	if f.begin == nil {
		return nil
	}
	return f.begin(ctx)
}

func (f *follower) HandOver()           {}
func (f *follower) End(a stack.Attempt) { f.end(a) }

type nopInterceptor struct{}

func (nopInterceptor) BeforeAttempt(context.Context, *smithyhttp.InterceptorContext) error {
	return nil
}

// A call by a derived client costs what a call by the client costs, and a call
// with an option function a stack of its own.
func TestDerivedClientLinksItsChains(t *testing.T) {
	client := New(Options{Region: "us-east-1", Credentials: staticCredentials, HTTPClient: doFunc(func(*http.Request) (*http.Response, error) {
		return respond(200, `{"TaskSummaries":[]}`), nil
	})})
	two := func(o *Options) { o.RetryMaxAttempts = 2 }
	allocs := func(c *Client, optFns ...func(*Options)) float64 {
		return testing.AllocsPerRun(100, func() {
			if _, err := c.ListEngagementFromOpportunityTasks(t.Context(), listInput(), optFns...); err != nil {
				t.Error(err)
			}
		})
	}
	require.InDelta(t, allocs(client), allocs(client.derive(two)), 3)
	require.Greater(t, allocs(client, two), allocs(client)+50)
}

// A derived client has the options of a call, chains of its own, and the clock
// skew of the client that it comes from.
func TestDerivedClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status, n := 200, 0
		var signed []string
		client := New(Options{Region: "us-east-1", Credentials: staticCredentials, RetryMaxAttempts: 4, AppID: "first", HTTPClient: doFunc(func(req *http.Request) (*http.Response, error) {
			n++
			signed = append(signed, req.Header.Get("X-Amz-Date"))
			return respond(status, `{"TaskSummaries":[]}`, time.Now().Add(7*time.Hour).UTC().Format(http.TimeFormat)), nil
		})})
		attempts := func(c *Client) int {
			n = 0
			_, err := c.ListEngagementFromOpportunityTasks(t.Context(), listInput())
			require.Equal(t, status == 200, err == nil, err)
			return n
		}
		require.Equal(t, 1, attempts(client))
		two := client.derive(func(o *Options) { o.RetryMaxAttempts = 2; o.AppID = "second" })
		require.Equal(t, 1, attempts(two))
		require.Equal(t, time.Now().Add(7*time.Hour).UTC().Format("20060102T150405Z"), signed[1], "the skew is shared")
		require.Equal(t, "first", client.Options().AppID)
		require.Equal(t, "second", two.Options().AppID)

		status = 500
		require.Equal(t, 2, attempts(two))
		require.Equal(t, 4, attempts(client))
		same := two.derive(func(o *Options) { o.AppID = "third" })
		require.Equal(t, 2, attempts(same))
		require.Equal(t, 1, attempts(two.derive(func(o *Options) { o.Retryer = aws.NopRetryer{} })))
		require.Equal(t, 5, attempts(two.derive(func(o *Options) { o.RetryMaxAttempts = 5 })))
		require.Equal(t, 3, attempts(two.derive(func(o *Options) { o.Retryer = nil })), "the default")

		broken := client.derive(func(o *Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{}, errors.New("expired")
			})
		})
		_, err := broken.ListEngagementFromOpportunityTasks(t.Context(), listInput())
		require.ErrorContains(t, err, "expired")
	})
}
