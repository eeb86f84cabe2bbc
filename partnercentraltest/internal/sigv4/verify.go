// Package sigv4 verifies AWS Signature Version 4 as a service does: from what
// arrived, with the secret that belongs to the access key id.
//
// It shares no code with the signers of the AWS SDKs, so that a mistake of
// theirs is not repeated here; its tests use them as the oracle. Signatures in
// the query string (presigned URLs) are not accepted: no SDK sends them for an
// AWS JSON service.
package sigv4

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// MaxSkew is how far the date of a request may be from the service's clock,
// as AWS documents for Signature Version 4.
const MaxSkew = 5 * time.Minute

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeFormat = "20060102T150405Z"
)

// Verifier says what a signature must be made for.
type Verifier struct {
	// Service and Region are what the credential scope must name.
	Service, Region string
	// Secret returns the secret access key of an access key id, or false for
	// one that is not known.
	Secret func(accessKeyID string) (string, bool)
	// Now is the service's clock.
	Now func() time.Time
	// Ahead, if not nil, is how far ahead of Now the signatures of an access key
	// id may be as well.
	Ahead func(accessKeyID string) time.Duration
}

// Error is a refusal: the code and message that AWS's front end answers with,
// and a Detail for whoever runs the test, which names no secret.
type Error struct {
	Code    string
	Message string
	Detail  string
}

func (e *Error) Error() string { return e.Code + ": " + e.Detail }

func refuse(code, message, detail string, args ...any) *Error {
	return &Error{Code: code, Message: message, Detail: fmt.Sprintf(detail, args...)}
}

// authorization is a parsed Authorization header.
type authorization struct {
	accessKeyID   string
	scope         string
	date          string
	region        string
	service       string
	signedHeaders []string
	signature     []byte
}

// Verify checks the signature of r, whose body was read already. It returns
// the access key id, also beside an error when one could be read.
func (v *Verifier) Verify(r *http.Request, body []byte) (string, *Error) {
	auth, refused := parse(r)
	if refused != nil {
		return "", refused
	}
	at, refused := v.checkTime(r, auth)
	if refused != nil {
		return auth.accessKeyID, refused
	}
	if refused := v.checkScope(auth); refused != nil {
		return auth.accessKeyID, refused
	}
	if refused := checkHeaders(r, auth); refused != nil {
		return auth.accessKeyID, refused
	}
	payload, refused := payloadHash(r, body)
	if refused != nil {
		return auth.accessKeyID, refused
	}
	secret, ok := v.Secret(auth.accessKeyID)
	if !ok {
		return auth.accessKeyID, refuse("UnrecognizedClientException", "The security token included in the request is invalid.",
			"no credentials with access key id %q are known here", auth.accessKeyID)
	}
	fits := func(form func(string) string) bool {
		return hmac.Equal(sign(secret, auth, at, canonicalRequest(r, auth.signedHeaders, payload, form)), auth.signature)
	}
	// SDKs do not agree on a path with double slashes or dots: that of Go signs it
	// as it is, those of Python and JavaScript what it comes down to.
	if !fits(plainPath) && !fits(cleanPath) {
		return auth.accessKeyID, refuse("InvalidSignatureException",
			"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
			"the signature does not fit the request as it arrived: another secret, or a part of the request was changed after signing")
	}
	return auth.accessKeyID, nil
}

// AccessKeyID returns the access key id that r claims, without checking
// anything, or "".
func AccessKeyID(r *http.Request) string {
	auth, refused := parse(r)
	if refused != nil {
		return ""
	}
	return auth.accessKeyID
}

func parse(r *http.Request) (*authorization, *Error) {
	values := r.Header.Values("Authorization")
	switch {
	case len(values) == 0:
		return nil, refuse("MissingAuthenticationTokenException", "Missing Authentication Token", "no Authorization header")
	case len(values) > 1:
		return nil, incomplete("%d Authorization headers", len(values))
	}
	kind, rest, _ := strings.Cut(values[0], " ")
	if kind != algorithm {
		return nil, incomplete("the algorithm is %q, not %s", kind, algorithm)
	}
	auth := &authorization{}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || seen[name] {
			return nil, incomplete("the Authorization header has a part that is not one Name=value")
		}
		seen[name] = true
		switch name {
		case "Credential":
			if refused := auth.parseCredential(value); refused != nil {
				return nil, refused
			}
		case "SignedHeaders":
			auth.signedHeaders = strings.Split(value, ";")
		case "Signature":
			signature, err := hex.DecodeString(value)
			if err != nil || len(signature) != sha256.Size || strings.ToLower(value) != value {
				return nil, malformed("Signature is not 64 digits of lower-case hex")
			}
			auth.signature = signature
		default:
			return nil, incomplete("the Authorization header has an unknown part %q", name)
		}
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if !seen[name] {
			return nil, incomplete("the Authorization header has no %s", name)
		}
	}
	return auth, nil
}

func (a *authorization) parseCredential(value string) *Error {
	// An access key id has no slash, so the scope is the last four parts.
	parts := strings.Split(value, "/")
	if len(parts) != 5 || parts[0] == "" {
		return incomplete("Credential has %d parts, not id/date/region/service/%s", len(parts), terminator)
	}
	a.accessKeyID, a.date, a.region, a.service = parts[0], parts[1], parts[2], parts[3]
	a.scope = strings.Join(parts[1:], "/")
	if parts[4] != terminator {
		return refuse("InvalidSignatureException", "Credential should be scoped with a valid terminator: '"+terminator+"', not '"+parts[4]+"'.",
			"the credential scope ends in %q", parts[4])
	}
	return nil
}

// malformed is a header that has all its parts, and one that is not as the
// algorithm has it.
func malformed(detail string, args ...any) *Error {
	text := fmt.Sprintf(detail, args...)
	return &Error{Code: "InvalidSignatureException", Message: "The signature is not well-formed: " + text + ".", Detail: text}
}

// incomplete is for what AWS documents the error of this name for: an
// Authorization header without one of its parts, of another form or algorithm,
// and a request without a date that can be read.
func incomplete(detail string, args ...any) *Error {
	text := fmt.Sprintf(detail, args...)
	return &Error{
		Code:    "IncompleteSignatureException",
		Message: "Authorization header is not a complete signature: " + text + ".",
		Detail:  text,
	}
}

// checkTime returns the time of the signature.
func (v *Verifier) checkTime(r *http.Request, auth *authorization) (string, *Error) {
	values := r.Header.Values("X-Amz-Date")
	var at time.Time
	var err error
	switch {
	case len(values) == 1:
		at, err = time.Parse(timeFormat, values[0])
	case len(values) == 0 && r.Header.Get("Date") != "":
		at, err = http.ParseTime(r.Header.Get("Date"))
	default:
		return "", incomplete("%d X-Amz-Date headers and no Date header", len(values))
	}
	if err != nil {
		return "", incomplete("the date of the request is not of the form %s", timeFormat)
	}
	text := at.UTC().Format(timeFormat)
	if text[:8] != auth.date {
		return "", refuse("InvalidSignatureException", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '"+auth.date+"' != '"+text[:8]+"', from '"+text+"'.",
			"the scope is of another day than the date header")
	}
	now := v.Now().UTC()
	if v.Ahead != nil {
		if ahead := now.Add(v.Ahead(auth.accessKeyID)); at.Sub(ahead).Abs() <= MaxSkew {
			now = ahead
		}
	}
	switch skew := now.Sub(at); {
	case skew > MaxSkew:
		return "", refuse("InvalidSignatureException",
			fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - 5 min.)", text, now.Add(-MaxSkew).Format(timeFormat), now.Format(timeFormat)),
			"signed %s before the service's clock", skew.Truncate(time.Second))
	case skew < -MaxSkew:
		return "", refuse("InvalidSignatureException",
			fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + 5 min.)", text, now.Add(MaxSkew).Format(timeFormat), now.Format(timeFormat)),
			"signed %s after the service's clock", (-skew).Truncate(time.Second))
	}
	return text, nil
}

func (v *Verifier) checkScope(auth *authorization) *Error {
	if auth.region != v.Region {
		return refuse("InvalidSignatureException", "Credential should be scoped to a valid region, not '"+auth.region+"'.",
			"signed for %s, this service is %s: set the region", auth.region, v.Region)
	}
	if auth.service != v.Service {
		return refuse("InvalidSignatureException", "Credential should be scoped to correct service: '"+v.Service+"'.",
			"signed for the service %s, this is %s: set the signing name", auth.service, v.Service)
	}
	return nil
}

// checkHeaders refuses a list of signed headers that is malformed, names what
// is not there or leaves out what must be signed.
func checkHeaders(r *http.Request, auth *authorization) *Error {
	signed := auth.signedHeaders
	for i, name := range signed {
		if name == "" || name != strings.ToLower(name) {
			return malformed("SignedHeaders has %q, not a lower-case name", name)
		}
		if i > 0 && signed[i-1] >= name {
			return malformed("SignedHeaders is not sorted, or has %q twice", name)
		}
		if len(headerValues(r, name)) == 0 {
			return malformed("SignedHeaders has %q, which is not in the request", name)
		}
	}
	if !slices.Contains(signed, "host") {
		return refuse("InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.", "host is not signed")
	}
	if r.Header.Get("X-Amz-Date") == "" && !slices.Contains(signed, "date") {
		return refuse("InvalidSignatureException", "'X-Amz-Date' or 'Date' must be a 'SignedHeader' in the AWS Authorization.", "the date is not signed")
	}
	for name := range r.Header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") && !slices.Contains(signed, lower) {
			return refuse("InvalidSignatureException", "'"+name+"' must be a 'SignedHeader' in the AWS Authorization.", "%s is in the request but not signed", name)
		}
	}
	return nil
}

// payloadHash returns the hash of the body, which a hash in the headers must
// equal: an unsigned payload is for other services.
func payloadHash(r *http.Request, body []byte) (string, *Error) {
	sum := sha256.Sum256(body)
	payload := hex.EncodeToString(sum[:])
	for _, claimed := range r.Header.Values("X-Amz-Content-Sha256") {
		if claimed != payload {
			return "", refuse("InvalidSignatureException", "The provided 'x-amz-content-sha256' header does not match what was computed.",
				"X-Amz-Content-Sha256 is not the hash of the body")
		}
	}
	return payload, nil
}

func sign(secret string, auth *authorization, at string, canonical []byte) []byte {
	hashed := sha256.Sum256(canonical)
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s\n%s\n%s\n%s", algorithm, at, auth.scope, hex.EncodeToString(hashed[:]))

	key := []byte("AWS4" + secret)
	for _, part := range []string{auth.date, auth.region, auth.service, terminator} {
		key = mac(key, []byte(part))
	}
	return mac(key, text.Bytes())
}

func mac(key, text []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)
}
