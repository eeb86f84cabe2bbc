// Package fault judges the errors of calls, for everybody who has to decide
// what comes next: retryer, quota, waiter and runner.
//
// An error is judged by its name before its status, since the service's two
// public descriptions disagree about the status of every client error but one.
// The status counts where the name is missing or unknown.
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
	"strings"

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
	if status(err) == http.StatusProxyAuthRequired {
		return NeverConnects
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
	case http.StatusProxyAuthRequired:
		return NeverConnects
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
	if untrusted(err) || rejected(err) || misaddressed(err) {
		return NeverConnects
	}
	var proxy *ProxyError
	if errors.As(err, &proxy) {
		return ofProxy(proxy.Status)
	}
	if status := proxyStatus(err); status != 0 {
		return ofProxy(status)
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

// ProxyError says that a proxy made no connection to the service.
type ProxyError struct{ Status int }

func (e *ProxyError) Error() string {
	text := fmt.Sprintf("the proxy made no connection: status %d %s", e.Status, http.StatusText(e.Status))
	if e.Status == http.StatusProxyAuthRequired {
		text += ": put user and password into the proxy's URL"
	}
	return text
}

// CheckProxy is for the OnProxyConnectResponse of a transport.
func CheckProxy(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Status: answer.StatusCode}
}

// ofProxy judges the refusal of a proxy.
func ofProxy(status int) Kind {
	if status/100 == 4 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests {
		return NeverConnects
	}
	return NeverSent
}

// proxyStatus returns the status with which a proxy refused a connection, as far
// as a transport without CheckProxy tells: net/http makes an error of the status
// line's words. 0 for other errors.
func proxyStatus(err error) int {
	var sent *url.Error
	if !errors.As(err, &sent) || sent.Err == nil || errors.Unwrap(sent.Err) != nil {
		return 0
	}
	text := sent.Err.Error()
	for status := 400; status < 600; status++ {
		if known := http.StatusText(status); known != "" && known == text {
			return status
		}
	}
	return 0
}

// The alerts with which the other side ends a handshake for good, in the words of
// crypto/tls. It has no type for them.
var handshakeAlerts = map[string]bool{
	"tls: access denied": true, "tls: bad certificate": true, "tls: certificate required": true,
	"tls: certificate unobtainable": true, "tls: expired certificate": true, "tls: handshake failure": true,
	"tls: insufficient security level": true, "tls: no application protocol": true,
	"tls: protocol version not supported": true, "tls: revoked certificate": true,
	"tls: unknown certificate": true, "tls: unknown certificate authority": true,
	"tls: unrecognized name": true, "tls: unsupported certificate": true,
}

// rejected reports whether the other side ended the TLS handshake for good.
func rejected(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error" && op.Err != nil && handshakeAlerts[op.Err.Error()]
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

// misaddressed reports whether there can be no such address. net/http has no type
// for a scheme that it does not know.
func misaddressed(err error) bool {
	var address *net.AddrError
	var sent *url.Error
	return errors.As(err, &address) ||
		errors.As(err, &sent) && sent.Err != nil && (strings.HasPrefix(sent.Err.Error(), "unsupported protocol scheme ") || sent.Err.Error() == "http: no Host in request URL")
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
	var unready *unreadyError
	if errors.As(err, &unready) {
		return false
	}
	kind := Of(err)
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		// The words of net/http could be those of another transport.
		return kind == MayPass || kind == RefusesCaller || status(err) == 0 && proxyStatus(err) != 0
	}
	if _, ok := modelled[apiErr.ErrorCode()]; ok || kind == Throttled || kind == NeverConnects {
		return kind == MayPass
	}
	return status(err) >= 500 || apiErr.ErrorFault() == smithy.FaultServer
}

// unreadyError is the error of an attempt that could not be sent for a lack of
// what the client has to bring: credentials, an endpoint, a signature.
type unreadyError struct{ error }

func (e *unreadyError) Unwrap() error { return e.error }

// Unready marks the error of an attempt that could not be sent for a lack of what
// the client has to bring. Its text stays.
func Unready(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &unreadyError{err}
}

// OfCaller reports whether what went wrong concerns who calls and not what is
// called for: every further request would fare the same. Unlike [Of] it does not
// take an unknown refusal for one of the caller.
func OfCaller(err error) bool {
	var unready *unreadyError
	if errors.As(err, &unready) || Of(err) == NeverConnects {
		return true
	}
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		return Of(err) == RefusesCaller
	}
	code := apiErr.ErrorCode()
	kind, ok := modelled[code]
	if !ok {
		kind = ofAnyService[code]
	}
	if ok || kind == RefusesCaller {
		return kind == RefusesCaller
	}
	return passing[code] && byStatus(status(err)) == RefusesCaller
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
