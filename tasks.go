package partnercentral

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
	"github.com/cosell-dev/partnercentral-go/internal/stack"
	"github.com/cosell-dev/partnercentral-go/internal/validate"
	"github.com/cosell-dev/partnercentral-go/internal/wire"
)

// taskFamilies are all kinds of tasks. To add one, write the file of the family
// and name it here.
var taskFamilies = [...]*taskFamily{
	&engagementByAcceptingInvitation,
	&engagementFromOpportunity,
	&opportunityFromEngagement,
	&prospectingFromEngagement,
}

// familyOf returns the declaration of a kind, or nil.
func familyOf(kind TaskKind) *taskFamily {
	for _, f := range taskFamilies {
		if f.kind == kind {
			return f
		}
	}
	return nil
}

// taskFamily declares a kind of task: everything in which waiting for it and
// starting it differ from other kinds.
type taskFamily struct {
	kind TaskKind
	// inARN is what the ARN of such a task has before the id.
	inARN string
	// limits of the List.
	limits poll.Limits
	// object returns what finds a task that has no id, or "".
	object func(*Task) string
	// objectName is the member of Task that object returns.
	objectName string
	// start is the method that starts such a task, and polls are the methods
	// that list needs.
	start clientMethod
	polls []clientMethod
	// list returns the function that makes one List call. It is called only for
	// a client that has the methods of polls.
	list func(client any) listTasks
	// adopts says which tasks of others a Runner can take.
	adopts adopts
	// starts is the quota that Starts count against, if not that of writes.
	starts QuotaGroup
	// listsPerSecond and getsPerSecond are the shares of the kind's own quotas that
	// a waiter uses, in calls per second. 0 for kinds whose Lists count as reads.
	listsPerSecond, getsPerSecond float64
	// announced says that AWS documents which events such a task causes.
	announced bool
}

func (f *taskFamily) startGroup() QuotaGroup {
	if f.starts != "" {
		return f.starts
	}
	return QuotaGroupWrites
}

// lister returns the function that lists the family's tasks. The error is a
// smithy.InvalidParamsError that names the methods that the client lacks.
func (f *taskFamily) lister(client any) (listTasks, error) {
	if err := f.lacks(client, f.polls...); err != nil {
		return nil, err
	}
	return f.list(client), nil
}

// starter returns nil if the client can start the family's tasks, and a
// smithy.InvalidParamsError that names the method that it lacks if not.
func (f *taskFamily) starter(client any) error { return f.lacks(client, f.start) }

func (f *taskFamily) lacks(client any, methods ...clientMethod) error {
	p := validate.Of("Client")
	for _, m := range methods {
		if !m.of(client) {
			p.Wrong(m.name, fmt.Sprintf("is not a method of %T: %s tasks need a client that has it, as *Client does", client, f.kind))
		}
	}
	return p.Err()
}

// clientMethod is a method that a client of the caller's may lack.
type clientMethod struct {
	name string
	// of reports whether a client has the method.
	of func(client any) bool
}

// method returns the one method of the interface C, called name.
func method[C any](name string) clientMethod {
	return clientMethod{name, func(client any) bool { _, ok := client.(C); return ok }}
}

// errNoOutput is the error of a client that returns neither output nor error.
var errNoOutput = errors.New("the client returned neither an answer nor an error")

// call calls a method of a client that may be a mock.
func call[C, I, O any](ctx context.Context, client C, method func(C, context.Context, *I, ...func(*Options)) (*O, error), in *I, optFns []func(*Options)) (*O, error) {
	out, err := method(client, ctx, in, optFns...)
	if err == nil && out == nil {
		return nil, errNoOutput
	}
	return out, err
}

// startTask sends a copy of the input with the token, for [Runner].
func startTask[C, I, O any](ctx context.Context, client any, op *operation[I, O], start func(C, context.Context, *I, ...func(*Options)) (*O, error), task func(*O) Task, in *I, token string) (Task, error) {
	if given := *op.token(in); given != nil && *given == "" {
		// As the client says it, which gets to see the token below.
		return Task{}, &smithy.OperationError{ServiceID: ServiceID, OperationName: op.name, Err: op.Validate(in)}
	}
	sent := *in
	*op.token(&sent) = &token
	c, ok := client.(C)
	if !ok {
		return Task{}, familyOf(op.sent(&sent).Kind).starter(client)
	}
	out, err := call(ctx, c, start, &sent, nil)
	if err != nil {
		return Task{}, err
	}
	return task(out), nil
}

// checkTask returns what is wrong with an input with the token.
func checkTask[I, O any](op *operation[I, O], in *I, token string) error {
	if given := *op.token(in); given != nil && *given == "" {
		return op.Validate(in)
	}
	sent := *in
	*op.token(&sent) = &token
	return op.Validate(&sent)
}

// listTasks makes one List call.
type listTasks func(context.Context, taskQuery, ...func(*Options)) (taskPage, error)

// taskQuery is what a List is asked for: tasks by id or by object, or neither,
// which means a page of all, newest first.
type taskQuery struct {
	catalog string
	ids     []string
	objects []string
	size    int32
	token   string
	// awaited reports whether anybody waits for a listed task. nil means that
	// nobody does.
	awaited func(*Task) bool
	// turn waits until the budget allows a call after the first. nil does not
	// wait.
	turn func(context.Context) error
}

// all reports whether the query is for a page of all tasks.
func (q *taskQuery) all() bool { return q.ids == nil && q.objects == nil }

func (q *taskQuery) sorted() *ListTasksSortBase {
	if !q.all() {
		// How sorting and filters combine is not documented, and an answer by
		// id needs no order.
		return nil
	}
	return &ListTasksSortBase{SortBy: ListTasksSortNameStartTime, SortOrder: SortOrderDescending}
}

func (q *taskQuery) maxResults() *int32 {
	if q.size == 0 {
		return nil
	}
	return aws.Int32(q.size)
}

func (q *taskQuery) nextToken() *string {
	if q.token == "" {
		return nil
	}
	return &q.token
}

// taskPage is the answer to a List.
type taskPage struct {
	tasks    []Task
	next     string
	metadata middleware.Metadata
	// errs has, by id, why results of listed tasks could not be had. Such a task
	// is as the List shows it, and has not been seen to end.
	errs map[string]error
}

// pageOf is the page that an output of a List describes.
func pageOf[S any](next *string, metadata middleware.Metadata, summaries []S, task func(*S) Task) taskPage {
	page := taskPage{next: aws.ToString(next), metadata: metadata, tasks: make([]Task, len(summaries))}
	for i := range summaries {
		page.tasks[i] = task(&summaries[i])
	}
	return page
}

// classicLimits are those that the model states for the classic Lists.
var classicLimits = poll.Limits{IDs: 10, Page: 1000}

// listWith returns the list function of a family whose List tells everything.
func listWith[C, I, O any](list func(C, context.Context, *I, ...func(*Options)) (*O, error), input func(*taskQuery) *I, page func(*O) taskPage) func(client any) listTasks {
	return func(client any) listTasks {
		c := client.(C)
		return func(ctx context.Context, q taskQuery, optFns ...func(*Options)) (taskPage, error) {
			out, err := call(ctx, c, list, input(&q), optFns)
			if err != nil {
				return taskPage{}, err
			}
			return page(out), nil
		}
	}
}

// operation declares an operation: everything in which it differs from others.
type operation[I, O any] struct {
	// name in AWS's spelling.
	name string
	// group is the quota that a call counts against.
	group QuotaGroup
	// token returns the member of an input that makes the call idempotent. nil
	// where there is none.
	token func(*I) **string
	// sent returns the task that an input is about, as far as the input tells.
	// nil for operations that are not about one task.
	sent func(*I) Task
	// validate reports what is wrong with an input.
	validate func(*validate.Problems, *I)
	// check refuses an answer that cannot be a success. nil accepts all.
	check func(*O) error
}

func (op *operation[I, O]) Name() string { return op.name }

func (op *operation[I, O]) quotaGroup() QuotaGroup { return op.group }

func (op *operation[I, O]) FillToken(in any, next func() (string, error)) (any, error) {
	input, ok := in.(*I)
	if !ok || op.token == nil || *op.token(input) != nil {
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

func (op *operation[I, O]) Token(in any) string {
	if input, ok := in.(*I); ok && op.token != nil {
		return aws.ToString(*op.token(input))
	}
	return ""
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
	p := validate.Input(op.name)
	op.validate(p, input)
	return p.Err()
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
	if aws.ToString(id) != "" || aws.ToString(arn) != "" || status == TaskStatusComplete || status == TaskStatusFailed {
		return nil
	}
	if status != "" {
		return errNoTaskID
	}
	return errors.New("the answer has neither a task id nor a final status")
}

// errNoTaskID is the error of a Start's answer with a status that is not final
// and no id. [Runner] finds the task by its object.
var errNoTaskID = errors.New("the answer has neither a task id nor a final status")

// checkListed refuses an answer to a List that is none: an empty object, or an
// error that came with a success status. Taking it for an empty list would say of
// running tasks, and of what else is listed, that they do not exist.
func checkListed[S any](summaries []S, nextToken *string) error {
	if summaries == nil && aws.ToString(nextToken) == "" {
		return errors.New("the answer has neither a list nor a token of the next page")
	}
	return nil
}

// pagerOptions are the options that every paginator has, as a struct of its own
// so that its documentation shows them.
type pagerOptions struct {
	Limit                int32
	StopOnDuplicateToken bool
}

// pager walks the pages of one List.
type pager[I, O, S any] struct {
	options   pagerOptions
	list      func(context.Context, *I, ...func(*Options)) (*O, error)
	params    I
	members   func(*I) (maxResults **int32, nextToken **string)
	results   func(*O) (nextToken *string, summaries []S)
	nextToken *string
	started   bool
	// Tokens that were used, to notice a list that would never end.
	used map[string]bool
}

func newPager[I, O, S any, P ~struct {
	Limit                int32
	StopOnDuplicateToken bool
}](list func(context.Context, *I, ...func(*Options)) (*O, error), params *I, members func(*I) (**int32, **string), results func(*O) (*string, []S), optFns []func(*P)) pager[I, O, S] {
	p := pager[I, O, S]{list: list, members: members, results: results}
	if params != nil {
		p.params = *params
	}
	maxResults, nextToken := members(&p.params)
	var options P
	if *maxResults != nil {
		options = P(pagerOptions{Limit: **maxResults})
	}
	for _, fn := range optFns {
		if fn != nil {
			fn(&options)
		}
	}
	p.options = pagerOptions(options)
	p.nextToken = *nextToken
	return p
}

func (p *pager[I, O, S]) hasMorePages() bool { return !p.started || aws.ToString(p.nextToken) != "" }

func (p *pager[I, O, S]) nextPage(ctx context.Context, optFns []func(*Options)) (*O, error) {
	if !p.hasMorePages() {
		return nil, errors.New("no more pages available")
	}
	token := aws.ToString(p.nextToken)
	if p.used[token] {
		return nil, errors.New("the service gave the same NextToken twice: the list would never end")
	}
	params := p.params
	maxResults, nextToken := p.members(&params)
	*nextToken = p.nextToken
	if p.options.Limit != 0 {
		*maxResults = aws.Int32(p.options.Limit)
	}
	out, err := p.list(stack.WithPaginator(ctx), &params, optFns...)
	if err != nil {
		return nil, err
	}
	if out == nil {
		return nil, errNoOutput
	}
	next, _ := p.results(out)
	if token != "" {
		if p.used == nil {
			p.used = map[string]bool{}
		}
		p.used[token] = true
	}
	if p.options.StopOnDuplicateToken && p.used[aws.ToString(next)] {
		next = nil
	}
	p.started = true
	p.nextToken = next
	return out, nil
}

func (p *pager[I, O, S]) pages(ctx context.Context, optFns []func(*Options)) iter.Seq2[*O, error] {
	return func(yield func(*O, error) bool) {
		for p.hasMorePages() {
			page, err := p.nextPage(ctx, optFns)
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

func (p *pager[I, O, S]) all(ctx context.Context, optFns []func(*Options)) iter.Seq2[S, error] {
	return func(yield func(S, error) bool) {
		for page, err := range p.pages(ctx, optFns) {
			if err != nil {
				var zero S
				yield(zero, err)
				return
			}
			_, summaries := p.results(page)
			for _, summary := range summaries {
				if !yield(summary, nil) {
					return
				}
			}
		}
	}
}
