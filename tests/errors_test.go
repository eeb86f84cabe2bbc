package tests

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

func itoa(n int) string { return strconv.Itoa(n) }

// noBackoff retries at once.
func noBackoff(o *partnercentral.Options) {
	o.Retryer = retry.AddWithMaxBackoffDelay(o.Retryer, time.Nanosecond)
}

func isA[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

func TestModelledErrors(t *testing.T) {
	for _, test := range []struct {
		name     string
		is       func(error) bool
		statuses []int
		retried  bool
		fault    smithy.ErrorFault
	}{
		{"AccessDeniedException", isA[*partnercentral.AccessDeniedException], []int{400, 403, 500}, false, smithy.FaultClient},
		{"ConflictException", isA[*partnercentral.ConflictException], []int{400, 409, 500}, false, smithy.FaultClient},
		{"InternalServerException", isA[*partnercentral.InternalServerException], []int{400, 500}, true, smithy.FaultServer},
		{"ResourceNotFoundException", isA[*partnercentral.ResourceNotFoundException], []int{400, 404, 500}, false, smithy.FaultClient},
		{"ServiceQuotaExceededException", isA[*partnercentral.ServiceQuotaExceededException], []int{400, 402, 500}, false, smithy.FaultClient},
		{"ThrottlingException", isA[*partnercentral.ThrottlingException], []int{400, 429, 503}, true, smithy.FaultClient},
		{"ValidationException", isA[*partnercentral.ValidationException], []int{400, 500}, false, smithy.FaultClient},
	} {
		for _, status := range test.statuses {
			for form, respond := range map[string]func(*http.Request) (*http.Response, error){
				"namespaced type": answer(status, `{"__type":"com.amazonaws.partnercentralselling#`+test.name+`","Message":"text"}`),
				"bare type":       answer(status, `{"__type":"`+test.name+`","message":"text"}`),
				"header":          answer(status, `{"Message":"text"}`, "X-Amzn-Errortype", test.name+":http://internal.amazon.com/coral/"),
				"code":            answer(status, `{"code":"`+test.name+`","Message":"text"}`),
			} {
				t.Run(fmt.Sprintf("%s %d %s", test.name, status, form), func(t *testing.T) {
					t.Parallel()
					tr := answers(respond)
					err := call(tr, noBackoff)
					require.True(t, test.is(err), "%v", err)
					require.Len(t, tr.requests, map[bool]int{true: 3, false: 1}[test.retried])

					var opErr *smithy.OperationError
					require.ErrorAs(t, err, &opErr)
					require.Equal(t, "StartEngagementFromOpportunityTask", opErr.Operation())
					var respErr *awshttp.ResponseError
					require.ErrorAs(t, err, &respErr)
					require.Equal(t, status, respErr.HTTPStatusCode())
					require.Equal(t, "request-1", respErr.ServiceRequestID())
					var apiErr smithy.APIError
					require.ErrorAs(t, err, &apiErr)
					require.Equal(t, test.name, apiErr.ErrorCode())
					require.Equal(t, "text", apiErr.ErrorMessage())
					require.Equal(t, test.fault, apiErr.ErrorFault())
					for _, part := range []string{test.name, "text", "request-1", itoa(status), "StartEngagementFromOpportunityTask"} {
						require.ErrorContains(t, err, part)
					}
				})
			}
		}
	}
}

func TestErrorMembers(t *testing.T) {
	err := call(answers(answer(400, `{"__type":"com.amazonaws.partnercentralselling#ValidationException","Message":"","Reason":"BUSINESS_VALIDATION_FAILED","ErrorList":[{"FieldName":"ExpectedCustomerSpend.CurrencyCode","Message":"no such currency","Code":"INVALID_VALUE"},{"Code":"NEW_CODE","Message":null}]}`)))
	var invalid *partnercentral.ValidationException
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, partnercentral.ValidationExceptionReasonBusinessValidationFailed, invalid.Reason)
	require.Equal(t, []partnercentral.ValidationExceptionError{
		{Code: partnercentral.ValidationExceptionErrorCodeInvalidValue, FieldName: aws.String("ExpectedCustomerSpend.CurrencyCode"), Message: aws.String("no such currency")},
		{Code: "NEW_CODE"},
	}, invalid.ErrorList)
	require.Equal(t, "ValidationException: (BUSINESS_VALIDATION_FAILED) ExpectedCustomerSpend.CurrencyCode INVALID_VALUE (no such currency); NEW_CODE", invalid.Error())

	err = call(answers(answer(403, `{"__type":"AccessDeniedException","Message":"m","Reason":"INCOMPATIBLE_BENEFIT_AWS_PARTNER_STATE","ErrorCodeOverride":"x"}`)))
	var denied *partnercentral.AccessDeniedException
	require.ErrorAs(t, err, &denied)
	require.Equal(t, partnercentral.AccessDeniedExceptionErrorCodeIncompatibleBenefitAwsPartnerState, denied.Reason)
	require.Equal(t, "AccessDeniedException", denied.ErrorCode())
}

// An answer without a code still says what went wrong.
func TestMessageWithoutCode(t *testing.T) {
	err := call(answers(answer(403, `{"message":"Forbidden: blocked by WAF rule 17"}`)))
	var generic *smithy.GenericAPIError
	require.ErrorAs(t, err, &generic)
	require.Equal(t, "Forbidden: blocked by WAF rule 17", generic.Message)

	err = call(answers(answer(409, `{"__type":"com.x$ConflictException","Message":"busy"}`)))
	var conflict *partnercentral.ConflictException
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, "busy", *conflict.Message)
}

func TestUnmodelledErrors(t *testing.T) {
	for _, test := range []struct {
		name     string
		respond  func(*http.Request) (*http.Response, error)
		code     string
		attempts int
	}{
		{"front end", answer(400, `{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"text"}`), "UnrecognizedClientException", 1},
		{"new code", answer(400, `{"__type":"SomethingNew","Message":"text"}`), "SomethingNew", 1},
		{"HTML 503", answer(503, `<html>busy</html>`, "Content-Type", "text/html"), "UnknownError", 3},
		{"empty 502", answer(502, ``), "UnknownError", 3},
		{"429 without a code", answer(429, `{}`), "UnknownError", 3},
		{"404 without a code", answer(404, `not found`), "UnknownError", 1},
		{"redirect", answer(301, ``), "UnknownError", 1},
		{"type of another type", answer(400, `{"__type":7,"Message":[]}`), "UnknownError", 1},
		{"type that is no name", answer(400, `{"__type":"<script>"}`), "<script>", 1},
		{"deep nesting", answer(400, `{"__type":`+strings.Repeat("[", 100_000)), "UnknownError", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tr := answers(test.respond)
			err := call(tr, noBackoff)
			var generic *smithy.GenericAPIError
			require.ErrorAs(t, err, &generic)
			require.Equal(t, test.code, generic.Code)
			require.Len(t, tr.requests, test.attempts)
			require.ErrorContains(t, err, "request-1")
		})
	}
}

// A member that is not needed to know the task, and cannot be read, does not
// lose the task that was started.
func TestAnswersThatAreKept(t *testing.T) {
	noon := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		body  string
		start *time.Time
	}{
		"time without a zone": {`{"TaskId":"task-0123456789abc","TaskStatus":"IN_PROGRESS","StartTime":"2026-08-01T12:00:00"}`, &noon},
		"epoch time":          {`{"TaskId":"task-0123456789abc","TaskStatus":"IN_PROGRESS","StartTime":1700000000}`, nil},
		"no time":             {`{"TaskId":"task-0123456789abc","TaskStatus":"IN_PROGRESS","StartTime":"yesterday"}`, nil},
		"reason of no type":   {`{"TaskId":"task-0123456789abc","TaskStatus":"IN_PROGRESS","ReasonCode":{},"Message":7}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := answers(answer(200, test.body))
			out, err := newClient(tr).StartEngagementFromOpportunityTask(context.Background(), fromOpportunityInput())
			require.NoError(t, err)
			require.Len(t, tr.bodies, 1)
			require.Equal(t, "task-0123456789abc", *out.TaskId)
			require.Equal(t, partnercentral.TaskStatusInProgress, out.TaskStatus)
			require.Equal(t, test.start, out.StartTime)
		})
	}
}

// An answer with a success status that says nothing is an error, retried with
// the same token.
func TestBrokenAnswers(t *testing.T) {
	whole := `{"TaskId":"task-0123456789abc","TaskStatus":"COMPLETE","StartTime":"2026-08-01T12:00:00Z"}`
	broken := map[string]func(*http.Request) (*http.Response, error){
		"empty":             answer(200, ""),
		"blank":             answer(200, " \n"),
		"HTML":              answer(200, "<html></html>", "Content-Type", "text/html"),
		"null":              answer(200, "null"),
		"array":             answer(200, "[]"),
		"string":            answer(200, `"x"`),
		"two objects":       answer(200, whole+whole),
		"nothing started":   answer(200, `{}`),
		"no id in progress": answer(200, `{"TaskStatus":"IN_PROGRESS"}`),
		"no id, new status": answer(200, `{"TaskStatus":"NEW","OpportunityId":"O1"}`),
		"wrong type":        answer(200, `{"TaskId":1,"TaskStatus":"COMPLETE"}`),
		"deep nesting":      answer(200, `{"x":`+strings.Repeat("[", 100_000)),
		"reset in the body": func(req *http.Request) (*http.Response, error) {
			resp, _ := answer(200, whole)(req)
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(whole[:10]), errorReader{errors.New("connection reset by peer")}))
			return resp, nil
		},
	}
	for i := range whole {
		broken[fmt.Sprintf("cut at %d", i)] = answer(200, whole[:i])
	}
	for name, respond := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := answers(respond, respond, answer(200, whole))
			require.NoError(t, call(tr, noBackoff))
			require.Len(t, tr.bodies, 3)
			require.Equal(t, tr.bodies[0], tr.bodies[2])

			tr = answers(respond)
			err := call(tr, noBackoff)
			require.True(t, isA[*smithy.DeserializationError](err), "%v", err)
			for _, part := range []string{"StartEngagementFromOpportunityTask", "request-1", "exceeded maximum number of attempts, 3"} {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

func TestHugeAnswerIsNotReadWhole(t *testing.T) {
	for _, length := range []int64{100 << 20, -1} {
		var body countingReader
		tr := answers(func(req *http.Request) (*http.Response, error) {
			resp, _ := answer(200, "")(req)
			resp.ContentLength = length
			resp.Body = io.NopCloser(io.LimitReader(&body, 100<<20))
			return resp, nil
		})
		err := call(tr)
		require.ErrorContains(t, err, "longer than")
		require.ErrorContains(t, err, "request-1")
		require.Less(t, int(body), 20<<20)
		require.Len(t, tr.requests, 1, "another attempt would be as large")
	}
}

type countingReader int

func (c *countingReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	*c += countingReader(len(p))
	return len(p), nil
}

func TestTransportFailuresAreRetriedWithTheSameToken(t *testing.T) {
	for name, failure := range map[string]error{
		"reset":   errors.New("read: connection reset by peer"),
		"timeout": &timeoutError{},
		"EOF":     io.ErrUnexpectedEOF,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := answers(fails(failure), fails(failure), answer(200, startedBody))
				require.NoError(t, call(tr))
				require.Len(t, tr.bodies, 3)
				require.Equal(t, tr.bodies[0], tr.bodies[2])
				require.NotEqual(t, tr.requests[0].Header.Get("Authorization"), tr.requests[2].Header.Get("Authorization"))
			})
		})
	}
	t.Run("given up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err := call(answers(fails(errors.New("connection refused"))))
			require.True(t, isA[*smithyhttp.RequestSendError](err), "%v", err)
			require.ErrorContains(t, err, "StartEngagementFromOpportunityTask")
		})
	})
}

type timeoutError struct{}

func (*timeoutError) Error() string   { return "i/o timeout" }
func (*timeoutError) Timeout() bool   { return true }
func (*timeoutError) Temporary() bool { return true }

func TestContext(t *testing.T) {
	t.Run("nil", func(t *testing.T) {
		var ctx context.Context
		tr := answers(answer(200, startedBody))
		_, err := newClient(tr).StartEngagementFromOpportunityTask(ctx, fromOpportunityInput())
		require.ErrorContains(t, err, "context is nil")
		require.Empty(t, tr.requests)
	})
	t.Run("cancelled between attempts", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			defer cancel()
			tr := answers(func(*http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				return answer(500, "")(nil)
			})
			_, err := newClient(tr).StartEngagementFromOpportunityTask(ctx, fromOpportunityInput())
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Len(t, tr.requests, 1)
		})
	})
	t.Run("cancelled in the body", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		tr := answers(func(req *http.Request) (*http.Response, error) {
			resp, _ := answer(200, startedBody)(req)
			cancel()
			resp.Body = io.NopCloser(errorReader{context.Canceled})
			return resp, nil
		})
		_, err := newClient(tr).StartEngagementFromOpportunityTask(ctx, fromOpportunityInput())
		require.ErrorIs(t, err, context.Canceled)
		require.True(t, isA[*smithy.CanceledError](err))
		require.Len(t, tr.requests, 1)
	})
}

func TestErrorsHaveNoSecrets(t *testing.T) {
	const token = "a-client-token-of-the-caller"
	for name, respond := range map[string]func(*http.Request) (*http.Response, error){
		"api error": answer(400, `{"__type":"ValidationException","Message":"m"}`),
		"broken":    answer(200, `{"TaskId"`),
		"transport": fails(errors.New("refused")),
	} {
		in := fromOpportunityInput()
		in.ClientToken = aws.String(token)
		_, err := newClient(answers(respond), noBackoff).StartEngagementFromOpportunityTask(context.Background(), in)
		require.Error(t, err, name)
		for _, secret := range []string{testSecret, testSessionToken, testAccessKey, token, "Signature="} {
			require.NotContains(t, err.Error(), secret, name)
			require.NotContains(t, fmt.Sprintf("%+v", err), secret, name)
		}
	}
	in := fromOpportunityInput()
	in.ClientToken = aws.String(token + strings.Repeat("x", 300) + "\n")
	_, err := newClient(answers(answer(200, startedBody))).StartEngagementFromOpportunityTask(context.Background(), in)
	require.ErrorContains(t, err, "ClientToken")
	require.NotContains(t, err.Error(), token)
}
