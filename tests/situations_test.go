package tests

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// situation is what a Start meets each time that it is sent, and what is to be
// said of it by whoever sends it.
type situation struct {
	effect  fake.Effect
	answers func(*http.Request) (*http.Response, error) // in place of an effect
	options func(*pc.Options)
	in      *pc.StartEngagementFromOpportunityTaskInput
	says    string      // part of the text
	state   pc.RunState // what the runner makes of it
}

func status(code int, body string, header ...string) func(*http.Request) (*http.Response, error) {
	return answer(code, body, header...)
}

func unsent(err error) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return nil, &url.Error{Op: "Post", URL: r.URL.String(), Err: err}
	}
}

func situations() map[string]situation {
	of := func(e fake.Effect, says string, state pc.RunState) situation {
		return situation{effect: e, says: says, state: state}
	}
	wire := func(f func(*http.Request) (*http.Response, error), says string, state pc.RunState) situation {
		return situation{answers: f, says: says, state: state}
	}
	with := func(f func(*pc.Options), says string) situation {
		return situation{options: f, says: says, state: pc.RunNotStarted}
	}
	refuse := func(err smithy.APIError) fake.Effect { return fake.Refuse(err) }
	text := aws.String("the words of the service")
	invalid := submission(1)
	invalid.Identifier = aws.String("engi-1")
	noToken := submission(1)
	noToken.ClientToken = aws.String("")
	const no, maybe = pc.RunNotStarted, pc.RunMaybeStarted
	return map[string]situation{
		"access denied":        of(refuse(&pc.AccessDeniedException{Message: text}), "AccessDeniedException: the words", no),
		"conflict":             of(refuse(&pc.ConflictException{Message: text}), "ConflictException: the words", no),
		"not found":            of(refuse(&pc.ResourceNotFoundException{Message: text}), "ResourceNotFoundException: the words", no),
		"quota of resources":   of(refuse(&pc.ServiceQuotaExceededException{Message: text}), "ServiceQuotaExceededException: the words", no),
		"validation":           of(refuse(&pc.ValidationException{Message: text}), "ValidationException: the words", no),
		"throttled":            of(fake.Throttle(), "ThrottlingException", no),
		"fault":                of(fake.Error(500, "InternalServerException", "the words"), "InternalServerException: the words", maybe),
		"fault with 400":       of(fake.Error(400, "InternalServerException", ""), "InternalServerException", maybe),
		"expired token":        of(fake.ExpiredToken(), "ExpiredToken", no),
		"refused signature":    of(fake.RefusedSignature(), "InvalidSignatureException", no),
		"page of a proxy, 502": of(fake.HTML(502), "StatusCode: 502", maybe),
		"page of a proxy, 403": of(fake.HTML(403), "StatusCode: 403", no),
		"no body, 503":         of(fake.Empty(503), "StatusCode: 503", maybe),
		"no body, 200":         of(fake.EmptyOK(), "deserialization failed", maybe),
		"broken answer":        of(fake.AfterCommit(fake.Malformed()), "deserialization failed", maybe),
		"cut answer":           of(fake.AfterCommit(fake.Truncate(20)), "deserialization failed", maybe),
		"reset":                of(fake.Reset(), "reset", maybe),
		"reset after commit":   of(fake.AfterCommit(fake.Reset()), "reset", maybe),
		"closed early":         of(fake.CloseEarly(), "EOF", maybe),
		"unknown code, 400":    wire(status(400, `{"__type":"a.b#NewException","Message":"words"}`), "NewException: words", no),
		"unknown code, 429":    wire(status(429, `{"__type":"SlowDownPlease","message":"words"}`), "SlowDownPlease: words", no),
		"429 of a front door":  wire(status(429, `<html>`), "StatusCode: 429", no),
		"firewall":             wire(status(403, `{"message":"Forbidden: blocked by WAF rule 17"}`), "blocked by WAF rule 17", no),
		"proxy's password":     wire(status(407, ``), "StatusCode: 407", no),
		"redirected":           wire(status(307, ``, "Location", "https://example.com/"), "StatusCode: 307", no),
		"answer says nothing":  wire(status(200, `{}`), "neither a task id nor a final status", maybe),
		"unknown authority":    wire(unsent(x509.UnknownAuthorityError{}), "unknown authority", no),
		"refused connection":   wire(unsent(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}), "connection refused", no),
		"unknown host":         wire(unsent(&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}), "no such host", no),
		"no HTTPS":             wire(unsent(http.ErrSchemeMismatch), "HTTP response to HTTPS", no),
		"unexpected end":       wire(unsent(io.ErrUnexpectedEOF), "unexpected EOF", maybe),
		"no credentials":       with(func(o *pc.Options) { o.Credentials = nil }, "no credentials"),
		"failing credentials": with(func(o *pc.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errors.New("log in first") })
		}, "log in first"),
		"bad endpoint": with(func(o *pc.Options) { o.BaseEndpoint = aws.String("nowhere") }, "endpoint"),
		"middleware": with(func(o *pc.Options) {
			o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
				return s.Initialize.Add(middleware.InitializeMiddlewareFunc("Refuses", func(context.Context, middleware.InitializeInput, middleware.InitializeHandler) (out middleware.InitializeOutput, metadata middleware.Metadata, err error) {
					return out, metadata, &pc.ValidationException{Message: aws.String("not here")}
				}), middleware.Before)
			})
		}, "not here"),
		"invalid input": {in: invalid, says: "Identifier", state: no},
		"empty token":   {in: noToken, says: "ClientToken", state: no},
	}
}

// said is what an error says, whoever returns it.
type said struct {
	text, code, message string
	fault               smithy.ErrorFault
	status              int
	types               string
}

var idOfRequest = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func whatIsSaid(t *testing.T, err error) said {
	t.Helper()
	require.Error(t, err)
	var s said
	// A Runner says more than the operation: which task, and how to go on.
	var operation *smithy.OperationError
	if errors.As(err, &operation) {
		err = operation
	} else if runErr := (*pc.RunError)(nil); errors.As(err, &runErr) {
		err = runErr.Err
	}
	s.text = idOfRequest.ReplaceAllString(err.Error(), "*")
	for e := err; e != nil; e = errors.Unwrap(e) {
		s.types += fmt.Sprintf(" %T", e)
	}
	var apiErr smithy.APIError
	if errors.As(err, &apiErr) {
		s.code, s.message, s.fault = apiErr.ErrorCode(), apiErr.ErrorMessage(), apiErr.ErrorFault()
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		s.status = response.HTTPStatusCode()
	}
	return s
}

// A plain call, a call with options of its own and a run say the same of what
// they meet.
func TestEverybodySaysTheSame(t *testing.T) {
	all := situations()
	require.GreaterOrEqual(t, len(all), 30)
	for name, tc := range all {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t, fake.AllowLeftovers())
				if tc.effect.String() != (fake.Effect{}).String() {
					svc.Fault(opStart, fake.Always(), tc.effect)
				}
				options := func(o *pc.Options) {
					noBackoff(o)
					if tc.answers != nil {
						o.HTTPClient = doer(tc.answers)
					}
					if tc.options != nil {
						tc.options(o)
					}
				}
				in := tc.in
				if in == nil {
					in = keyed(submission(1), "k")
				}
				_, err := svc.Client(options).StartEngagementFromOpportunityTask(t.Context(), in)
				plain := whatIsSaid(t, err)
				require.Contains(t, plain.text, tc.says)

				_, err = svc.Client().StartEngagementFromOpportunityTask(t.Context(), in, options)
				require.Equal(t, plain, whatIsSaid(t, err), "with options of its own")

				_, err = svc.Client(withQuota(&pc.Quota{}), options).StartEngagementFromOpportunityTask(t.Context(), in)
				require.Equal(t, plain, whatIsSaid(t, err), "with a quota")

				_, err = pc.NewRunner(svc.Client(options)).Run(t.Context(), in, func(o *pc.RunnerOptions) { o.MaxWait = time.Minute })
				require.Equal(t, plain, whatIsSaid(t, err), "by a runner")
				require.Equal(t, tc.state, requireState(t, err, tc.state).State)
				require.True(t, strings.Contains(err.Error(), "was not started") == (tc.state == pc.RunNotStarted), err)
			})
		})
	}
}
