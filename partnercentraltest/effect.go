package partnercentraltest

import (
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/aws/smithy-go"
)

// Effect is what a fault does to a call. Unless wrapped in AfterCommit it
// strikes before the commit: the call changes nothing.
type Effect struct {
	kind    effectKind
	commits bool
	status  int
	code    string
	message string
	// refused is whether err says what is answered.
	refused bool
	err     smithy.APIError
	// reason and problems are members of an error that JSON has described.
	reason   string
	problems problems
	delay    time.Duration
	bytes    int
}

type effectKind int

const (
	effectNone effectKind = iota
	effectRefusal
	effectHTML
	effectEmpty
	effectReset
	effectCloseEarly
	effectSlow
	effectStall
	effectTruncate
	effectMalformed
	effectEmptyOK
	effectExpiredToken
	effectWrongClock
	effectRefusedSignature
)

// BeforeCommit makes the effect strike before the call has changed anything: no
// task is started, no poll is counted, no outcome of a script is used. This is
// the default.
func BeforeCommit(e Effect) Effect {
	e.commits = false
	return e
}

// AfterCommit makes the effect strike after the call was carried out: the task
// is started, and the caller does not get to know. This is what a ClientToken is
// for.
func AfterCommit(e Effect) Effect {
	e.commits = true
	return e
}

// Throttle answers with a ThrottlingException.
func Throttle() Effect {
	return Error(http.StatusTooManyRequests, "ThrottlingException", "Rate exceeded")
}

// Error answers with an error in the form of the service: this HTTP status,
// error name and message.
func Error(status int, code, message string) Effect {
	return Effect{kind: effectRefusal, status: status, code: code, message: message}
}

// Refuse answers with one of the modelled exceptions of package partnercentral,
// all its members included, with the HTTP status of the model: for example
// Refuse(&partnercentral.ValidationException{...}). Any other error gets
// status 400.
func Refuse(err smithy.APIError) Effect {
	return Effect{kind: effectRefusal, refused: true, err: err}
}

// HTML answers with this HTTP status and a page for people, as a proxy or load
// balancer on the way does.
func HTML(status int) Effect { return Effect{kind: effectHTML, status: status} }

// Empty answers with this HTTP status and no body.
func Empty(status int) Effect { return Effect{kind: effectEmpty, status: status} }

// EmptyOK answers with status 200 and no body.
func EmptyOK() Effect { return Effect{kind: effectEmptyOK} }

// Reset breaks the connection off: the caller reads "connection reset by peer".
func Reset() Effect { return Effect{kind: effectReset} }

// CloseEarly closes the connection before the answer: the caller reads EOF.
func CloseEarly() Effect { return Effect{kind: effectCloseEarly} }

// Slow waits d and goes on: before the commit by default, so that a caller who
// gives up has changed nothing; with AfterCommit the call is carried out first.
// The wait ends when the caller's context does.
func Slow(d time.Duration) Effect { return Effect{kind: effectSlow, delay: d} }

// Stall never answers. Only the end of the caller's context ends the call: use
// it with a deadline, or a test in a synctest bubble ends in a deadlock.
func Stall() Effect { return Effect{kind: effectStall} }

// Truncate breaks the connection off after n bytes of the answer's body.
func Truncate(n int) Effect { return Effect{kind: effectTruncate, bytes: n} }

// Malformed answers with status 200 and JSON that breaks off in the middle, the
// connection being fine.
func Malformed() Effect { return Effect{kind: effectMalformed} }

// ExpiredToken answers as AWS does when the session token of the caller's
// credentials has expired.
func ExpiredToken() Effect { return Effect{kind: effectExpiredToken} }

// WrongClock answers as a service whose clock is an hour ahead of the caller's:
// the signature has expired, and the Date header says what time it is there. A
// caller who then signs for that time is let in, too.
func WrongClock() Effect { return Effect{kind: effectWrongClock} }

// RefusedSignature answers as AWS does to a signature that does not fit.
func RefusedSignature() Effect { return Effect{kind: effectRefusedSignature} }

// errorCode is the name of the error, also of one that is nil.
func (e Effect) errorCode() string {
	if v := reflect.ValueOf(e.err); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return ""
	}
	return e.err.ErrorCode()
}

// effectNames are the effects in words of a script in JSON.
var effectNames = [...]string{
	effectRefusal:          "error",
	effectHTML:             "html",
	effectEmpty:            "empty",
	effectReset:            "reset",
	effectCloseEarly:       "closeEarly",
	effectSlow:             "slow",
	effectStall:            "stall",
	effectTruncate:         "truncate",
	effectMalformed:        "malformed",
	effectEmptyOK:          "emptyOK",
	effectExpiredToken:     "expiredToken",
	effectWrongClock:       "wrongClock",
	effectRefusedSignature: "refusedSignature",
}

func (k effectKind) String() string { return effectNames[k] }

// String writes the effect as Go.
func (e Effect) String() string {
	var s string
	switch e.kind {
	case effectRefusal:
		if e.refused {
			s = fmt.Sprintf("Refuse(%s)", e.errorCode())
		} else {
			s = fmt.Sprintf("Error(%d, %s)", e.status, e.code)
		}
	case effectHTML:
		s = fmt.Sprintf("HTML(%d)", e.status)
	case effectEmpty:
		s = fmt.Sprintf("Empty(%d)", e.status)
	case effectReset:
		s = "Reset()"
	case effectCloseEarly:
		s = "CloseEarly()"
	case effectSlow:
		s = fmt.Sprintf("Slow(%v)", e.delay)
	case effectStall:
		s = "Stall()"
	case effectTruncate:
		s = fmt.Sprintf("Truncate(%d)", e.bytes)
	case effectMalformed:
		s = "Malformed()"
	case effectEmptyOK:
		s = "EmptyOK()"
	case effectExpiredToken:
		s = "ExpiredToken()"
	case effectWrongClock:
		s = "WrongClock()"
	case effectRefusedSignature:
		s = "RefusedSignature()"
	default:
		return "Effect{}"
	}
	if e.commits {
		s = "AfterCommit(" + s + ")"
	}
	return s
}
