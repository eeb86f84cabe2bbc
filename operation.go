package partnercentral

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/internal/wire"
)

// operation is the declaration of an operation: all that the client knows of
// it. Everything else is the same for every operation.
type operation[I, O any] struct {
	// name in AWS's spelling.
	name string
	// group is the quota that a call counts against.
	group quotaGroup
	// token returns the member of an input that makes the call idempotent. nil
	// where there is none.
	token func(*I) **string
	// sent returns the task that an input is about, as far as the input tells.
	// nil for operations that are not about one task.
	sent func(*I) Task
	// validate reports what is wrong with an input.
	validate func(*validator, *I)
	// check refuses an answer that cannot be a success. nil accepts all.
	check func(*O) error
}

// quotaGroup is a group of operations that share a quota.
type quotaGroup int

const (
	reads quotaGroup = iota
	writes
	prospectingStarts
	prospectingGets
	prospectingLists

	// quotaGroups is how many there are.
	quotaGroups
)

func (op *operation[I, O]) Name() string { return op.name }

func (op *operation[I, O]) quotaGroup() quotaGroup { return op.group }

func (op *operation[I, O]) FillToken(in any, next func() (string, error)) (any, error) {
	input, ok := in.(*I)
	if !ok || op.token == nil || deref(*op.token(input)) != "" {
		return in, nil
	}
	token, err := next()
	if err != nil {
		return nil, err
	}
	filled := *input
	*op.token(&filled) = &token
	return &filled, nil
}

func (op *operation[I, O]) Remember(in any, metadata middleware.Metadata) middleware.Metadata {
	if input, ok := in.(*I); ok && op.sent != nil {
		rememberSent(&metadata, op.sent(input))
	}
	return metadata
}

func (op *operation[I, O]) Validate(in any) error {
	input, ok := in.(*I)
	if !ok {
		return fmt.Errorf("unknown input parameters type %T", in)
	}
	v := newValidator(op.name)
	op.validate(v, input)
	return v.err()
}

func (op *operation[I, O]) Decode(body []byte) (any, error) {
	out := new(O)
	if err := wire.Decode(body, out); err != nil {
		return nil, err
	}
	if op.check != nil {
		if err := op.check(out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// invoke makes one call.
func invoke[I, O any](ctx context.Context, c *Client, op *operation[I, O], in *I, optFns []func(*Options)) (*O, middleware.Metadata, error) {
	if in == nil {
		in = new(I)
	}
	result, metadata, err := c.invokeOperation(ctx, op, in, optFns)
	if err != nil {
		return nil, metadata, err
	}
	out, ok := result.(*O)
	if !ok {
		// A middleware of the caller's may answer in the service's place.
		return nil, metadata, &smithy.OperationError{
			ServiceID: ServiceID, OperationName: op.name,
			Err: fmt.Errorf("a middleware returned a result of type %T", result),
		}
	}
	return out, metadata, nil
}

// checkStarted refuses an answer to a Start that says nothing: neither which
// task was started nor that it has ended. Taking it for a success would lose
// the task.
func checkStarted(id, arn *string, status TaskStatus) error {
	if deref(id) != "" || deref(arn) != "" || status == TaskStatusComplete || status == TaskStatusFailed {
		return nil
	}
	return errors.New("the answer has neither a task id nor a final status")
}
