package partnercentralriver

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go"
)

// Status is how far the task of a row has come.
type Status string

// Enum values for Status.
const (
	// Waits for its turn to be started, the first time or again.
	StatusQueued Status = "QUEUED"
	// A Start was sent, or is about to be; its answer is not recorded yet. It is
	// repeated with its token until there is one.
	StatusStarting Status = "STARTING"
	// The service has the task, and its end was not seen yet.
	StatusInProgress Status = "IN_PROGRESS"
	// The task has ended with COMPLETE.
	StatusComplete Status = "COMPLETE"
	// The task has ended with FAILED, and is not started again.
	StatusFailed Status = "FAILED"
	// The service, or the client before it, refused the Start for its input.
	// There is no task.
	StatusRefused Status = "REFUSED"
)

// Values returns the values of Status. The slice is the caller's.
func (Status) Values() []Status {
	return []Status{StatusQueued, StatusStarting, StatusInProgress, StatusComplete, StatusFailed, StatusRefused}
}

// Row is what the table partnercentral_task says of one task.
type Row struct {
	// The id of the row, by which jobs name it.
	ID int64

	// The ClientToken of the input. It is unique in an account.
	Token string

	// What the task is about: its kind, its catalog, and the id that its Start
	// names (opportunity, invitation or engagement, or the name for
	// prospecting).
	Kind    partnercentral.TaskKind
	Catalog string
	Object  string

	// How far the task has come.
	Status Status

	// The task as it was last seen. Until it was started it has kind, catalog,
	// object and token. Its ClientToken is not Token if the task was started
	// again after a failure.
	Task partnercentral.Task

	// How many Starts were sent for Task, and how often it was started again
	// after a failure.
	Attempts, Restarts int

	// What went wrong last, for people. Empty once it went well.
	LastError string

	// The River job that calls the function given to [New].
	JobID int64

	// When the row was written, its task was started, its end was recorded, and
	// the function given to [New] has taken that end, by the clock of the
	// database. Zero as long as it has not happened.
	CreatedAt, StartedAt, EndedAt, HandledAt time.Time
}

// ErrNotFound is the error of [Tasks.Get] for a token without a row.
var ErrNotFound = errors.New("partnercentralriver: there is no row with this token")

// RowError is what is wrong with a row that this program cannot work on, such
// as one that a newer program has written. The row stays as it is and is tried
// again, by whichever process holds the account then.
type RowError struct {
	// The id of the row, and what is wrong with it.
	ID  int64
	Err error
}

// Error names the row and says what to do about it.
func (e *RowError) Error() string {
	return fmt.Sprintf("row %d of partnercentral_task: %v", e.ID, e.Err)
}

// Unwrap returns Err.
func (e *RowError) Unwrap() error { return e.Err }

const rowColumns = `id, token, kind, catalog, object, status, task, attempts, restarts, last_error, job_id,
	created_at, started_at, ended_at, handled_at, version, input, start_token, epoch, {seconds}`

// record is a row with the columns that only this package reads.
type record struct {
	Row
	version    int
	input      string
	taskJSON   *string
	startToken string
	age        time.Duration // since queued_at, by the clock of the database
	epoch      int64
	problem    error // of a column that cannot be read
}

// column scans a value into a member of a record. One that cannot be read is the
// problem of its row alone: an error of the scan would stop all rows.
type column func(value any) error

// Scan implements sql.Scanner.
func (c column) Scan(value any) error { return c(value) }

func columnOf[T any](r *record, name string, into *T) column {
	return func(value any) error {
		var scanned sql.Null[T]
		if err := scanned.Scan(value); err != nil {
			r.problem = errors.Join(r.problem, fmt.Errorf("its %s cannot be read: %w", name, err))
		}
		*into = scanned.V
		return nil
	}
}

func scanRecord(scan func(...any) error) (record, error) {
	var r record
	var age *float64
	var created, started, ended, handled dbTime
	err := scan(&r.ID, columnOf(&r, "token", &r.Token), columnOf(&r, "kind", &r.Kind), columnOf(&r, "catalog", &r.Catalog),
		columnOf(&r, "object", &r.Object), columnOf(&r, "status", &r.Status), columnOf(&r, "task", &r.taskJSON),
		columnOf(&r, "attempts", &r.Attempts), columnOf(&r, "restarts", &r.Restarts), columnOf(&r, "last_error", &r.LastError),
		columnOf(&r, "job_id", &r.JobID), columnOf(&r, "created_at", &created), columnOf(&r, "started_at", &started),
		columnOf(&r, "ended_at", &ended), columnOf(&r, "handled_at", &handled), columnOf(&r, "version", &r.version),
		columnOf(&r, "input", &r.input), columnOf(&r, "start_token", &r.startToken), columnOf(&r, "epoch", &r.epoch), columnOf(&r, "queued_at", &age))
	if err != nil {
		return record{}, err
	}
	r.CreatedAt, r.StartedAt, r.EndedAt, r.HandledAt = created.Time, started.Time, ended.Time, handled.Time
	if age == nil {
		r.problem = errors.Join(r.problem, errors.New("its queued_at is not a time"))
	} else {
		r.age = time.Duration(*age * float64(time.Second))
	}
	return r, nil
}

// decode returns the input with the token of the present Start, and sets Task.
func (r *record) decode() (partnercentral.StartTaskInput, error) {
	if r.problem != nil {
		return nil, &RowError{r.ID, r.problem}
	}
	input, err := decodeInput(r.version, string(r.Kind), r.input, r.startToken)
	if err != nil {
		return nil, &RowError{r.ID, err}
	}
	r.Task = input.Task()
	return input, r.decodeTask()
}

// decodeTask sets Task if there is one.
func (r *record) decodeTask() error {
	if r.problem != nil {
		return &RowError{r.ID, r.problem}
	}
	if r.taskJSON == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(*r.taskJSON), &r.Task); err != nil {
		return &RowError{r.ID, fmt.Errorf("its task cannot be decoded: %w", err)}
	}
	return nil
}

// needTask sets Task, which must be there and of the row's kind, and if ended is
// true must have ended. A person may have written something else.
func (r *record) needTask(ended bool) error {
	if err := r.decodeTask(); err != nil {
		return err
	}
	switch {
	case r.Task.Kind == "":
		return &RowError{r.ID, fmt.Errorf("its status is %s and it has no task: to have it started with its token, set status to QUEUED and started_at, ended_at and handled_at to NULL", r.Status)}
	case r.Task.Kind != r.Kind:
		return &RowError{r.ID, fmt.Errorf("its kind is %s and its task is one of %s: put right what was changed", r.Kind, r.Task.Kind)}
	case ended && !r.Task.Done():
		return &RowError{r.ID, fmt.Errorf("it has ended_at, but its task has not ended: set status to IN_PROGRESS and ended_at to NULL")}
	}
	return nil
}

// Get returns the row of a token: the ClientToken that the input had.
func (t *Tasks[TTx]) Get(ctx context.Context, token string) (Row, error) {
	rows, err := t.rows(ctx, "account = $1 AND token = $2", t.options.Account, token)
	if err != nil {
		return Row{}, err
	}
	if len(rows) == 0 {
		return Row{}, ErrNotFound
	}
	return rows[0], nil
}

// ListParams say which rows [Tasks.List] returns. The zero value is the newest
// hundred.
type ListParams struct {
	// Rows in one of these states only. Empty for any.
	Statuses []Status
	// Rows about this object only: see [Row].Object. Empty for any.
	Object string
	// Rows with a smaller ID only, to go on after the last row of a page. 0 for
	// the first page.
	Before int64
	// The maximum number of rows. Default 100.
	Limit int
}

// List returns rows of the account, newest first. Those who write SQL can join
// the table partnercentral_task instead, which docs/river.md describes.
func (t *Tasks[TTx]) List(ctx context.Context, params ListParams) ([]Row, error) {
	if params.Limit < 0 || params.Before < 0 {
		return nil, errors.New("partnercentralriver: List: Limit and Before must not be less than zero")
	}
	where, args := "account = $1", []any{t.options.Account}
	add := func(condition string, arg any) {
		args = append(args, arg)
		where += " AND " + condition + fmt.Sprintf("$%d", len(args))
	}
	if params.Object != "" {
		add("object = ", params.Object)
	}
	if params.Before > 0 {
		add("id < ", params.Before)
	}
	if len(params.Statuses) > 0 {
		var in []string
		for _, s := range params.Statuses {
			args = append(args, string(s))
			in = append(in, fmt.Sprintf("$%d", len(args)))
		}
		where += " AND status IN (" + strings.Join(in, ", ") + ")"
	}
	limit := params.Limit
	if limit == 0 {
		limit = 100
	}
	return t.rows(ctx, where+fmt.Sprintf(" ORDER BY id DESC LIMIT %d", limit), args...)
}

// rows returns rows as they are. One that cannot be decoded is among them, with
// what is wrong as its LastError.
func (t *Tasks[TTx]) rows(ctx context.Context, where string, args ...any) ([]Row, error) {
	var rows []Row
	err := t.db.within(ctx, func(tx transaction[TTx]) error {
		return tx.each(ctx, "SELECT "+rowColumns+" FROM {task} WHERE "+where, args, func(scan func(...any) error) error {
			r, err := scanRecord(scan)
			if err != nil {
				return err
			}
			if _, err := r.decode(); err != nil && r.LastError == "" {
				r.LastError = err.Error()
			}
			rows = append(rows, r.Row)
			return nil
		})
	})
	return rows, err
}
