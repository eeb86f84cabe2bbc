package partnercentral

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// errNoOutput is what a client says that returns neither output nor error.
var errNoOutput = errors.New("the client returned neither an answer nor an error")

// verdict is what an error of a List call means for the waits that it was made
// for.
type verdict int

const (
	// The error may pass: look again, later.
	pollMayPass verdict = iota
	// The account's quota is used up: look again, later and less often.
	pollThrottled
	// No task of the list can be looked at: a permission or valid credentials
	// are missing, or the request as a whole is refused.
	pollRefusesAll
	// One of the tasks asked for may be the reason, the others may not.
	pollRefusesSome
)

// credentialCodes are the codes with which AWS refuses credentials or
// signatures. They are not modelled for the service: every AWS API has them.
var credentialCodes = [...]string{
	"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
	"InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "IncompleteSignatureException",
	"MissingAuthenticationToken", "MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired",
	"UnauthorizedOperation", "AccessDenied", "UnknownOperationException", "InvalidAction",
}

// classifyPoll judges the error of a List call, by the name of the error before
// its status: the service's two public descriptions disagree about the status.
// What is not known to be final may pass, since the task runs on either way.
func classifyPoll(err error) verdict {
	if invalid := (smithy.InvalidParamsError{}); errors.As(err, &invalid) {
		return pollRefusesSome
	}
	if unsupported := (*UnsupportedTaskKindError)(nil); errors.As(err, &unsupported) {
		return pollRefusesAll
	}
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		return classifyUncoded(err)
	}
	switch e := apiErr.(type) {
	case *AccessDeniedException:
		return pollRefusesAll
	case *ThrottlingException:
		return pollThrottled
	case *InternalServerException:
		return pollMayPass
	case *ResourceNotFoundException:
		return pollRefusesSome
	case *ValidationException:
		if aboutRequest(e) {
			return pollRefusesAll
		}
		return pollRefusesSome
	}
	for _, code := range credentialCodes {
		if apiErr.ErrorCode() == code {
			return pollRefusesAll
		}
	}
	if is, _ := throttled(err); is {
		return pollThrottled
	}
	v := classifyUncoded(err)
	if e, ok := apiErr.(*smithy.GenericAPIError); ok && v == pollMayPass && finalCode(e.Code, err) {
		return pollRefusesAll
	}
	return v
}

// finalCode tells whether a code that is not known here is the caller's fault,
// so that asking again cannot help. Those about clocks are put right by the
// client.
func finalCode(code string, err error) bool {
	switch code {
	case "", "UnknownError", "RequestTimeout", "RequestTimeoutException",
		"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
		return false
	}
	var resp *smithyhttp.ResponseError
	return errors.As(err, &resp) && resp.HTTPStatusCode()/100 == 4 && resp.HTTPStatusCode() != http.StatusRequestTimeout
}

// classifyUncoded judges by the status of the answer, if there is one.
func classifyUncoded(err error) verdict {
	var resp *smithyhttp.ResponseError
	if !errors.As(err, &resp) {
		return pollMayPass
	}
	switch status := resp.HTTPStatusCode(); status {
	case http.StatusTooManyRequests:
		return pollThrottled
	case http.StatusUnauthorized, http.StatusForbidden:
		return pollRefusesAll
	}
	return pollMayPass
}

// aboutRequest tells whether a refusal is about members of the request other
// than those that name tasks.
func aboutRequest(e *ValidationException) bool {
	if len(e.ErrorList) == 0 {
		return false
	}
	for _, f := range e.ErrorList {
		// TaskIdentifier, OpportunityIdentifier, EngagementInvitationIdentifier;
		// a field without a name may be any of them.
		if name := deref(f.FieldName); name == "" || strings.Contains(strings.ToLower(name), "identifier") {
			return false
		}
	}
	return true
}
