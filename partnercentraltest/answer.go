package partnercentraltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/smithy-go"
	"github.com/cosell-dev/partnercentral-go"
)

const (
	namespace         = "com.amazonaws.partnercentralselling"
	frontEndNamespace = "com.amazon.coral.service"
	errorSpace        = ":http://internal.amazon.com/coral/com.amazon.partnerintegrationapi.common/"
	frontEndSpace     = ":http://internal.amazon.com/coral/" + frontEndNamespace + "/"
	contentTypeTarget = "application/x-amz-json-1.0"
	contentTypePath   = "application/json"
)

// reply is what goes back to the caller, before a door gives it the form of an
// HTTP response or of a broken connection.
type reply struct {
	status      int
	contentType string
	errorType   string
	// errorSpace is what follows the type in the header, as it was recorded.
	errorSpace string
	requestID  string
	body       []byte
	date       time.Time
	wire       wire
	// cut is after how many bytes of the body the connection breaks off.
	cut int
}

// wire is what happens to the connection.
type wire int

const (
	wireFine wire = iota
	wireReset
	wireCloseEarly
	wireTruncate
	// wireGone is a caller who has left.
	wireGone
)

// refusal is an error answer.
type refusal struct {
	status   int
	code     string
	message  string
	frontEnd bool
	reason   string
	problems problems
	// date is what time the answer says it is, where that is another than now.
	date time.Time
	// note says to whoever runs the test what was expected.
	note string
}

func frontEnd(status int, code, message, note string, args ...any) *refusal {
	return &refusal{status: status, code: code, message: message, frontEnd: true, note: fmt.Sprintf(note, args...)}
}

func serialization(format string, args ...any) *refusal {
	text := fmt.Sprintf(format, args...)
	return &refusal{status: http.StatusBadRequest, code: "SerializationException", message: text, frontEnd: true, note: text}
}

// statusOf is the HTTP status of a modelled error by the Smithy model. The API
// reference says 400 for all but InternalServerException.
func statusOf(code string) int {
	switch code {
	case "ServiceQuotaExceededException":
		return http.StatusPaymentRequired
	case "AccessDeniedException":
		return http.StatusForbidden
	case "ResourceNotFoundException":
		return http.StatusNotFound
	case "ConflictException":
		return http.StatusConflict
	case "ThrottlingException":
		return http.StatusTooManyRequests
	case "InternalServerException":
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

func invalid(found problems) *refusal {
	var note strings.Builder
	for i, p := range found {
		if i > 0 {
			note.WriteString("; ")
		}
		note.WriteString(p.FieldName + ": " + p.Message)
	}
	return &refusal{
		status:   http.StatusBadRequest,
		code:     "ValidationException",
		message:  fmt.Sprintf("%d validation error(s) detected: %s", len(found), note.String()),
		reason:   string(partnercentral.ValidationExceptionReasonRequestValidationFailed),
		problems: found,
		note:     note.String(),
	}
}

func throttled(op *operation) *refusal {
	return &refusal{status: http.StatusTooManyRequests, code: "ThrottlingException", message: "Rate exceeded",
		note: "the quota of " + op.group.String() + " is used up for now"}
}

// refusalOf is the answer that an error value of the library stands for.
func refusalOf(err smithy.APIError) *refusal {
	r := &refusal{status: statusOf(err.ErrorCode()), code: err.ErrorCode(), message: err.ErrorMessage()}
	var validation *partnercentral.ValidationException
	var denied *partnercentral.AccessDeniedException
	switch {
	case errors.As(err, &validation):
		r.reason = string(validation.Reason)
		for _, f := range validation.ErrorList {
			p := problem{Code: f.Code}
			if f.FieldName != nil {
				p.FieldName = *f.FieldName
			}
			if f.Message != nil {
				p.Message = *f.Message
			}
			r.problems = append(r.problems, p)
		}
	case errors.As(err, &denied):
		r.reason = string(denied.Reason)
	}
	return r
}

// reply writes the error in the form of the service: AWS JSON with the type in
// the body and in a header. The front end spells "message" in lower case.
func (r *refusal) reply() reply {
	space, header := namespace, errorSpace
	if r.frontEnd {
		space, header = frontEndNamespace, frontEndSpace
	}
	body := map[string]any{"__type": space + "#" + r.code}
	if r.frontEnd {
		body["message"] = r.message
	} else {
		body["Message"] = r.message
	}
	if r.reason != "" {
		body["Reason"] = r.reason
	}
	if r.problems != nil {
		body["ErrorList"] = r.problems
	}
	text, _ := json.Marshal(body) // strings and lists of strings
	return reply{status: r.status, errorType: r.code, errorSpace: header, contentType: contentTypeTarget, date: r.date, body: text}
}

// appendText writes a JSON string, or null for "".
func appendText(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			quoted, _ := json.Marshal(s) // a string
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}
