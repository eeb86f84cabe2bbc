package main

import (
	"context"
	"database/sql"
	"net/url"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	_ "modernc.org/sqlite" // the SQLite that needs no C
)

// store is a database of either kind with the few statements of the CRM.
type store[TTx any] struct {
	driver riverdriver.Driver[TTx]
	// in runs a function in a transaction.
	in func(ctx context.Context, fn func(tx TTx) error) error
	// exec runs a statement in a transaction, and number returns the number that
	// a query gives.
	exec   func(ctx context.Context, tx TTx, query string, args ...any) error
	number func(ctx context.Context, query string, args ...any) (int, error)
}

// withStore opens the database and calls the function for its kind.
func withStore(ctx context.Context, database string, pg func(context.Context, store[pgx.Tx]) error, lite func(context.Context, store[*sql.Tx]) error) error {
	if isPostgres(database) {
		pool, err := pgxpool.New(ctx, database)
		if err != nil {
			return err
		}
		defer pool.Close()
		return pg(ctx, postgresStore(pool))
	}
	// River needs these: without them its connections get in each other's way.
	options := url.Values{"_pragma": {"journal_mode(WAL)", "busy_timeout(10000)"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+database+"?"+options.Encode())
	if err != nil {
		return err
	}
	defer db.Close()
	return lite(ctx, sqliteStore(db))
}

func postgresStore(pool *pgxpool.Pool) store[pgx.Tx] {
	return store[pgx.Tx]{
		driver: riverpgxv5.New(pool),
		in: func(ctx context.Context, fn func(pgx.Tx) error) error {
			return pgx.BeginFunc(ctx, pool, fn)
		},
		exec: func(ctx context.Context, tx pgx.Tx, query string, args ...any) error {
			_, err := tx.Exec(ctx, query, args...)
			return err
		},
		number: func(ctx context.Context, query string, args ...any) (n int, err error) {
			err = pool.QueryRow(ctx, query, args...).Scan(&n)
			return n, err
		},
	}
}

func sqliteStore(db *sql.DB) store[*sql.Tx] {
	return store[*sql.Tx]{
		driver: riversqlite.New(db),
		in: func(ctx context.Context, fn func(*sql.Tx) error) error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback() // does nothing after the commit
			if err := fn(tx); err != nil {
				return err
			}
			return tx.Commit()
		},
		exec: func(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
			_, err := tx.ExecContext(ctx, query, args...)
			return err
		},
		number: func(ctx context.Context, query string, args ...any) (n int, err error) {
			err = db.QueryRowContext(ctx, query, args...).Scan(&n)
			return n, err
		},
	}
}
