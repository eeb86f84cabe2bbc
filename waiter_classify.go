package partnercentral

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cosell-dev/partnercentral-go/internal/fault"
	"github.com/cosell-dev/partnercentral-go/internal/waiting"
)

// credentialCodes are the codes with which AWS refuses credentials or
// signatures. They are not modelled for the service: every AWS API has them.
var credentialCodes = [...]string{
	"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
	"InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "IncompleteSignatureException",
	"MissingAuthenticationToken", "MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired",
	"UnauthorizedOperation", "AccessDenied", "UnknownOperationException", "InvalidAction",
}

// judgePoll judges the error of a poll, by the name of the error before
// its status: the service's two public descriptions disagree about the status.
// What is not known to be final may pass, since the task runs on either way.
func judgePoll(err error) waiting.Verdict {
	if invalid := (smithy.InvalidParamsError{}); errors.As(err, &invalid) {
		return waiting.BadTask
	}
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		return judgeUncoded(err)
	}
	switch e := apiErr.(type) {
	case *AccessDeniedException:
		return waiting.Denied
	case *ThrottlingException:
		return waiting.Throttled
	case *InternalServerException:
		return waiting.Passes
	case *ResourceNotFoundException:
		return waiting.NoTask
	case *ValidationException:
		if aboutRequest(e) {
			return waiting.BadRequest
		}
		return waiting.BadTask
	}
	for _, code := range credentialCodes {
		if apiErr.ErrorCode() == code {
			return waiting.Denied
		}
	}
	if fault.Of(err) == fault.Throttled {
		return waiting.Throttled
	}
	v := judgeUncoded(err)
	if e, ok := apiErr.(*smithy.GenericAPIError); ok && v == waiting.Passes && finalCode(e.Code, err) {
		return waiting.Denied
	}
	return v
}

// finalCode reports whether a code that is not known here is the caller's fault,
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

// judgeUncoded judges by the status of the answer, if there is one.
func judgeUncoded(err error) waiting.Verdict {
	var resp *smithyhttp.ResponseError
	if !errors.As(err, &resp) {
		return waiting.Passes
	}
	switch status := resp.HTTPStatusCode(); status {
	case http.StatusTooManyRequests:
		return waiting.Throttled
	case http.StatusUnauthorized, http.StatusForbidden:
		return waiting.Denied
	}
	return waiting.Passes
}

// aboutRequest reports whether a refusal is about members of the request other
// than those that name tasks.
func aboutRequest(e *ValidationException) bool {
	if len(e.ErrorList) == 0 {
		return false
	}
	for _, f := range e.ErrorList {
		// TaskIdentifier, OpportunityIdentifier, EngagementInvitationIdentifier;
		// a field without a name may be any of them.
		if name := aws.ToString(f.FieldName); name == "" || strings.Contains(strings.ToLower(name), "identifier") {
			return false
		}
	}
	return true
}
