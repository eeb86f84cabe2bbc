package partnercentralriver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver"
)

// database runs SQL in transactions of a River driver, whatever their type is.
// Statements are written for PostgreSQL with numbered parameters and these
// words in braces: {task}, {lease}, {nudge} and {job} are tables, {now} is the
// time of the database, {in $1} the time so many seconds later, {lock} and
// {share} lock the selected rows, and {seconds} is how many have passed since queued_at.
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
			"{lock}", "", "{share}", "", "{seconds}", "(julianday('now', 'subsec') - julianday(queued_at)) * 86400.0", "$", "?")
	} else {
		words = append(words, "{now}", "clock_timestamp()", "{in ", "(clock_timestamp() + interval '1 second' * ", "}", "::float8)",
			"{lock}", "FOR UPDATE", "{share}", "FOR SHARE", "{seconds}", "extract(epoch from clock_timestamp() - queued_at)::float8")
	}
	d.words = strings.NewReplacer(words...)
	return d, nil
}

// transaction is a transaction of the driver's, in the type of the driver.
type transaction[TTx any] struct {
	*database[TTx]
	tx TTx
}

// within runs fn in a transaction, which is committed if fn returns nil.
func (d *database[TTx]) within(ctx context.Context, fn func(t transaction[TTx]) error) error {
	exec, err := d.driver.GetExecutor().Begin(ctx)
	if err != nil {
		return err
	}
	// A rollback after the commit does nothing. The context may have ended.
	defer func() { _ = exec.Rollback(context.WithoutCancel(ctx)) }()
	if err := fn(transaction[TTx]{d, d.driver.UnwrapTx(exec)}); err != nil {
		return err
	}
	return exec.Commit(ctx)
}

// withinBounded is within for transactions whose process may freeze: after limit
// without a statement PostgreSQL ends the transaction and its locks. SQLite has
// no such thing.
func (d *database[TTx]) withinBounded(ctx context.Context, limit time.Duration, fn func(t transaction[TTx]) error) error {
	return d.within(ctx, func(t transaction[TTx]) error {
		if !d.sqlite {
			if _, err := t.exec(ctx, fmt.Sprintf("SET LOCAL idle_in_transaction_session_timeout = %d", limit.Milliseconds())); err != nil {
				return err
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
		return tag.RowsAffected(), err
	}
	result, err := any(t.tx).(*sql.Tx).ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// each calls fn for every row. fn must not use the transaction.
func (t transaction[TTx]) each(ctx context.Context, query string, args []any, fn func(scan func(...any) error) error) error {
	query = t.words.Replace(query)
	if tx, ok := any(t.tx).(pgx.Tx); ok {
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := fn(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	rows, err := any(t.tx).(*sql.Tx).QueryContext(ctx, query, args...)
	if err != nil {
		return err
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
