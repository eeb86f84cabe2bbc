package plain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/cosell-dev/partnercentral-go"
)

func TestSentence(t *testing.T) {
	t.Parallel()
	inOperation := func(err error) error {
		return &smithy.OperationError{ServiceID: "PartnerCentral Selling", OperationName: "StartEngagementFromOpportunityTask", Err: err}
	}
	at := time.Date(2026, 11, 28, 7, 30, 0, 0, time.UTC)
	_, invalid := partnercentral.ParseTaskARN("arn:aws:s3:::bucket")
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{&partnercentral.RunError{State: partnercentral.RunNotStarted, Err: context.Canceled}, "interrupted before it was started"},
		{&partnercentral.RunError{State: partnercentral.RunMaybeStarted, Err: context.Canceled}, "interrupted while it was being started"},
		{&partnercentral.WaitError{State: partnercentral.WaitCanceled, Err: context.Canceled}, "interrupted before its end was seen"},
		{&partnercentral.WaitError{State: partnercentral.WaitTimedOut}, "it had not ended when the time to wait was over, and may still run"},
		{&partnercentral.WaitError{State: partnercentral.WaitTimedOut, Err: inOperation(&smithy.GenericAPIError{Code: "ThrottlingException", Message: "Slow down."})},
			"it had not ended when the time to wait was over, and may still run: the service refused it: Slow down (ThrottlingException): try again later"},
		{&Late{Err: &partnercentral.RunError{State: partnercentral.RunMaybeStarted, Err: context.DeadlineExceeded}, Why: "x gave no answer"},
			"the time to wait was over while it was being started: x gave no answer"},
		{inOperation(&partnercentral.ConflictException{Message: aws.String(`used before (with {"a":{"b":"}"}} and {no object), as {"c":1} says.`)}),
			"the service refused it: used before (with {…} and {no object), as {…} says (ConflictException): the key or token was used for something else, or the object is busy"},
		{&partnercentral.WaitError{State: partnercentral.WaitNotFound}, "the service knows no such task in this catalog and account"},
		{&partnercentral.WaitError{State: partnercentral.WaitUnknownStatus}, "the service gives it a status that this version does not know: install a newer one"},
		{inOperation(&partnercentral.QuotaExhaustedError{Group: partnercentral.QuotaGroupWrites, Limit: 10000, Window: 24 * time.Hour, RetryAt: at}),
			"the 10000 starts that AWS allows in 24 hours are used up: go on after 2026-11-28T07:30:00Z"},
		{inOperation(&partnercentral.ResourceNotFoundException{Message: aws.String("No O1.")}), "the service refused it: No O1 (ResourceNotFoundException): check the id and the catalog"},
		{inOperation(&partnercentral.ValidationException{ErrorList: []partnercentral.ValidationExceptionError{
			{Code: "REQUIRED_FIELD_MISSING", FieldName: aws.String("Project.Title")},
		}}), "the service refused it: Project.Title REQUIRED_FIELD_MISSING (ValidationException)"},
		{inOperation(&smithy.GenericAPIError{Code: "ExpiredTokenException", Message: "expired"}),
			"the service refused it: expired (ExpiredTokenException): sign in again, as with aws sso login, or run partnercentral doctor"},
		{inOperation(fmt.Errorf("get identity: get credentials: %w", errors.New("no EC2 IMDS role found"))),
			"there are no credentials: run aws configure or aws sso login, or name a profile with --profile"},
		{inOperation(&url.Error{Op: "Post", URL: "https://example.com/x", Err: &net.DNSError{Name: "example.com", Err: "no such host"}}),
			"the address example.com is not known: check the network and the endpoint"},
		{&partnercentral.WaitError{State: partnercentral.WaitPollFailed, Err: inOperation(&smithy.DeserializationError{Err: errors.New("unexpected EOF")})},
			"the service gave an answer that cannot be read: try again later"},
		{&partnercentral.WaitError{State: partnercentral.WaitPollFailed, Err: inOperation(context.DeadlineExceeded)},
			"the service gave no answer in time: check the network, or try again later"},
		{&partnercentral.RunError{State: partnercentral.RunNotStarted, Err: fmt.Errorf("%w (%w)", errors.New("one"), errors.New("no bucket"))}, "no bucket"},
		{inOperation(&url.Error{Op: "Post", URL: "https://example.com/x", Err: errors.New("connection refused")}),
			"example.com gave no answer (connection refused): check the network and the endpoint"},
		{invalid, "arn is an ARN of another service than partnercentral"},
	} {
		if got := Sentence(c.err); got != c.want {
			t.Errorf("%v:\n%s\nwant\n%s", c.err, got, c.want)
		}
	}
}
