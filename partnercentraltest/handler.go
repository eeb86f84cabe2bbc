package partnercentraltest

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

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
	call := &Call{Time: s.Now(), Body: body, Making: MadeNone, fault: r.Header.Get(FaultHeader)}
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
	var name string
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
	if name == "" {
		return nil, contentType, unknownOperation("neither an X-Amz-Target header nor a path names an operation")
	}
	op, problem := find(call.Operation)
	if op == nil {
		return nil, contentType, unknownOperation("%s", problem)
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
		c, refused = w.read(op, call.Body)
	}
	if refused != nil {
		return w.refuse(call, refused)
	}

	asked, refused := headerFault(call.fault, call.Attempt)
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
		return w.refuse(call, throttled(op))
	}
	fault := w.fault(c)
	if fault == nil {
		fault = asked
	}
	var effect Effect
	if fault != nil {
		effect = fault.effect
		if effect.kind == effectWrongClock {
			w.ahead = wrongBy
		}
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

func (w *world) read(op *operation, body []byte) (*command, *refusal) {
	object, refused := parse(body)
	if refused != nil {
		return nil, refused
	}
	if op.canned {
		return newCommand(op, object), nil
	}
	var found problems
	if refused := check(op.members, object, "", &found); refused != nil {
		return nil, refused
	}
	if w.svc.config.lenient {
		found = slices.DeleteFunc(found, func(p problem) bool { return p.unknown })
	}
	if len(found) > 0 {
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
		if done.making != "" {
			call.Making = done.making
		}
	} else {
		call.TaskID = ""
	}
	return reply{status: http.StatusOK, body: done.body}, nil
}

// refuse answers with an error that says what was expected and what came.
func (w *world) refuse(call *Call, r *refusal) reply {
	switch {
	case r.message == "":
		r.message = r.note
	case r.note != "" && !strings.Contains(r.message, r.note):
		r.message += " (" + r.note + ")"
	}
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
