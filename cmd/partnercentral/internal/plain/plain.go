// Package plain says errors of the library in one sentence for people who know
// neither Go nor the AWS SDK.
package plain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
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
	switch {
	case err == nil:
		return ""
	case Interrupted(err):
		return interrupted(err)
	case errors.As(err, &invalid):
		return strings.Join(problems(invalid), "; ")
	case errors.As(err, &exhausted):
		return fmt.Sprintf("the %d %s that AWS allows in 24 hours are used up: go on after %s",
			exhausted.Limit, group(exhausted.Group), exhausted.RetryAt.UTC().Format(time.RFC3339))
	case errors.As(err, &api):
		return refusal(api)
	case errors.Is(err, partnercentral.WaitTimedOut):
		return "it had not ended when the time to wait was over, and may still run"
	case errors.Is(err, partnercentral.WaitNotFound):
		return "the service knows no such task in this catalog and account"
	case errors.Is(err, partnercentral.WaitUnknownStatus):
		return "the service gives it a status that this version does not know: install a newer one"
	case errors.Is(err, context.DeadlineExceeded):
		return "the service gave no answer in time: check the network, or try again later"
	case errors.As(err, &unreadable):
		return "the service gave an answer that cannot be read: try again later"
	case credentials(err):
		return "there are no valid credentials: sign in, as with aws sso login, or name a profile with --profile"
	}
	return connection(err)
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
	text := fmt.Sprintf("the service refused it: %s (%s)", said, err.ErrorCode())
	if advice := advice(err.ErrorCode(), said); advice != "" {
		text += ": " + advice
	}
	return text
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

// connection says an error without an answer.
func connection(err error) string {
	var dns *net.DNSError
	var called *url.Error
	switch {
	case errors.As(err, &dns):
		return fmt.Sprintf("the address %s is not known: check the network and the endpoint", dns.Name)
	case errors.As(err, &called):
		host := called.URL
		if u, parseErr := url.Parse(called.URL); parseErr == nil {
			host = u.Host
		}
		return fmt.Sprintf("%s gave no answer (%s): check the network and the endpoint", host, last(called.Err))
	}
	return last(err)
}

// last returns the innermost text of an error.
func last(err error) string {
	for {
		var next error
		switch wrapper := err.(type) {
		case interface{ Unwrap() error }:
			next = wrapper.Unwrap()
		case interface{ Unwrap() []error }:
			all := wrapper.Unwrap()
			next = all[len(all)-1]
		}
		if next == nil || next.Error() == "" {
			return err.Error()
		}
		err = next
	}
}

// Credentials says why there are no credentials, in one sentence.
func Credentials(err error) string {
	text := last(err)
	switch {
	case strings.Contains(err.Error(), "SSO") || strings.Contains(err.Error(), "sso"):
		return "the sign-in has run out: run aws sso login with the same profile"
	case strings.Contains(err.Error(), "IMDS") || strings.Contains(text, "static credentials are empty"):
		return "there are no credentials: run aws configure or aws sso login, or name a profile with --profile"
	}
	return "the credentials cannot be used (" + text + "): sign in again, or name another profile with --profile"
}
