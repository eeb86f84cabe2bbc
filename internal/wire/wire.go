// Package wire is AWS JSON 1.0 as the service speaks it: bodies in and out,
// and the envelope of an error. The shapes are plain structs whose field names
// are the member names, so encoding/json does the work.
//
// encoding/json accepts two things that the protocol does not have: a member
// name in another case, and the same member twice, of which the last wins and
// the elements of two lists are merged. encoding/json/v2 refuses both, but the
// standard library has it only as an experiment; this package is to move to it
// when that ends. The service has not been seen to send either.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"unicode"
)

// ContentType is the media type of requests and answers.
const ContentType = "application/x-amz-json-1.0"

// MaxBody is the most that is read of an answer, in bytes. A page of 1,000
// summaries is about half a MiB.
const MaxBody = 16 << 20

const (
	// firstBuffer is what a body of unknown length starts with: enough for a
	// Start and for a small page.
	firstBuffer = 2 << 10
	// maxFirstBuffer bounds what an announced length is worth. Memory grows with
	// what has arrived: an answer that announces much and stalls costs little.
	maxFirstBuffer = 64 << 10
)

// TooLargeError says that an answer is longer than the limit.
type TooLargeError struct {
	// Limit in bytes.
	Limit int64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer is longer than %d bytes", e.Limit)
}

// Encode returns the JSON of a request.
func Encode(v any) ([]byte, error) { return json.Marshal(v) }

// Read reads a body of at most MaxBody bytes up to its end. A length of less
// than zero is unknown. A length that is wrong does no harm.
func Read(r io.Reader, length int64) ([]byte, error) {
	if length > MaxBody {
		return nil, &TooLargeError{Limit: MaxBody}
	}
	if length < 0 {
		length = firstBuffer
	}
	// One byte of room past the end lets the last read see the end.
	body := make([]byte, 0, min(length+1, maxFirstBuffer))
	for {
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > MaxBody:
			return nil, &TooLargeError{Limit: MaxBody}
		case err == io.EOF:
			return body, nil
		case err != nil:
			return body, err
		case len(body) == cap(body):
			body = append(body, 0)[:len(body)]
		}
	}
}

// Decode reads the JSON object of an answer into v, a pointer to a struct.
// Unknown members are passed over, and null is the same as a missing member. A
// member that cannot be read is left out where that misleads nobody.
func Decode(body []byte, v any) error {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return errors.New("the answer is empty")
	case trimmed[0] != '{':
		return fmt.Errorf("the answer is no JSON object: it begins with %q", trimmed[0])
	}
	err := json.Unmarshal(body, v)
	if err == nil {
		return nil
	}
	if !json.Valid(body) {
		return fmt.Errorf("the answer is not valid: %w", err)
	}
	target := reflect.ValueOf(v).Elem()
	target.SetZero()
	if err := decodeLenient(trimmed, target, false); err != nil {
		return fmt.Errorf("the answer is not valid: %w", err)
	}
	return nil
}

// Error is the envelope of an error answer.
type Error struct {
	// Code is the name of the error without namespace, at most 128 bytes of
	// printable text; empty where the answer has none.
	Code string
	// Message is the service's explanation, possibly empty.
	Message string
}

// maxCode bounds what is kept of a code; the longest of AWS's have about 60
// characters.
const maxCode = 128

// DecodeError finds code and message of an error answer. It never fails: an
// answer that is no JSON has a code only if the header has one.
func DecodeError(header http.Header, body []byte) Error {
	var envelope struct {
		Type    json.RawMessage `json:"__type"`
		Code    json.RawMessage `json:"code"`
		Message json.RawMessage `json:"Message"`
	}
	// The header wins, and a body that is broken adds nothing to it.
	if Decode(body, &envelope) != nil {
		return Error{Code: bareCode(header.Get("X-Amzn-Errortype"))}
	}
	e := Error{Code: bareCode(header.Get("X-Amzn-Errortype")), Message: text(envelope.Message)}
	if e.Code == "" {
		e.Code = bareCode(text(envelope.Type))
	}
	if e.Code == "" {
		e.Code = bareCode(text(envelope.Code))
	}
	return e
}

func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// bareCode strips a documentation link after :, then a namespace before # or $.
// A code that is no identifier is kept as it is: it is all that is known.
func bareCode(s string) string {
	s, _, _ = strings.Cut(s, ":")
	s = s[strings.LastIndexAny(s, "#$")+1:]
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	s = strings.TrimSpace(s)
	if len(s) > maxCode {
		s = strings.TrimSpace(strings.ToValidUTF8(s[:maxCode], ""))
	}
	return s
}
