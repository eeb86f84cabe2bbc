package partnercentral

import (
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/defaults"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func defaultRetryer(o *Options) aws.Retryer {
	mode := o.RetryMode
	if mode == "" {
		if m, err := defaults.GetModeConfiguration(o.resolvedDefaultsMode); err == nil {
			mode = m.RetryMode
		}
	}
	standard := func(so *retry.StandardOptions) {
		if o.RetryMaxAttempts != 0 {
			so.MaxAttempts = o.RetryMaxAttempts
		}
		so.Retryables = retryables()
	}
	if mode == aws.RetryModeAdaptive {
		return retry.NewAdaptiveMode(func(ao *retry.AdaptiveModeOptions) {
			ao.StandardOptions = append(ao.StandardOptions, standard)
		})
	}
	return retry.NewStandard(standard)
}

// retryables are the SDK's, with the service's errors told apart by name before
// the status has a say: the two public descriptions of the service disagree
// about the status of every client error but one.
func retryables() []retry.IsErrorRetryable {
	list := []retry.IsErrorRetryable{
		retry.NoRetryCanceledError{},
		retry.RetryableError{},
		retry.IsErrorRetryableFunc(retryableByName),
	}
	return append(list, retry.DefaultRetryables...)
}

func retryableByName(err error) aws.Ternary {
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		return aws.UnknownTernary
	}
	switch apiErr.(type) {
	case *ThrottlingException, *InternalServerException:
		return aws.TrueTernary
	case *AccessDeniedException, *ConflictException, *ResourceNotFoundException,
		*ServiceQuotaExceededException, *ValidationException:
		return aws.FalseTernary
	}
	var respErr *smithyhttp.ResponseError
	if errors.As(err, &respErr) && respErr.HTTPStatusCode() == http.StatusTooManyRequests {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}
