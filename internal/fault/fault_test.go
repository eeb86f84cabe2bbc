package fault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"
)

// answered is an error as it comes out of a call.
func answered(status int, err error) error {
	return operation(&awshttp.ResponseError{
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: err,
		},
		RequestID: "r",
	})
}

func operation(err error) error {
	return &smithy.OperationError{ServiceID: "PartnerCentral Selling", OperationName: "X", Err: err}
}

// unsent is an error of the HTTP client as it comes out of a call.
func unsent(err error) error {
	return operation(&smithyhttp.RequestSendError{Err: &url.Error{Op: "Post", URL: "https://x", Err: err}})
}

func named(code string) error { return &smithy.GenericAPIError{Code: code} }

func server(code string) error {
	return &smithy.GenericAPIError{Code: code, Fault: smithy.FaultServer}
}

func TestOf(t *testing.T) {
	t.Parallel()
	for i, tc := range []struct {
		err       error
		kind      Kind
		acted     bool
		answered  bool
		retryable aws.Ternary
	}{
		// The modelled errors, whatever their status.
		{answered(400, named("AccessDeniedException")), RefusesCaller, false, true, aws.FalseTernary},
		{answered(403, named("AccessDeniedException")), RefusesCaller, false, true, aws.FalseTernary},
		{answered(500, named("ValidationException")), RefusesRequest, false, true, aws.FalseTernary},
		{answered(400, named("ValidationException")), RefusesRequest, false, true, aws.FalseTernary},
		{answered(404, named("ResourceNotFoundException")), RefusesObject, false, true, aws.FalseTernary},
		{answered(409, named("ConflictException")), RefusesState, false, true, aws.FalseTernary},
		{answered(429, named("ServiceQuotaExceededException")), RefusesState, false, true, aws.FalseTernary},
		{answered(400, named("ThrottlingException")), Throttled, false, true, aws.TrueTernary},
		{answered(503, named("ThrottlingException")), Throttled, false, true, aws.TrueTernary},
		{answered(500, named("InternalServerException")), MayPass, true, true, aws.TrueTernary},
		{answered(400, server("InternalServerException")), MayPass, true, true, aws.TrueTernary},
		{operation(named("ConflictException")), RefusesState, false, true, aws.FalseTernary},

		// Names of every service.
		{answered(400, named("ExpiredTokenException")), RefusesCaller, false, true, aws.UnknownTernary},
		{answered(403, named("InvalidSignatureException")), RefusesCaller, false, true, aws.UnknownTernary},
		{answered(400, named("UnknownOperationException")), RefusesCaller, false, true, aws.UnknownTernary},
		{answered(400, named("TooManyRequestsException")), Throttled, false, true, aws.TrueTernary},
		{answered(400, named("RequestExpired")), MayPass, false, true, aws.UnknownTernary},
		{answered(408, named("SomethingNew")), MayPass, false, true, aws.UnknownTernary},

		// Unknown names, by their status.
		{answered(429, named("SomethingNew")), Throttled, false, true, aws.TrueTernary},
		{answered(400, named("SomethingNew")), RefusesCaller, false, true, aws.UnknownTernary},
		{answered(413, named("SomethingNew")), RefusesCaller, false, true, aws.UnknownTernary},
		{answered(500, named("SomethingNew")), MayPass, true, true, aws.UnknownTernary},
		{answered(500, named("UnknownError")), MayPass, true, true, aws.UnknownTernary},

		// No name.
		{answered(429, errors.New("html")), Throttled, false, true, aws.TrueTernary},
		{answered(429, named("UnknownError")), Throttled, false, true, aws.TrueTernary},
		{answered(401, named("UnknownError")), RefusesCaller, false, true, aws.UnknownTernary},
		{answered(403, named("")), RefusesCaller, false, true, aws.UnknownTernary},
		{answered(404, named("UnknownError")), MayPass, false, true, aws.UnknownTernary},
		{answered(502, named("UnknownError")), MayPass, true, true, aws.UnknownTernary},
		{answered(200, &smithy.DeserializationError{Err: errors.New("x")}), MayPass, true, false, aws.UnknownTernary},

		// No answer.
		{unsent(&net.OpError{Op: "dial", Err: errors.New("refused")}), NeverSent, false, false, aws.UnknownTernary},
		{unsent(&net.OpError{Op: "proxyconnect", Err: errors.New("refused")}), NeverSent, false, false, aws.UnknownTernary},
		{unsent(&net.DNSError{}), NeverSent, false, false, aws.UnknownTernary},
		{unsent(&net.OpError{Op: "read", Err: errors.New("reset")}), MayPass, true, false, aws.UnknownTernary},
		{unsent(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), NeverConnects, false, false, aws.FalseTernary},
		{unsent(x509.UnknownAuthorityError{}), NeverConnects, false, false, aws.FalseTernary},
		{unsent(tls.RecordHeaderError{Msg: "first record"}), NeverConnects, false, false, aws.FalseTernary},
		{unsent(&net.OpError{Op: "dial", Err: &net.AddrError{Err: "invalid port", Addr: "99999"}}), NeverConnects, false, false, aws.FalseTernary},
		{unsent(errors.New(`unsupported protocol scheme "ftp"`)), NeverConnects, false, false, aws.FalseTernary},
		{unsent(errors.New("http: no Host in request URL")), NeverConnects, false, false, aws.FalseTernary},
		{unsent(http.ErrSchemeMismatch), NeverConnects, false, false, aws.FalseTernary},
		{unsent(&ProxyError{Status: 407}), NeverConnects, false, false, aws.FalseTernary},
		{unsent(&ProxyError{Status: 403}), NeverConnects, false, false, aws.FalseTernary},
		{unsent(&ProxyError{Status: 502}), NeverSent, false, false, aws.UnknownTernary},
		{unsent(&ProxyError{Status: 429}), NeverSent, false, false, aws.UnknownTernary},
		{unsent(errors.New("Proxy Authentication Required")), NeverConnects, true, false, aws.FalseTernary},
		{unsent(errors.New("Forbidden")), NeverConnects, true, false, aws.FalseTernary},
		{unsent(errors.New("Service Unavailable")), NeverSent, true, false, aws.UnknownTernary},
		{unsent(errors.New("Something of its own")), MayPass, true, false, aws.UnknownTernary},
		{answered(407, named("UnknownError")), NeverConnects, false, true, aws.FalseTernary},
		{answered(407, errors.New("html")), NeverConnects, false, false, aws.FalseTernary},
		{unsent(&net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}), NeverConnects, false, false, aws.FalseTernary},
		{unsent(&net.OpError{Op: "remote error", Err: errors.New("tls: internal error")}), MayPass, true, false, aws.UnknownTernary},
		{operation(Unready(errors.New("no credentials"))), MayPass, false, false, aws.UnknownTernary},
		{operation(Unready(named("AccessDenied"))), RefusesCaller, false, true, aws.UnknownTernary},
		{operation(smithy.InvalidParamsError{}), RefusesRequest, false, false, aws.UnknownTernary},
		{operation(&smithy.CanceledError{Err: context.Canceled}), MayPass, true, false, aws.UnknownTernary},
		{errors.New("no idea"), MayPass, true, false, aws.UnknownTernary},
	} {
		t.Run(fmt.Sprint(i, " ", tc.err), func(t *testing.T) {
			require.Equal(t, tc.kind, Of(tc.err))
			require.Equal(t, tc.acted, MayHaveActed(tc.err), "may have acted")
			require.Equal(t, tc.answered, Answered(tc.err), "answered")
			require.Equal(t, tc.retryable, Retryable(tc.err))
		})
	}
}

func TestOfNil(t *testing.T) {
	t.Parallel()
	require.Equal(t, MayPass, Of(nil))
	require.True(t, Answered(nil))
}

func TestNamed(t *testing.T) {
	t.Parallel()
	for code, is := range map[string]bool{
		"AccessDeniedException": true, "ForbiddenException": true, "InternalServerException": true,
		"": false, "UnknownError": false, "RequestTimeTooSkewed": false,
	} {
		require.Equal(t, is, Named(answered(403, named(code))), code)
	}
	require.False(t, Named(errors.New("reset")))
	require.False(t, Named(nil))
}

func TestOfCaller(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		answered(400, named("AccessDeniedException")),
		answered(400, named("ExpiredTokenException")),
		answered(403, named("UnrecognizedClientException")),
		answered(403, named("UnknownError")),
		answered(403, errors.New("html")),
		answered(407, named("UnknownError")),
		unsent(x509.UnknownAuthorityError{}),
		unsent(&ProxyError{Status: 407}),
		operation(Unready(errors.New("no credentials"))),
		operation(Unready(unsent(&net.OpError{Op: "dial", Err: errors.New("refused")}))),
	} {
		require.True(t, OfCaller(err), err)
	}
	for _, err := range []error{
		nil,
		answered(400, named("ValidationException")),
		answered(403, named("ValidationException")),
		answered(409, named("ConflictException")),
		answered(404, named("ResourceNotFoundException")),
		answered(402, named("ServiceQuotaExceededException")),
		answered(400, named("SomethingNew")),
		answered(403, named("SomethingNew")),
		answered(400, named("ThrottlingException")),
		answered(500, server("InternalServerException")),
		answered(502, named("UnknownError")),
		unsent(&net.OpError{Op: "dial", Err: errors.New("refused")}),
		operation(Unready(context.Canceled)),
		operation(smithy.InvalidParamsError{}),
	} {
		require.False(t, OfCaller(err), err)
	}
}

// What is marked reads as it did.
func TestUnreadyKeepsTheText(t *testing.T) {
	t.Parallel()
	cause := errors.New("no credentials")
	require.Equal(t, "no credentials", Unready(cause).Error())
	require.ErrorIs(t, Unready(cause), cause)
}
