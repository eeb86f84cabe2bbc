package stack

import (
	"context"
	"slices"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// The steps of a smithy stack write to themselves on every call, so a stack can
// serve one call only. The middlewares of a linked chain are the same, in the same
// order, each with the next one at its side; a call writes to none of it.

// list is the middlewares of a stack in their order.
type list struct {
	initialize  []middleware.InitializeMiddleware
	serialize   []middleware.SerializeMiddleware
	build       []middleware.BuildMiddleware
	finalize    []middleware.FinalizeMiddleware
	deserialize []middleware.DeserializeMiddleware
}

// unstack takes the middlewares out of a stack, which is empty afterwards, and
// leaves out those that do nothing. The first of several with one id is the first
// in the order, too.
func unstack(s *middleware.Stack) (l list, err error) {
	if l.initialize, err = take(s.Initialize.List(), s.Initialize.Remove); err != nil {
		return l, err
	}
	if l.serialize, err = take(s.Serialize.List(), s.Serialize.Remove); err != nil {
		return l, err
	}
	if l.build, err = take(s.Build.List(), s.Build.Remove); err != nil {
		return l, err
	}
	if l.finalize, err = take(s.Finalize.List(), s.Finalize.Remove); err != nil {
		return l, err
	}
	l.serialize = slices.DeleteFunc(l.serialize, func(m middleware.SerializeMiddleware) bool {
		_, idle := m.(landmark)
		return idle
	})
	l.deserialize, err = take(s.Deserialize.List(), s.Deserialize.Remove)
	return l, err
}

func take[M any](ids []string, remove func(string) (M, error)) ([]M, error) {
	all := make([]M, 0, len(ids))
	for _, id := range ids {
		m, err := remove(id)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// renderAgent puts the text of the user agent in the place of its middleware, to
// which each call would have to write.
func (l list) renderAgent() error {
	for i, m := range l.build {
		if ua, ok := m.(*awsmiddleware.RequestUserAgent); ok {
			text, err := render(ua)
			if err != nil {
				return err
			}
			l.build[i] = text
		}
	}
	return nil
}

// link makes each middleware call the next one, and the last one the end.
func (l list) link(end middleware.Handler) middleware.Handler {
	var s middleware.SerializeHandler = serializeEnd{linkBuild(l.build, linkFinalize(l.finalize, finalizeEnd{linkDeserialize(l.deserialize, end)}))}
	for _, v := range slices.Backward(l.serialize) {
		s = &serializeLink{v, s}
	}
	newRequest := smithyhttp.NewStackRequest
	if len(l.serialize) > 0 {
		if _, ok := l.serialize[0].(*serialize); ok {
			// It makes a request of its own from the one it gets.
			blank := blankRequest()
			newRequest = func() any { return blank }
		}
	}
	var i middleware.InitializeHandler = initializeEnd{s, newRequest}
	for _, v := range slices.Backward(l.initialize) {
		i = &initializeLink{v, i}
	}
	return linked{i}
}

func linkBuild(list []middleware.BuildMiddleware, end middleware.FinalizeHandler) middleware.BuildHandler {
	var b middleware.BuildHandler = buildEnd{end}
	for _, l := range slices.Backward(list) {
		b = &buildLink{l, b}
	}
	return b
}

func linkFinalize(list []middleware.FinalizeMiddleware, end middleware.FinalizeHandler) middleware.FinalizeHandler {
	for _, l := range slices.Backward(list) {
		end = &finalizeLink{l, end}
	}
	return end
}

func linkDeserialize(list []middleware.DeserializeMiddleware, end middleware.Handler) middleware.DeserializeHandler {
	var d middleware.DeserializeHandler = deserializeEnd{end}
	for _, l := range slices.Backward(list) {
		d = &deserializeLink{l, d}
	}
	return d
}

// linked is the start of a linked chain.
type linked struct{ next middleware.InitializeHandler }

func (h linked) Handle(ctx context.Context, in any) (any, middleware.Metadata, error) {
	out, metadata, err := h.next.HandleInitialize(ctx, middleware.InitializeInput{Parameters: in})
	return out.Result, metadata, err
}

type initializeLink struct {
	m    middleware.InitializeMiddleware
	next middleware.InitializeHandler
}

func (h *initializeLink) HandleInitialize(ctx context.Context, in middleware.InitializeInput) (middleware.InitializeOutput, middleware.Metadata, error) {
	return h.m.HandleInitialize(ctx, in, h.next)
}

type initializeEnd struct {
	next       middleware.SerializeHandler
	newRequest func() any
}

func (h initializeEnd) HandleInitialize(ctx context.Context, in middleware.InitializeInput) (middleware.InitializeOutput, middleware.Metadata, error) {
	out, metadata, err := h.next.HandleSerialize(ctx, middleware.SerializeInput{Parameters: in.Parameters, Request: h.newRequest()})
	return middleware.InitializeOutput(out), metadata, err
}

type serializeLink struct {
	m    middleware.SerializeMiddleware
	next middleware.SerializeHandler
}

func (h *serializeLink) HandleSerialize(ctx context.Context, in middleware.SerializeInput) (middleware.SerializeOutput, middleware.Metadata, error) {
	return h.m.HandleSerialize(ctx, in, h.next)
}

type serializeEnd struct{ next middleware.BuildHandler }

func (h serializeEnd) HandleSerialize(ctx context.Context, in middleware.SerializeInput) (middleware.SerializeOutput, middleware.Metadata, error) {
	out, metadata, err := h.next.HandleBuild(ctx, middleware.BuildInput{Request: in.Request})
	return middleware.SerializeOutput(out), metadata, err
}

type buildLink struct {
	m    middleware.BuildMiddleware
	next middleware.BuildHandler
}

func (h *buildLink) HandleBuild(ctx context.Context, in middleware.BuildInput) (middleware.BuildOutput, middleware.Metadata, error) {
	return h.m.HandleBuild(ctx, in, h.next)
}

type buildEnd struct{ next middleware.FinalizeHandler }

func (h buildEnd) HandleBuild(ctx context.Context, in middleware.BuildInput) (middleware.BuildOutput, middleware.Metadata, error) {
	out, metadata, err := h.next.HandleFinalize(ctx, middleware.FinalizeInput(in))
	return middleware.BuildOutput(out), metadata, err
}

type finalizeLink struct {
	m    middleware.FinalizeMiddleware
	next middleware.FinalizeHandler
}

func (h *finalizeLink) HandleFinalize(ctx context.Context, in middleware.FinalizeInput) (middleware.FinalizeOutput, middleware.Metadata, error) {
	return h.m.HandleFinalize(ctx, in, h.next)
}

type finalizeEnd struct{ next middleware.DeserializeHandler }

func (h finalizeEnd) HandleFinalize(ctx context.Context, in middleware.FinalizeInput) (middleware.FinalizeOutput, middleware.Metadata, error) {
	out, metadata, err := h.next.HandleDeserialize(ctx, middleware.DeserializeInput(in))
	return middleware.FinalizeOutput{Result: out.Result}, metadata, err
}

type deserializeLink struct {
	m    middleware.DeserializeMiddleware
	next middleware.DeserializeHandler
}

func (h *deserializeLink) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput) (middleware.DeserializeOutput, middleware.Metadata, error) {
	return h.m.HandleDeserialize(ctx, in, h.next)
}

type deserializeEnd struct{ next middleware.Handler }

func (h deserializeEnd) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput) (middleware.DeserializeOutput, middleware.Metadata, error) {
	resp, metadata, err := h.next.Handle(ctx, in.Request)
	return middleware.DeserializeOutput{RawResponse: resp}, metadata, err
}
