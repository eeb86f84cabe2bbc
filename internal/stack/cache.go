package stack

import (
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

// Cache has the assembled stacks of a client, one for each operation.
//
// The client's API options were written for stacks that serve one call. So a
// stack is reused only if nobody can tell. The first two calls have a stack of
// their own each. If both came out the same, there is no third: each middleware
// is the very same object, or equal as Go's == has it, and so cannot have a state
// that belongs to one of the two; the rest are middlewares of the AWS SDK that
// are known to keep nothing of a call. A middleware that is made anew for each
// stack may keep something of its call, and so may any closure, for nobody can
// see what it captures: with one of these in it, the stack is assembled for each
// call, from parts that are shared. A client to which nothing was added needs
// none of this; see direct.
//
// What cannot be seen is an option that does something else as time passes. See
// Options.DisableStackReuse of the root package.
type Cache struct {
	cfg *Config
	// Operation to *entry.
	entries sync.Map
}

// NewCache returns an empty cache for a client with the given configuration.
func NewCache(cfg *Config) *Cache { return &Cache{cfg: cfg} }

// entry is what is known of the stacks of one operation.
type entry struct {
	parts *parts
	base  *Pipeline

	// The pipeline that serves all calls, once there is one.
	shared atomic.Pointer[Pipeline]
	// Whether there will never be one.
	single atomic.Bool

	// The middlewares of the first stack, until there is a second.
	mu    sync.Mutex
	first *list
}

// Pipeline returns a pipeline for one call.
func (c *Cache) Pipeline(op Operation, paginator bool) (*Pipeline, error) {
	v, ok := c.entries.Load(op)
	if !ok {
		v, _ = c.entries.LoadOrStore(op, &entry{parts: newParts(c.cfg, op), base: newPipeline(c.cfg, op)})
	}
	e := v.(*entry)
	if shared := e.shared.Load(); shared != nil {
		return shared, nil
	}
	if e.single.Load() {
		return e.parts.assemble(e.base, op, paginator)
	}
	l, err := c.list(e.parts, op)
	if err != nil {
		return nil, err
	}
	pipeline := *e.base
	if alone(c.cfg) {
		pipeline.handler = newDirect(c.cfg, op, e.parts, l)
		e.shared.Store(&pipeline)
		return &pipeline, nil
	}
	same, foreign, decided := e.compare(l, len(c.cfg.APIOptions) == 0)
	pipeline.handler = l.link(newSend(c.cfg, same && !foreign && !intercepted(&c.cfg.Interceptors)))
	switch {
	case same:
		e.shared.Store(&pipeline)
	case decided:
		e.single.Store(true)
	}
	return &pipeline, nil
}

// compare tells whether a stack is the same as the one before it, and whether
// there was one to compare it with.
func (e *entry) compare(l list, ours bool) (same, foreign, decided bool) {
	if ours {
		return true, false, true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.first == nil {
		e.first = &l
		return false, true, false
	}
	same, foreign = compare(*e.first, l)
	return same, foreign, true
}

func (c *Cache) list(p *parts, op Operation) (list, error) {
	s, err := p.newStack(c.cfg, op, false)
	if err != nil {
		return list{}, err
	}
	l, err := unstack(s)
	if err != nil {
		return list{}, err
	}
	return l, l.renderAgent()
}

// compare tells whether two stacks of the same options can stand for each other,
// and whether somebody else's middleware is among them.
func compare(a, b list) (same, foreign bool) {
	steps := b.all()
	for step, middlewares := range a.all() {
		if len(middlewares) != len(steps[step]) {
			return false, false
		}
		for i, m := range middlewares {
			if !interchangeable(m, steps[step][i]) {
				return false, false
			}
			foreign = foreign || !slices.Contains(knownPackages, packageOf(m))
		}
	}
	return true, foreign
}

// knownPackages have the middlewares that keep nothing of a call: read in
// aws-sdk-go-v2 v1.47.7 and smithy-go v1.28.8. Functions that were made into
// middlewares are of one of them, too; they are equal to nothing.
var knownPackages = []string{
	reflect.TypeFor[call]().PkgPath(),
	"github.com/aws/aws-sdk-go-v2/aws/middleware",
	"github.com/aws/aws-sdk-go-v2/aws/protocol/query",
	"github.com/aws/aws-sdk-go-v2/aws/retry",
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4",
	"github.com/aws/aws-sdk-go-v2/aws/transport/http",
	"github.com/aws/smithy-go/middleware",
	"github.com/aws/smithy-go/transport/http",
}

func packageOf(m any) string {
	t := reflect.TypeOf(m)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}

func interchangeable(a, b any) bool {
	v, w := reflect.ValueOf(a), reflect.ValueOf(b)
	if !v.IsValid() || !w.IsValid() || v.Type() != w.Type() {
		return false
	}
	if v.Comparable() && w.Comparable() && a == b {
		return true
	}
	if v.Kind() == reflect.Pointer && v.Type().Elem().Size() == 0 {
		return true
	}
	if first, ok := a.(*retry.Attempt); ok {
		return sameAttempt(first, b.(*retry.Attempt))
	}
	// Of the SDK, with the same settings. Functions are never deeply equal.
	return slices.Contains(knownPackages, packageOf(a)) && reflect.DeepEqual(a, b)
}

// sameAttempt compares two retry loops. Each has the function that clones
// requests in a field that nobody can see; that and the retryer are this
// package's, unless an option has put a loop of its own in the place.
func sameAttempt(a, b *retry.Attempt) bool {
	v, w := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for i := range v.NumField() {
		f, g := v.Field(i), w.Field(i)
		switch {
		case f.Kind() == reflect.Func:
			// The code of a function: enough for one that captures nothing.
			if f.Pointer() != g.Pointer() || f.Pointer() != reflect.ValueOf(cloneRequest).Pointer() {
				return false
			}
		case !f.Comparable() || !g.Comparable() || !f.Equal(g):
			return false
		}
	}
	return true
}

var _ middleware.Handler = chain{}
