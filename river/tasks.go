package partnercentralriver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"sync"
	"time"

	"github.com/aws/smithy-go"
	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"

	"github.com/cosell-dev/partnercentral-go"
)

// Options configure [New]. The zero value of each member is its default.
// New refuses values out of the ranges that are given here.
type Options struct {
	// The name of the AWS account that the client works for: up to 45 lower-case
	// letters and digits, with single hyphens or underscores between them, as
	// River's names of queues are. Default "default". Programs that work for
	// several accounts on one database make one Tasks for each, with different
	// names. All processes of an account must agree on it.
	Account string

	// The schema of the tables, River's included: up to 46 letters, digits and
	// underscores. It must be there when Migrate is called. Default that of the
	// connection.
	Schema string

	// How many Starts per second the account is asked for at most, in all
	// processes together. Default 1, the quota that AWS documents, less the 2
	// percent that network and clocks vary by. It adapts to throttling. From
	// 0.001 to 1000.
	StartsPerSecond float64

	// How many times a task that failed for a reason that may pass is started
	// again, as in [partnercentral.RunnerOptions]. At most 1000.
	MaxRestarts int

	// With RetryFailed, Start and StartTx of a token whose task has FAILED, or
	// was refused, go on with the next token of the chain and the new input. So
	// does a Start that finds that the task of its token had failed before, as in
	// [partnercentral.RunnerOptions]. Without it such a row stays as it is.
	RetryFailed bool

	// Adopt takes a task that another program has started for the same object in
	// place of starting one, as in [partnercentral.RunnerOptions]. It has no
	// effect on OpportunityFromEngagement tasks, which cannot be told apart.
	Adopt *time.Duration

	// How long a Start that meets ResourceNotFoundException is repeated, counted
	// from when its row was written, for objects that were created a moment
	// ago. Default 0: such a Start is refused.
	StartNotFoundGrace time.Duration

	// How long one call of the function given to New may take. Default 15
	// seconds, from 100 milliseconds to 30 minutes. A call whose process died is
	// made anew after that time and some seconds.
	OnEndTimeout time.Duration

	// Options of the waiter that polls for all tasks.
	WaiterOptions []func(*partnercentral.TaskWaiterOptions)

	// Where log lines go. Default nowhere.
	Logger *slog.Logger
}

const defaultAccount = "default"

const (
	maxAccountName = 45 // with the longest prefix in River's 64 characters
	maxSchemaName  = 46 // as River has it

	// An account that starts one task in a quarter of an hour needs no queue, and
	// AWS documents a quota of 1.
	minStartsPerSecond = 0.001
	maxStartsPerSecond = 1000.0

	minOnEndTimeout = 100 * time.Millisecond
	maxOnEndTimeout = 30 * time.Minute // an hour later River's rescue comes

	maxRestarts = 1000
)

var (
	accountName = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)
	schemaName  = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
)

func (o *Options) check() error {
	var problems []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	if o.Account == "" {
		o.Account = defaultAccount
	}
	if o.StartsPerSecond == 0 {
		o.StartsPerSecond = 1
	}
	if o.OnEndTimeout == 0 {
		o.OnEndTimeout = 15 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	wrong(len(o.Account) > maxAccountName || !accountName.MatchString(o.Account),
		"the Account is not a name of up to %d lower-case letters and digits, with single hyphens or underscores between them", maxAccountName)
	wrong(o.Schema != "" && (len(o.Schema) > maxSchemaName || !schemaName.MatchString(o.Schema)),
		"the Schema is not a name of up to %d letters, digits and underscores that begins with none of the digits: leave it empty for that of the connection", maxSchemaName)
	wrong(!(o.StartsPerSecond >= minStartsPerSecond && o.StartsPerSecond <= maxStartsPerSecond), // NaN is neither
		"StartsPerSecond is not between %g and %g: leave it 0 for the default, 1", minStartsPerSecond, maxStartsPerSecond)
	wrong(o.OnEndTimeout < minOnEndTimeout || o.OnEndTimeout > maxOnEndTimeout,
		"OnEndTimeout is not between %s and %s: leave it 0 for the default, 15s", minOnEndTimeout, maxOnEndTimeout)
	wrong(o.MaxRestarts < 0 || o.MaxRestarts > maxRestarts,
		"MaxRestarts is not between 0 and %d: leave it 0 to start nothing again", maxRestarts)
	wrong(o.StartNotFoundGrace < 0, "StartNotFoundGrace is less than zero: leave it 0 to repeat nothing")
	wrong(o.Adopt != nil && *o.Adopt < 0,
		"the time of Adopt is less than zero: leave Adopt nil to adopt nothing, or point it to 0 for tasks that run")
	return errors.Join(problems...)
}

// checkWaiter returns what is wrong with the options of the waiter, which
// says it when it is used.
func (o *Options) checkWaiter(client partnercentral.RunnerAPIClient) error {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	task := partnercentral.Task{Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: partnercentral.CatalogAWS, OpportunityID: "O1", ID: "task-0000000000001"}
	waiter := partnercentral.NewTaskWaiter(client, o.WaiterOptions...)
	defer func() { _ = waiter.Close() }()
	_, err := waiter.Wait(ended, task, followWait)
	if invalid := (smithy.InvalidParamsError{}); errors.As(err, &invalid) {
		return fmt.Errorf("WaiterOptions: %w", invalid)
	}
	return nil
}

// Tasks is the table of tasks of one account, and what works on it.
// Its methods are safe for concurrent use.
type Tasks[TTx any] struct {
	db       *database[TTx]
	client   partnercentral.RunnerAPIClient
	onEnd    func(ctx context.Context, tx TTx, task partnercentral.Task) error
	options  Options
	inserter *river.Client[TTx]
	wake     chan struct{} // tells the holder in this process of new rows

	mu    sync.Mutex
	added map[*river.Workers]bool // those that have the worker already
}

// New returns the Tasks of an account.
//
// onEnd is called for every task that has ended, in a transaction: what it
// writes with tx commits together with the fact that it was called, so it takes
// effect once, although it may be called more than once. An error makes River
// call it again later. It gets tasks that FAILED too ([partnercentral.Task.Err]
// tells), and for a Start that was refused a FAILED task without ID, whose
// Message says why. It must not commit tx or roll it back. It
// has OnEndTimeout, and holds the row's lock and a connection meanwhile:
// let slow work be a job of its own, inserted with tx. With SQLite, what it
// writes must go through tx: a write beside it waits for it.
//
// client may be a mock. For Starts a copy of a [*partnercentral.Client] is used,
// without its Quota and retries: the pace of all processes is kept in the
// database.
func New[TTx any](driver riverdriver.Driver[TTx], client partnercentral.RunnerAPIClient, onEnd func(ctx context.Context, tx TTx, task partnercentral.Task) error, optFns ...func(*Options)) (*Tasks[TTx], error) {
	t := &Tasks[TTx]{client: client, onEnd: onEnd, wake: make(chan struct{}, 1), added: map[*river.Workers]bool{}}
	for _, fn := range optFns {
		if fn != nil {
			fn(&t.options)
		}
	}
	problem := t.options.check()
	if isNil(driver) {
		problem = errors.Join(problem, errors.New("the driver is nil: give New one of riverpgxv5 or riversqlite"))
	} else if !driver.PoolIsSet() {
		problem = errors.Join(problem, errors.New("the driver has no database: give its New a *pgxpool.Pool or *sql.DB that is not nil"))
	}
	if isNil(client) {
		problem = errors.Join(problem, errors.New("the client is nil: give New a *partnercentral.Client"))
	} else if err := t.options.checkWaiter(client); err != nil {
		problem = errors.Join(problem, err)
	}
	if onEnd == nil {
		problem = errors.Join(problem, errors.New("onEnd is nil: give New a function that takes the tasks that have ended"))
	}
	if problem != nil {
		return nil, fmt.Errorf("partnercentralriver: New: %w", problem)
	}
	var err error
	if t.db, err = newDatabase(driver, t.options.Schema); err != nil {
		return nil, err
	}
	if t.inserter, err = river.NewClient(driver, &river.Config{Schema: t.options.Schema, Logger: t.options.Logger}); err != nil {
		return nil, fmt.Errorf("partnercentralriver: New: %w", err)
	}
	return t, nil
}

func isNil(v any) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

// ConflictError is the error of a Start whose token has a row already that the
// input does not agree with.
type ConflictError struct {
	// The row as it is.
	Row Row
	// What does not agree, and what to do.
	Reason string
}

// Error names the row, without its token.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("partnercentralriver: the token has row %d already, %s %s: %s", e.Row.ID, e.Row.Object, e.Row.Status, e.Reason)
}

// Start is StartTx in a transaction of its own.
func (t *Tasks[TTx]) Start(ctx context.Context, input partnercentral.StartTaskInput) (Row, error) {
	var row Row
	err := t.db.within(ctx, func(tx transaction[TTx]) (err error) {
		row, err = t.start(ctx, tx, input)
		return err
	})
	if err != nil {
		return Row{}, err
	}
	t.wakeHolder()
	return row, nil
}

// StartTx writes the row of a task to be started. If tx commits, the task is
// started, once, and followed to its end by the processes that run Work; if it
// does not, nothing was.
//
// The ClientToken of the input makes it unique: a second call with the same
// token and input, in any process, returns the row that is there. Use
// [partnercentral.ClientTokenFor] with a key of yours. Without a ClientToken the
// row gets a random one, and every call is a task of its own.
//
// What is stored of a struct that embeds an input is the input alone.
//
// The error is a [*ConflictError] for a token that was used with another input,
// and [ErrNotMigrated] for a database without the tables.
func (t *Tasks[TTx]) StartTx(ctx context.Context, tx TTx, input partnercentral.StartTaskInput) (Row, error) {
	if ctx == nil {
		return Row{}, errNilContext
	}
	if isNil(tx) {
		return Row{}, errors.New("partnercentralriver: StartTx: the transaction is nil: begin one, or use Start")
	}
	return t.start(ctx, transaction[TTx]{t.db, tx}, input)
}

func (t *Tasks[TTx]) start(ctx context.Context, tx transaction[TTx], input partnercentral.StartTaskInput) (Row, error) {
	if input = ownInput(input); input == nil {
		return Row{}, errors.New("partnercentralriver: the input is nil, or what embeds it has none")
	}
	text, err := encodeInput(input)
	if err != nil {
		return Row{}, fmt.Errorf("partnercentralriver: encode the input: %w", err)
	}
	task := input.Task()
	token := task.ClientToken
	if token == "" {
		token = uuid.NewString()
	}
	object := task.Object()
	var id int64
	inserted, err := tx.one(ctx, `INSERT INTO {task} (account, token, start_token, kind, catalog, object, version, input)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account, token) DO NOTHING RETURNING id`,
		[]any{t.options.Account, token, token, string(task.Kind), task.Catalog, object, inputVersion, text}, &id)
	if err != nil {
		return Row{}, err
	}
	if !inserted {
		return t.startAgain(ctx, tx, token, text)
	}
	job, err := t.insertEndJob(ctx, tx.tx, id, task.Kind, object, true)
	if err != nil {
		return Row{}, err
	}
	if _, err := tx.exec(ctx, `UPDATE {task} SET job_id = $2 WHERE id = $1`, id, job); err != nil {
		return Row{}, err
	}
	r, err := t.locked(ctx, tx, id)
	return r.Row, err
}

// startAgain is a Start of a token that has a row.
func (t *Tasks[TTx]) startAgain(ctx context.Context, tx transaction[TTx], token, input string) (Row, error) {
	// Locked only if the row may change: the caller's transaction may be long, and
	// the holder wants to write the row meanwhile.
	lock := ""
	if t.options.RetryFailed {
		lock = "{lock}"
	}
	r, err := t.record(ctx, tx, "account = $1 AND token = $2 "+lock, t.options.Account, token)
	if errors.Is(err, ErrNotFound) {
		err = errors.New("partnercentralriver: the row of the token was deleted meanwhile: start it again")
	}
	if err != nil {
		return Row{}, err
	}
	failed := r.Status == StatusFailed || r.Status == StatusRefused
	switch same := r.input == input; {
	case failed && t.options.RetryFailed && r.HandledAt.IsZero():
		return Row{}, &ConflictError{r.Row, "its failure was not taken by onEnd yet: start it again when it was"}
	case failed && t.options.RetryFailed:
		// A token that was refused may have been sent with the old input.
		next := partnercentral.NextClientToken(r.startToken)
		// Another job for another end: River may still have to write what became of
		// the old one, and would write that over the new end's.
		job, err := t.insertEndJob(ctx, tx.tx, r.ID, r.Kind, r.Object, true)
		if err != nil {
			return Row{}, err
		}
		_, err = tx.exec(ctx, `UPDATE {task} SET status = 'QUEUED', input = $2, version = $3, start_token = $4, task = NULL, attempts = 0, restarts = 0,
			last_error = NULL, queued_at = {now}, due_at = {now}, started_at = NULL, ended_at = NULL, handled_at = NULL, job_id = $5 WHERE id = $1`,
			r.ID, input, inputVersion, next, job)
		if err != nil {
			return Row{}, err
		}
		r, err = t.locked(ctx, tx, r.ID)
		return r.Row, err
	case !same:
		return Row{}, &ConflictError{r.Row, "its input is another: use a token of its own for each intended task"}
	}
	return r.Row, nil
}

// locked reads a row and locks it until the end of the transaction.
func (t *Tasks[TTx]) locked(ctx context.Context, tx transaction[TTx], id int64) (record, error) {
	return t.record(ctx, tx, "id = $1 {lock}", id)
}

// record reads the row that meets the condition.
func (t *Tasks[TTx]) record(ctx context.Context, tx transaction[TTx], where string, args ...any) (record, error) {
	var r record
	found := false
	err := tx.each(ctx, "SELECT "+rowColumns+" FROM {task} WHERE "+where, args, func(scan func(...any) error) (err error) {
		found = true
		r, err = scanRecord(scan)
		return err
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return record{}, err
	}
	if _, err := r.decode(); err != nil && r.LastError == "" {
		r.LastError = err.Error()
	}
	return r, nil
}

// wakeHolder makes the holder in this process see new rows at once.
func (t *Tasks[TTx]) wakeHolder() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}
