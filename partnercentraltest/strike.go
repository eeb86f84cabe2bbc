package partnercentraltest

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// wait waits as a Slow or Stall asks for and returns false when the caller left
// meanwhile.
func wait(ctx context.Context, e Effect) bool {
	switch e.kind {
	case effectSlow:
		timer := time.NewTimer(e.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
			return true
		case <-ctx.Done():
			return false
		}
	case effectStall:
		<-ctx.Done()
		return false
	}
	return true
}

// apply turns the answer into what the effect makes of it.
func (e Effect) apply(answer reply) reply {
	switch e.kind {
	case effectRefusal, effectExpiredToken, effectWrongClock, effectRefusedSignature:
		return e.refusal().reply()
	case effectHTML:
		page := fmt.Sprintf("<html><head><title>%d %s</title></head><body><h1>%[1]d %[2]s</h1></body></html>\n", e.status, http.StatusText(e.status))
		return reply{status: e.status, contentType: "text/html", body: []byte(page)}
	case effectEmpty:
		return reply{status: e.status}
	case effectEmptyOK:
		return reply{status: http.StatusOK}
	case effectReset:
		return reply{wire: wireReset}
	case effectCloseEarly:
		return reply{wire: wireCloseEarly}
	case effectTruncate:
		answer.wire, answer.cut = wireTruncate, min(max(e.bytes, 0), len(answer.body)-1)
	case effectMalformed:
		answer.body = answer.body[:len(answer.body)/2]
	}
	return answer
}

// wrongBy is how far ahead WrongClock says that it is.
const wrongBy = time.Hour

// refusal is the error that the effect answers with.
func (e Effect) refusal() *refusal {
	switch {
	case e.kind == effectExpiredToken:
		return &refusal{status: http.StatusBadRequest, code: "ExpiredTokenException", frontEnd: true,
			message: "The security token included in the request is expired"}
	case e.kind == effectRefusedSignature:
		return &refusal{status: http.StatusBadRequest, code: "InvalidSignatureException", frontEnd: true,
			message: "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}
	case e.kind == effectWrongClock:
		const form = "20060102T150405Z"
		came := time.Now().UTC()
		now := came.Add(wrongBy)
		return &refusal{status: http.StatusBadRequest, code: "InvalidSignatureException", frontEnd: true, date: now,
			message: fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - 5 min.)", came.Format(form), now.Add(-5*time.Minute).Format(form), now.Format(form))}
	case e.refused:
		return refusalOf(e.err)
	}
	return &refusal{status: e.status, code: e.code, message: e.message, reason: e.reason, problems: e.problems}
}
