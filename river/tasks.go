package partnercentralriver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"

	"github.com/cosell-dev/partnercentral-go"
)

// Options configure [New]. The zero value of each member is its default.
// Negative values are refused.
type Options struct {
	// The name of the AWS account that the client works for: up to 45 lower-case
	// letters and digits, with single hyphens or underscores between them, as
	// River's names of queues are. Default "default". Programs that work for
	// several accounts on one database make one Tasks for each, with different
	// names. All processes of an account must agree on it.
	Account string

	// The schema of the tables, River's included. Default that of the
	// connection.
	Schema string

	// How many Starts per second the account is asked for at most, in all
	// processes together. Default 1, the quota that AWS documents, less the 2
	// percent that network and clocks vary by. It adapts to throttling.
	StartsPerSecond float64

	// How many times a task that failed for a reason that may pass is started
	// again, as in [partnercentral.RunnerOptions].
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
	// seconds. A call whose process died is made anew after that time and some
	// seconds.
	OnEndTimeout time.Duration

	// Options of the waiter that polls for all tasks.
	WaiterOptions []func(*partnercentral.TaskWaiterOptions)

	// Where log lines go. Default nowhere.
	Logger *slog.Logger
}

const defaultAccount = "default"

const maxAccountName = 45 // with the longest prefix in River's 64 characters

var accountName = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)

func (o *Options) check() error {
	var problems []error
	negative := func(name string, is bool) {
		if is {
			problems = append(problems, fmt.Errorf("%s is less than zero: leave it 0 for the default", name))
		}
	}
	negative("StartsPerSecond", o.StartsPerSecond < 0)
	if o.StartsPerSecond != o.StartsPerSecond {
		problems = append(problems, errors.New("StartsPerSecond is not a number: leave it 0 for the default"))
	}
	negative("MaxRestarts", o.MaxRestarts < 0)
	negative("StartNotFoundGrace", o.StartNotFoundGrace < 0)
	negative("OnEndTimeout", o.OnEndTimeout < 0)
	if o.Adopt != nil && *o.Adopt < 0 {
		problems = append(problems, errors.New("the time of Adopt is less than zero: leave Adopt nil to adopt nothing"))
	}
	if o.Account == "" {
		o.Account = defaultAccount
	}
	if len(o.Account) > maxAccountName || !accountName.MatchString(o.Account) {
		problems = append(problems, fmt.Errorf("the Account %q is not a name of up to %d lower-case letters and digits, with single hyphens or underscores between them", o.Account, maxAccountName))
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
	return errors.Join(problems...)
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
}

// New returns the Tasks of an account.
//
// onEnd is called for every task that has ended, in a transaction: what it
// writes with tx commits together with the fact that it was called, so it takes
// effect once, although it may be called more than once. An error makes River
// call it again later. It gets tasks that FAILED too ([partnercentral.Task.Err]
// tells), and for a Start that was refused a FAILED task without ID, whose
// Message says why. It has OnEndTimeout, and holds the row's lock meanwhile:
// let slow work be a job of its own, inserted with tx. With SQLite, what it
// writes must go through tx: a write beside it waits for it.
//
// client may be a mock. For Starts a copy of a [*partnercentral.Client] is used,
// without its Quota and retries: the pace of all processes is kept in the
// database.
func New[TTx any](driver riverdriver.Driver[TTx], client partnercentral.RunnerAPIClient, onEnd func(ctx context.Context, tx TTx, task partnercentral.Task) error, optFns ...func(*Options)) (*Tasks[TTx], error) {
	t := &Tasks[TTx]{client: client, onEnd: onEnd, wake: make(chan struct{}, 1)}
	for _, fn := range optFns {
		if fn != nil {
			fn(&t.options)
		}
	}
	problem := t.options.check()
	if isNil(driver) {
		problem = errors.Join(problem, errors.New("the driver is nil: give New one of riverpgxv5 or riversqlite"))
	}
	if isNil(client) {
		problem = errors.Join(problem, errors.New("the client is nil: give New a *partnercentral.Client"))
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
	t.inserter, err = river.NewClient(driver, &river.Config{Schema: t.options.Schema, Logger: t.options.Logger})
	return t, err
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
// The error is a [*ConflictError] for a token that was used with another input.
func (t *Tasks[TTx]) StartTx(ctx context.Context, tx TTx, input partnercentral.StartTaskInput) (Row, error) {
	return t.start(ctx, transaction[TTx]{t.db, tx}, input)
}

func (t *Tasks[TTx]) start(ctx context.Context, tx transaction[TTx], input partnercentral.StartTaskInput) (Row, error) {
	if isNil(input) {
		return Row{}, errors.New("partnercentralriver: the input is nil")
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
	var id int64
	if found, err := tx.one(ctx, `SELECT id FROM {task} WHERE account = $1 AND token = $2`, []any{t.options.Account, token}, &id); !found {
		return Row{}, errors.Join(err, errors.New("partnercentralriver: the row of the token was deleted meanwhile: start it again"))
	}
	r, err := t.locked(ctx, tx, id)
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
		job, err := t.insertEndJob(ctx, tx.tx, id, r.Kind, r.Object, true)
		if err != nil {
			return Row{}, err
		}
		_, err = tx.exec(ctx, `UPDATE {task} SET status = 'QUEUED', input = $2, version = $3, start_token = $4, task = NULL, attempts = 0, restarts = 0,
			last_error = NULL, queued_at = {now}, due_at = {now}, started_at = NULL, ended_at = NULL, handled_at = NULL, job_id = $5 WHERE id = $1`,
			id, input, inputVersion, next, job)
		if err != nil {
			return Row{}, err
		}
		r, err = t.locked(ctx, tx, id)
		return r.Row, err
	case !same:
		return Row{}, &ConflictError{r.Row, "its input is another: use a token of its own for each intended task"}
	}
	return r.Row, nil
}

// locked reads a row and locks it until the end of the transaction.
func (t *Tasks[TTx]) locked(ctx context.Context, tx transaction[TTx], id int64) (record, error) {
	var r record
	found := false
	err := tx.each(ctx, "SELECT "+rowColumns+" FROM {task} WHERE id = $1 {lock}", []any{id}, func(scan func(...any) error) (err error) {
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
