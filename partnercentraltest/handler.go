package partnercentraltest

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go/partnercentraltest/internal/sigv4"
)

// MaxBodySize is the largest request body that the fake reads. AWS does not
// document a limit for this service.
const MaxBodySize = 1 << 20

const targetPrefix = "AWSPartnerCentralSelling."

// handle answers one request, whichever door it came through. It returns after
// the waits that a fault asks for; it waits in the caller's goroutine and holds
// no lock meanwhile.
func (s *Service) handle(ctx context.Context, r *http.Request, body []byte) reply {
	call := &Call{Time: s.Now(), Body: body}
	call.Attempt, call.MaxAttempts = attempts(r.Header)

	op, contentType, refused := s.route(r, call)
	w := s.admit(r, body, call, &refused)

	w.mu.Lock()
	call.Time = w.now()
	requestID := w.ids.request()
	w.begin(call)
	w.mu.Unlock()

	answer := w.serve(ctx, op, call, refused)
	answer.requestID = requestID
	if answer.contentType == "" || answer.contentType == contentTypeTarget {
		answer.contentType = contentType
	}
	s.logCall(w, call)
	return answer
}

// attempts reads "attempt=1; max=3".
func attempts(h http.Header) (attempt, limit int) {
	for part := range strings.SplitSeq(h.Get("Amz-Sdk-Request"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		n, _ := strconv.Atoi(value) // 0 where there is no number
		switch name {
		case "attempt":
			attempt = n
		case "max":
			limit = n
		}
	}
	return attempt, limit
}

// route finds the operation by the header X-Amz-Target or, without one, by the
// last part of the path.
func (s *Service) route(r *http.Request, call *Call) (*operation, string, *refusal) {
	contentType := contentTypeTarget
	targets := r.Header.Values("X-Amz-Target")
	name := ""
	switch len(targets) {
	case 0:
		contentType = contentTypePath
		name = lastPart(r.URL.Path)
	case 1:
		var ok bool
		if name, ok = strings.CutPrefix(targets[0], targetPrefix); !ok {
			return nil, contentType, unknownOperation("X-Amz-Target is %q, it should start with %q", targets[0], targetPrefix)
		}
	default:
		return nil, contentType, unknownOperation("%d X-Amz-Target headers", len(targets))
	}
	if len(name) > 128 {
		name = name[:128]
	}
	call.Operation = Operation(name)
	if r.Method != http.MethodPost {
		return nil, contentType, &refusal{status: http.StatusNotFound, code: "UnknownOperationException", frontEnd: true,
			note: fmt.Sprintf("the method is %s, it should be POST", r.Method)}
	}
	op, ok := known()[call.Operation]
	if name == "" {
		return nil, contentType, unknownOperation("neither an X-Amz-Target header nor a path names an operation")
	}
	if !ok {
		return nil, contentType, unknownOperation("no operation %q here, did you mean %q?", name, nearest(name, Operations()))
	}
	call.input = op.input
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != contentType {
		return nil, contentType, unknownOperation("Content-Type is %q, it should be %q", r.Header.Get("Content-Type"), contentType)
	}
	return op, contentType, nil
}

func unknownOperation(note string, args ...any) *refusal {
	return frontEnd(http.StatusBadRequest, "UnknownOperationException", "", note, args...)
}

// admit checks the size and the signature and finds the world. What is not
// signed well is recorded in the home world.
func (s *Service) admit(r *http.Request, body []byte, call *Call, refused **refusal) *world {
	if len(body) > MaxBodySize {
		call.Body = nil
		*refused = frontEnd(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "Request body is too large.",
			"the body has over %d bytes", MaxBodySize)
		call.Signature = "not checked"
		return s.home()
	}
	if s.config.unsigned {
		call.Signature = "off"
		call.AccessKeyID = sigv4.AccessKeyID(r)
		if call.AccessKeyID == "" {
			return s.home()
		}
		return s.world(call.AccessKeyID)
	}
	id, wrong := s.verifier.Verify(r, body)
	call.AccessKeyID = id
	if wrong != nil {
		call.Signature = wrong.Error()
		// An operation that does not exist is refused before the signature is.
		if *refused == nil {
			*refused = frontEnd(http.StatusBadRequest, wrong.Code, wrong.Message, "%s", wrong.Detail)
		}
		return s.home()
	}
	call.Signature = "ok"
	return s.world(id)
}

// serve carries a recorded call out.
func (w *world) serve(ctx context.Context, op *operation, call *Call, refused *refusal) reply {
	var c *command
	if refused == nil {
		c, refused = read(op, call.Body)
	}
	if refused != nil {
		return w.refuse(call, refused)
	}

	w.mu.Lock()
	call.command = &command{op: op, catalog: c.catalog, token: c.token, identifier: c.identifier, identifiers: c.identifiers, taskIDs: c.taskIDs}
	call.Catalog, call.ClientToken, call.Identifier = c.catalog, c.token, c.identifier
	if len(c.identifiers) > 0 {
		call.Identifier = strings.Join(c.identifiers, ",")
	}
	if !w.take(op) {
		w.mu.Unlock()
		return w.refuse(call, throttled())
	}
	fault := w.fault(c)
	var effect Effect
	if fault != nil {
		effect = fault.effect
		call.Fault = fmt.Sprintf("%s %s", fault.count, effect)
	}
	w.mu.Unlock()

	if effect.kind != effectNone && !effect.commits && !wait(ctx, effect) {
		return w.leave(call)
	}
	answer, refused := w.execute(op, c, call, effect)
	if refused != nil {
		return w.refuse(call, refused)
	}
	if effect.kind != effectNone && effect.commits && !wait(ctx, effect) {
		return w.leave(call)
	}
	return w.finish(call, effect.apply(answer))
}

func read(op *operation, body []byte) (*command, *refusal) {
	object, refused := parse(body)
	if refused != nil {
		return nil, refused
	}
	var found problems
	if refused := check(op.members, object, "", &found); refused != nil {
		return nil, refused
	}
	if found != nil {
		return nil, invalid(found)
	}
	return newCommand(op, object), nil
}

// execute prepares the answer and, unless the fault stands before it, commits.
// An effect that needs no answer and comes before the commit prepares none.
func (w *world) execute(op *operation, c *command, call *Call, effect Effect) (reply, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	commits := effect.kind == effectNone || effect.kind == effectSlow || effect.commits
	if !commits && effect.kind != effectTruncate && effect.kind != effectMalformed {
		return reply{}, nil
	}
	done, refused := op.prepare(w, c)
	call.TaskID = done.taskID
	if refused != nil {
		return reply{}, refused
	}
	call.Tasks = done.tasks
	if commits {
		done.commit()
		call.Committed = true
	} else {
		call.TaskID = ""
	}
	return reply{status: http.StatusOK, body: done.body}, nil
}

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
	case effectRefusal:
		if e.err != nil {
			return refusalOf(e.err).reply()
		}
		return (&refusal{status: e.status, code: e.code, message: e.message}).reply()
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

func (w *world) refuse(call *Call, r *refusal) reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	call.Note = r.note
	return w.finished(call, r.reply())
}

func (w *world) leave(call *Call) reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.finished(call, reply{wire: wireGone})
}

func (w *world) finish(call *Call, answer reply) reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.finished(call, answer)
}

func (w *world) finished(call *Call, answer reply) reply {
	call.Status, call.Error, call.Finished = answer.status, answer.errorType, true
	return answer
}
