package partnercentral

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/cosell-dev/partnercentral-go/internal/wire"
)

// The errors that the service models. Each is a smithy.APIError and is reached
// with errors.As through *smithy.OperationError and the *ResponseError of
// aws/transport/http, which carries status and request id. A code that the
// model does not know comes as *smithy.GenericAPIError.

// AccessDeniedException says that the caller lacks a permission. Review the
// IAM policy: the action prefix is "partnercentral:". Not retried.
type AccessDeniedException struct {
	// What the service says.
	Message *string

	// The code that ErrorCode returns, for mocks. This package does not set it.
	ErrorCodeOverride *string

	// Why, where the service says so.
	Reason AccessDeniedExceptionErrorCode
}

func (e *AccessDeniedException) Error() string { return errorString(e) }
func (e *AccessDeniedException) ErrorMessage() string {
	return aws.ToString(e.Message)
}
func (e *AccessDeniedException) ErrorCode() string {
	return errorCode(e.ErrorCodeOverride, "AccessDeniedException")
}
func (e *AccessDeniedException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// ConflictException says that the request conflicts with the state of a
// resource. Read the resource before trying again. Not retried.
type ConflictException struct {
	// What the service says.
	Message *string

	// The code that ErrorCode returns, for mocks. This package does not set it.
	ErrorCodeOverride *string
}

func (e *ConflictException) Error() string        { return errorString(e) }
func (e *ConflictException) ErrorMessage() string { return aws.ToString(e.Message) }
func (e *ConflictException) ErrorCode() string {
	return errorCode(e.ErrorCodeOverride, "ConflictException")
}
func (e *ConflictException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// InternalServerException is a fault of the service, usually transient.
// Retried.
type InternalServerException struct {
	// What the service says.
	Message *string

	// The code that ErrorCode returns, for mocks. This package does not set it.
	ErrorCodeOverride *string
}

func (e *InternalServerException) Error() string        { return errorString(e) }
func (e *InternalServerException) ErrorMessage() string { return aws.ToString(e.Message) }
func (e *InternalServerException) ErrorCode() string {
	return errorCode(e.ErrorCodeOverride, "InternalServerException")
}
func (e *InternalServerException) ErrorFault() smithy.ErrorFault { return smithy.FaultServer }

// ResourceNotFoundException says that something the request names does not
// exist, or that the caller may not see it. Not retried.
type ResourceNotFoundException struct {
	// What the service says.
	Message *string

	// The code that ErrorCode returns, for mocks. This package does not set it.
	ErrorCodeOverride *string
}

func (e *ResourceNotFoundException) Error() string        { return errorString(e) }
func (e *ResourceNotFoundException) ErrorMessage() string { return aws.ToString(e.Message) }
func (e *ResourceNotFoundException) ErrorCode() string {
	return errorCode(e.ErrorCodeOverride, "ResourceNotFoundException")
}
func (e *ResourceNotFoundException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// ServiceQuotaExceededException says that a quota of resources is used up.
// Reduce use or ask for an increase. Not retried.
type ServiceQuotaExceededException struct {
	// What the service says.
	Message *string

	// The code that ErrorCode returns, for mocks. This package does not set it.
	ErrorCodeOverride *string
}

func (e *ServiceQuotaExceededException) Error() string        { return errorString(e) }
func (e *ServiceQuotaExceededException) ErrorMessage() string { return aws.ToString(e.Message) }
func (e *ServiceQuotaExceededException) ErrorCode() string {
	return errorCode(e.ErrorCodeOverride, "ServiceQuotaExceededException")
}
func (e *ServiceQuotaExceededException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// ThrottlingException says that the account called more often than its quota
// allows. Retried after a delay.
type ThrottlingException struct {
	// What the service says.
	Message *string

	// The code that ErrorCode returns, for mocks. This package does not set it.
	ErrorCodeOverride *string
}

func (e *ThrottlingException) Error() string        { return errorString(e) }
func (e *ThrottlingException) ErrorMessage() string { return aws.ToString(e.Message) }
func (e *ThrottlingException) ErrorCode() string {
	return errorCode(e.ErrorCodeOverride, "ThrottlingException")
}
func (e *ThrottlingException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// ValidationException says that the request was refused for its form or for a
// rule of the business. ErrorList names the fields; its entries are part of
// the error's text, since the service may leave Message empty. Not retried.
type ValidationException struct {
	// What the service says.
	Message *string

	// The code that ErrorCode returns, for mocks. This package does not set it.
	ErrorCodeOverride *string

	// The kind of refusal.
	Reason ValidationExceptionReason

	// The refused fields.
	ErrorList []ValidationExceptionError
}

// Error names the code, the message, the reason and every refused field.
func (e *ValidationException) Error() string {
	var b strings.Builder
	b.WriteString(e.ErrorCode())
	b.WriteString(":")
	if msg := aws.ToString(e.Message); msg != "" {
		b.WriteString(" " + msg)
	}
	if e.Reason != "" {
		b.WriteString(" (" + string(e.Reason) + ")")
	}
	for i, f := range e.ErrorList {
		if i > 0 {
			b.WriteString(";")
		}
		if name := aws.ToString(f.FieldName); name != "" {
			b.WriteString(" " + name)
		}
		b.WriteString(" " + string(f.Code))
		if msg := aws.ToString(f.Message); msg != "" {
			b.WriteString(" (" + msg + ")")
		}
	}
	return b.String()
}

// ErrorMessage returns the service's message, which may be empty: the refused
// fields are in ErrorList and in Error.
func (e *ValidationException) ErrorMessage() string { return aws.ToString(e.Message) }
func (e *ValidationException) ErrorCode() string {
	return errorCode(e.ErrorCodeOverride, "ValidationException")
}
func (e *ValidationException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

func errorString(e smithy.APIError) string {
	return e.ErrorCode() + ": " + e.ErrorMessage()
}

func errorCode(override *string, code string) string {
	if override != nil {
		return *override
	}
	return code
}

// decodeError makes the error that an answer's code names. The body's members
// beyond code and message belong to two of them; what of a body is broken is
// left out of the error.
func decodeError(code, message string, body []byte) error {
	msg := aws.String(message)
	switch code {
	case "AccessDeniedException":
		e := &AccessDeniedException{}
		_ = wire.Decode(body, e)
		e.Message, e.ErrorCodeOverride = msg, nil
		return e
	case "ConflictException":
		return &ConflictException{Message: msg}
	case "InternalServerException":
		return &InternalServerException{Message: msg}
	case "ResourceNotFoundException":
		return &ResourceNotFoundException{Message: msg}
	case "ServiceQuotaExceededException":
		return &ServiceQuotaExceededException{Message: msg}
	case "ThrottlingException":
		return &ThrottlingException{Message: msg}
	case "ValidationException":
		e := &ValidationException{}
		_ = wire.Decode(body, e)
		e.Message, e.ErrorCodeOverride = msg, nil
		return e
	case "":
		if message == "" {
			message = "the error answer has no code"
		}
		return &smithy.GenericAPIError{Code: "UnknownError", Message: message}
	}
	return &smithy.GenericAPIError{Code: code, Message: message}
}
