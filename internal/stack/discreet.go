package stack

import "strings"

// WithoutToken returns a text without a client token, which the service may
// repeat in its messages. A short one may be a word of the text, and stays.
func WithoutToken(text, token string) string {
	if len(token) < 8 {
		return text
	}
	return strings.ReplaceAll(text, token, "(its ClientToken)")
}

// discreetError is an error whose text lacks the client token of its call. What
// it wraps has everything as the service has said it.
type discreetError struct {
	error
	token string
}

// discreet returns an error without the token in its text: the same error unless
// the text has it.
func discreet(err error, token string) error {
	if text := err.Error(); WithoutToken(text, token) == text {
		return err
	}
	return &discreetError{err, token}
}

func (e *discreetError) Error() string { return WithoutToken(e.error.Error(), e.token) }

func (e *discreetError) Unwrap() error { return e.error }
