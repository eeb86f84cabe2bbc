package partnercentralriver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river/riverdriver"
)

var errNilContext = errors.New("partnercentralriver: the context is nil: give it one, such as context.Background()")

// ErrNotMigrated is the error of what needs the tables of this package or of
// River in a database that has none.
var ErrNotMigrated = errors.New("partnercentralriver: the tables are not there: call Migrate first, and check that Options.Schema and the database are those that were migrated")

// undefinedTable is PostgreSQL's code of a table that is not there.
const undefinedTable = "42P01"

// explained adds what to do to errors of the database that have one cause.
func explained(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == undefinedTable || err != nil && strings.Contains(err.Error(), "no such table") {
		return fmt.Errorf("%w: %w", ErrNotMigrated, err)
	}
	return err
}

// rollbackTime is how long a rollback may take. The connection is given up then.
const rollbackTime = 5 * time.Second

// database runs SQL in transactions of a River driver, whatever their type is.
// Statements are written for PostgreSQL with numbered parameters and these
// words in braces: {task}, {lease}, {nudge} and {job} are tables, {now} is the
// time of the database, {in $1} the time so many seconds later, {lock} and
// {share} lock the selected rows, {free} locks and selects those that nobody has locked, and {seconds} is how many have passed since queued_at.
type database[TTx any] struct {
	driver riverdriver.Driver[TTx]
	words  *strings.Replacer
	sqlite bool
}

func newDatabase[TTx any](driver riverdriver.Driver[TTx], schema string) (*database[TTx], error) {
	var none TTx
	switch any(&none).(type) {
	case *pgx.Tx, **sql.Tx:
	default:
		return nil, fmt.Errorf("partnercentralriver: the driver's transactions are %T: use one with pgx.Tx or *sql.Tx", none)
	}
	prefix := ""
	if schema != "" {
		prefix = pgx.Identifier{schema}.Sanitize() + "."
	}
	words := []string{"{task}", prefix + "partnercentral_task", "{lease}", prefix + "partnercentral_lease",
		"{nudge}", prefix + "partnercentral_nudge", "{job}", prefix + "river_job"}
	d := &database[TTx]{driver: driver, sqlite: driver.DatabaseName() == riverdriver.DatabaseNameSQLite}
	if d.sqlite {
		words = append(words, "{now}", "datetime('now', 'subsec')", "{in ", "datetime('now', 'subsec', ", "}", " || ' seconds')",
			"{lock}", "", "{share}", "", "{free}", "", "{seconds}", "(julianday('now', 'subsec') - julianday(queued_at)) * 86400.0", "$", "?")
	} else {
		words = append(words, "{now}", "clock_timestamp()", "{in ", "(clock_timestamp() + interval '1 second' * ", "}", "::float8)",
			"{lock}", "FOR UPDATE", "{share}", "FOR SHARE", "{free}", "FOR UPDATE SKIP LOCKED", "{seconds}", "CASE WHEN isfinite(queued_at) THEN extract(epoch from clock_timestamp() - queued_at)::float8 END")
	}
	d.words = strings.NewReplacer(words...)
	return d, nil
}

// transaction is a transaction of the driver's, in the type of the driver.
type transaction[TTx any] struct {
	*database[TTx]
	tx TTx
}

// inOnEnd is the key of the contexts that onEnd gets.
type inOnEnd struct{}

// within runs fn in a transaction, which is committed if fn returns nil.
func (d *database[TTx]) within(ctx context.Context, fn func(t transaction[TTx]) error) error {
	if ctx == nil {
		return errNilContext
	}
	if d.sqlite && ctx.Value(inOnEnd{}) != nil {
		return errors.New("partnercentralriver: this is called in onEnd, whose transaction is the only one that SQLite has at a time: use StartTx with that tx")
	}
	exec, err := d.driver.GetExecutor().Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		// A rollback after the commit does nothing. The context may have ended, and
		// the database may not answer.
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
		defer cancel()
		_ = exec.Rollback(ending)
	}()
	if err := fn(transaction[TTx]{d, d.driver.UnwrapTx(exec)}); err != nil {
		return err
	}
	return exec.Commit(ctx)
}

// withinBounded is within for transactions whose process may freeze: after limit
// without a statement PostgreSQL ends the transaction and its locks. A statement
// waits for a lock for at most lockWait, 0 for as long as the database lets it.
// SQLite has no such things.
func (d *database[TTx]) withinBounded(ctx context.Context, limit, lockWait time.Duration, fn func(t transaction[TTx]) error) error {
	return d.within(ctx, func(t transaction[TTx]) error {
		if !d.sqlite {
			if _, err := t.exec(ctx, fmt.Sprintf("SET LOCAL idle_in_transaction_session_timeout = %d", limit.Milliseconds())); err != nil {
				return err
			}
			if lockWait > 0 {
				if _, err := t.exec(ctx, fmt.Sprintf("SET LOCAL lock_timeout = %d", lockWait.Milliseconds())); err != nil {
					return err
				}
			}
		}
		return fn(t)
	})
}

// exec returns how many rows the statement has changed.
func (t transaction[TTx]) exec(ctx context.Context, query string, args ...any) (int64, error) {
	query = t.words.Replace(query)
	if tx, ok := any(t.tx).(pgx.Tx); ok {
		tag, err := tx.Exec(ctx, query, args...)
		return tag.RowsAffected(), explained(err)
	}
	result, err := any(t.tx).(*sql.Tx).ExecContext(ctx, query, args...)
	if err != nil {
		return 0, explained(err)
	}
	return result.RowsAffected()
}

// each calls fn for every row. fn must not use the transaction.
func (t transaction[TTx]) each(ctx context.Context, query string, args []any, fn func(scan func(...any) error) error) error {
	query = t.words.Replace(query)
	if tx, ok := any(t.tx).(pgx.Tx); ok {
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return explained(err)
		}
		defer rows.Close()
		for rows.Next() {
			if err := fn(rows.Scan); err != nil {
				return err
			}
		}
		return explained(rows.Err())
	}
	rows, err := any(t.tx).(*sql.Tx).QueryContext(ctx, query, args...)
	if err != nil {
		return explained(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one scans the first row and reports whether there is one.
func (t transaction[TTx]) one(ctx context.Context, query string, args []any, into ...any) (found bool, err error) {
	errFirst := errors.New("first row")
	err = t.each(ctx, query, args, func(scan func(...any) error) error {
		found = true
		if err := scan(into...); err != nil {
			return err
		}
		return errFirst
	})
	if errors.Is(err, errFirst) {
		err = nil
	}
	return found, err
}

// dbTime scans a time of either database; NULL is the zero time.
type dbTime struct{ time.Time }

func (t *dbTime) Scan(v any) error {
	t.Time = time.Time{}
	switch v := v.(type) {
	case nil:
		return nil
	case time.Time:
		t.Time = v.UTC()
		return nil
	case string:
		for _, layout := range []string{"2006-01-02 15:04:05.999999999", time.RFC3339Nano} {
			if at, err := time.Parse(layout, v); err == nil {
				t.Time = at.UTC()
				return nil
			}
		}
	}
	return fmt.Errorf("%v (%T) is not a time", v, v)
}
