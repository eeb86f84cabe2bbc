// Package plain says errors of the library in one sentence for people who know
// neither Go nor the AWS SDK.
package plain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/cosell-dev/partnercentral-go"
)

// Interrupted reports whether nothing went wrong: the program was told to stop.
func Interrupted(err error) bool { return errors.Is(err, context.Canceled) }

// Sentence says what went wrong and, where that is known, what to do.
func Sentence(err error) string {
	var invalid smithy.InvalidParamsError
	var exhausted *partnercentral.QuotaExhaustedError
	var api smithy.APIError
	var unreadable *smithy.DeserializationError
	var late *Late
	var wait *partnercentral.WaitError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &late):
		return late.Error()
	case Interrupted(err):
		return interrupted(err)
	case errors.As(err, &invalid):
		return strings.Join(problems(invalid), "; ")
	case errors.As(err, &exhausted):
		return fmt.Sprintf("the %d %s that AWS allows in 24 hours are used up: go on after %s",
			exhausted.Limit, group(exhausted.Group), exhausted.RetryAt.UTC().Format(time.RFC3339))
	case errors.As(err, &wait) && wait.State == partnercentral.WaitTimedOut:
		return (&Late{Err: wait, Why: Sentence(wait.Err)}).Error()
	case errors.As(err, &api):
		return refusal(api)
	case errors.Is(err, partnercentral.WaitTimedOut):
		return (&Late{Err: err}).Error()
	case errors.Is(err, partnercentral.WaitNotFound):
		return "the service knows no such task in this catalog and account"
	case errors.Is(err, partnercentral.WaitUnknownStatus):
		return "the service gives it a status that this version does not know: install a newer one"
	case errors.Is(err, context.DeadlineExceeded):
		return "the service gave no answer in time: check the network, or try again later"
	case errors.As(err, &unreadable):
		return "the service gave an answer that cannot be read: try again later"
	case credentials(err):
		return Credentials(err)
	}
	return connection(err)
}

// Late is an error of something that did not come to its end in time.
type Late struct {
	Err error
	Why string // what kept it, "" if nothing is known to
}

func (l *Late) Unwrap() error { return l.Err }

func (l *Late) Error() string {
	text := "it had not ended when the time to wait was over, and may still run"
	switch {
	case errors.Is(l.Err, partnercentral.RunNotStarted):
		text = "the time to wait was over before it was started"
	case errors.Is(l.Err, partnercentral.RunMaybeStarted):
		text = "the time to wait was over while it was being started"
	}
	return because(text, l.Why)
}

// because adds the reason to a text, if there is one.
func because(text, why string) string {
	if why == "" {
		return text
	}
	return text + ": " + why
}

// TimeUp says that a command did not come to its end in the time of --timeout.
func TimeUp(timeout, why string) string {
	text := because("the time to wait, "+timeout+", was over before all answers were there", why)
	if strings.Contains(why, ": ") {
		return text
	}
	return text + ": try again later, or with a longer --timeout"
}

func interrupted(err error) string {
	switch {
	case errors.Is(err, partnercentral.RunNotStarted):
		return "interrupted before it was started"
	case errors.Is(err, partnercentral.RunMaybeStarted):
		return "interrupted while it was being started"
	}
	return "interrupted before its end was seen"
}

func problems(invalid smithy.InvalidParamsError) []string {
	texts := make([]string, 0, invalid.Len())
	for _, e := range invalid.Errs() {
		text := e.Error()
		if param, ok := e.(smithy.InvalidParamError); ok {
			text = strings.TrimSuffix(text, ", "+param.Field()+".")
		}
		texts = append(texts, text)
	}
	return texts
}

func group(g partnercentral.QuotaGroup) string {
	switch g {
	case partnercentral.QuotaGroupWrites:
		return "starts"
	case partnercentral.QuotaGroupReads:
		return "reads"
	}
	return string(g)
}

// refusal says an error answer of the service.
func refusal(err smithy.APIError) string {
	said := strings.TrimRight(strings.TrimSpace(err.ErrorMessage()), ".")
	if said == "" {
		said = "no reason given"
	}
	var refused *partnercentral.ValidationException
	if errors.As(err, &refused) {
		said = strings.TrimSpace(strings.TrimPrefix(refused.Error(), refused.ErrorCode()+":"))
	}
	text := fmt.Sprintf("the service refused it: %s (%s)", withoutJSON(said), err.ErrorCode())
	if advice := advice(err.ErrorCode(), said); advice != "" {
		text += ": " + advice
	}
	return text
}

// withoutJSON leaves out objects of JSON, such as whole requests, which a message
// of the service may repeat: nobody reads them in a line of a table.
func withoutJSON(s string) string {
	var b strings.Builder
	for s != "" {
		before, _, ok := strings.Cut(s, "{")
		b.WriteString(before)
		if !ok {
			break
		}
		s = s[len(before):]
		object := json.NewDecoder(strings.NewReader(s))
		var any json.RawMessage
		if object.Decode(&any) == nil {
			b.WriteString("{…}")
			s = s[object.InputOffset():]
			continue
		}
		b.WriteString("{")
		s = s[1:]
	}
	return b.String()
}

func advice(code, said string) string {
	switch code {
	case "InvalidSignatureException", "SignatureDoesNotMatch":
		if strings.HasPrefix(said, "Signature expired") || strings.HasPrefix(said, "Signature not yet current") {
			return "set the clock of this machine"
		}
		return "the secret key is wrong: sign in again, or run aws configure"
	case "AccessDeniedException", "AccessDenied":
		return "run partnercentral doctor to see which permissions are missing"
	case "ResourceNotFoundException":
		return "check the id and the catalog"
	case "ConflictException":
		return "the key or token was used for something else, or the object is busy"
	case "ThrottlingException", "TooManyRequestsException":
		return "try again later"
	case "InternalServerException", "ServiceUnavailable", "ServiceUnavailableException":
		return "that is a fault of the service, try again later"
	case "ExpiredTokenException", "ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException":
		return "sign in again, as with aws sso login, or run partnercentral doctor"
	case "RequestTimeTooSkewed", "RequestExpired":
		return "set the clock of this machine"
	}
	return ""
}

// credentials reports whether there was nothing to sign with.
func credentials(err error) bool {
	text := err.Error()
	return strings.Contains(text, "get identity:") || strings.Contains(text, "get credentials:") || strings.Contains(text, "get SSO profile")
}
