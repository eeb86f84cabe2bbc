// Package fault judges the errors of calls, for everybody who has to decide
// what comes next: retryer, quota, waiter and runner.
//
// An error is judged by its name before its status, since the service's two
// public descriptions disagree about the status of every client error but one.
// The status counts where the name is missing or unknown.
package fault

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Kind says what an error means for the requests that come after it.
type Kind int

const (
	// MayPass is a fault of the service or of the way to it, or nothing that is
	// known: the same request may succeed later.
	MayPass Kind = iota
	// Throttled: the calls of the account came too fast. Nothing was done.
	Throttled
	// RefusesCaller: credentials or a permission are missing, or the operation
	// is not there. Every request of this caller fares like this one.
	RefusesCaller
	// RefusesRequest: the content of the request is refused.
	RefusesRequest
	// RefusesObject: the service has not got what the request names.
	RefusesObject
	// RefusesState: the present state of a resource is in the way, or a quota of
	// resources is used up.
	RefusesState
	// NeverSent: there was no connection to the service.
	NeverSent
	// NeverConnects: there was no connection, and there will not be one until
	// somebody changes the configuration.
	NeverConnects
)

// Names of the errors that the service models.
var modelled = map[string]Kind{
	"AccessDeniedException":         RefusesCaller,
	"ConflictException":             RefusesState,
	"InternalServerException":       MayPass,
	"ResourceNotFoundException":     RefusesObject,
	"ServiceQuotaExceededException": RefusesState,
	"ThrottlingException":           Throttled,
	"ValidationException":           RefusesRequest,
}

// Names that every AWS API may answer with, for credentials, signatures and
// operations that it does not accept.
var ofAnyService = map[string]Kind{
	"AccessDenied":                        RefusesCaller,
	"ExpiredToken":                        RefusesCaller,
	"ExpiredTokenException":               RefusesCaller,
	"IncompleteSignature":                 RefusesCaller,
	"IncompleteSignatureException":        RefusesCaller,
	"InvalidAction":                       RefusesCaller,
	"InvalidClientTokenId":                RefusesCaller,
	"InvalidSignatureException":           RefusesCaller,
	"MissingAuthenticationToken":          RefusesCaller,
	"MissingAuthenticationTokenException": RefusesCaller,
	"NotAuthorized":                       RefusesCaller,
	"OptInRequired":                       RefusesCaller,
	"SignatureDoesNotMatch":               RefusesCaller,
	"UnauthorizedOperation":               RefusesCaller,
	"UnknownOperationException":           RefusesCaller,
	"UnrecognizedClientException":         RefusesCaller,
}

// Names about clocks and slow connections. The client puts them right.
var passing = map[string]bool{
	"": true, "UnknownError": true, "RequestTimeout": true, "RequestTimeoutException": true,
	"RequestTimeTooSkewed": true, "RequestExpired": true, "RequestInTheFuture": true,
}

// Of judges an error. A nil error is MayPass.
func Of(err error) Kind {
	if err == nil {
		return MayPass
	}
	if invalid := (smithy.InvalidParamsError{}); errors.As(err, &invalid) {
		return RefusesRequest
	}
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		if kind := unconnected(err); kind != MayPass {
			return kind
		}
		return byStatus(status(err))
	}
	code := apiErr.ErrorCode()
	if kind, ok := modelled[code]; ok {
		return kind
	}
	if kind, ok := ofAnyService[code]; ok {
		return kind
	}
	if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
		return Throttled
	}
	status := status(err)
	kind := byStatus(status)
	if kind == MayPass && !passing[code] && status/100 == 4 && status != http.StatusRequestTimeout {
		// What is not known here is the caller's fault all the same.
		return RefusesCaller
	}
	return kind
}

func byStatus(status int) Kind {
	switch status {
	case http.StatusTooManyRequests:
		return Throttled
	case http.StatusUnauthorized, http.StatusForbidden:
		return RefusesCaller
	}
	return MayPass
}

// status is that of the answer, 0 without one.
func status(err error) int {
	var resp *smithyhttp.ResponseError
	if !errors.As(err, &resp) || resp.Response == nil {
		return 0
	}
	return resp.HTTPStatusCode()
}

// unconnected recognizes the errors of a connection that was never made.
func unconnected(err error) Kind {
	if untrusted(err) {
		return NeverConnects
	}
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect") {
		return NeverSent
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return NeverSent
	}
	return MayPass
}

// untrusted reports whether the other side is not who it should be, or does not
// speak TLS.
func untrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) ||
		errors.As(err, &invalid) || errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch)
}

// Answered reports whether an attempt got an answer that says how it was
// received: nil, or an error of the service or its front door.
func Answered(err error) bool {
	var apiErr smithy.APIError
	return err == nil || errors.As(err, &apiErr) || status(err) == http.StatusTooManyRequests
}

// Named reports whether the service or its front door gave an error a name that
// says what is wrong with the request. A page of a proxy has none, and an error
// about a clock says nothing that stays true.
func Named(err error) bool {
	var apiErr smithy.APIError
	return errors.As(err, &apiErr) && !passing[apiErr.ErrorCode()]
}

// MayHaveActed reports whether the service may have acted on a request that
// ended with an error: there may have been a connection, and the answer was not
// a refusal. It cannot know of attempts before the one that err is about.
func MayHaveActed(err error) bool {
	kind := Of(err)
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		return kind == MayPass || kind == RefusesCaller
	}
	if _, ok := modelled[apiErr.ErrorCode()]; ok || kind == Throttled {
		return kind == MayPass
	}
	return status(err) >= 500 || apiErr.ErrorFault() == smithy.FaultServer
}

// Retryable is for the retryer of a client. What it does not know is left to
// the SDK's own rules.
func Retryable(err error) aws.Ternary {
	kind := Of(err)
	if kind == Throttled {
		return aws.TrueTernary
	}
	if kind == NeverConnects {
		return aws.FalseTernary
	}
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		return aws.UnknownTernary
	}
	if _, ok := modelled[apiErr.ErrorCode()]; ok {
		return aws.BoolTernary(kind == MayPass)
	}
	return aws.UnknownTernary
}
