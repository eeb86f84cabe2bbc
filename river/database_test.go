package partnercentralriver_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/cosell-dev/partnercentral-go/river/internal/postgrestest"
)

// postgres is the server of all tests but those that stop it, started by the
// first that needs it.
var postgres = sync.OnceValues(postgrestest.Start)

// databases counts those that were made, for their names.
var databases atomic.Int64

func TestMain(m *testing.M) {
	flag.Parse()
	if program := os.Getenv(programVariable); program != "" {
		os.Exit(runProgram(program))
	}
	// The tests wait more than they work.
	if err := flag.Set("test.parallel", "10"); err != nil {
		panic(err)
	}
	code := m.Run()
	if databases.Load() > 0 {
		if server, err := postgres(); err == nil {
			_ = server.Close()
		}
	}
	os.Exit(code)
}

// newPostgres makes an empty database on the server and returns its address.
func newPostgres(t *testing.T, server *postgrestest.Server) string {
	t.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	conn, err := pgx.Connect(t.Context(), server.URL("postgres"))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	return server.URL(name)
}

func restart(server *postgrestest.Server, away time.Duration) error {
	if err := server.Down(); err != nil {
		return err
	}
	time.Sleep(away)
	return server.Up()
}

// newSQLite returns the address of a database that does not exist yet.
func newSQLite(t *testing.T) string {
	return "file:" + filepath.Join(t.TempDir(), "tasks.db")
}

func openPostgres(ctx context.Context, address string) (*pgxpool.Pool, error) {
	return pgxpool.New(ctx, address)
}

func openSQLite(address string) (*sql.DB, error) {
	options := url.Values{"_pragma": {"journal_mode(WAL)", "busy_timeout(10000)", "synchronous(NORMAL)"}, "_txlock": {"immediate"}}
	return sql.Open("sqlite", address+"?"+options.Encode())
}

// executor is what the tests use of a transaction of either kind.
type executor func(ctx context.Context, query string, args ...any) error

func execPgx(tx pgx.Tx) executor {
	return func(ctx context.Context, query string, args ...any) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	}
}

func execSQL(tx *sql.Tx) executor {
	return func(ctx context.Context, query string, args ...any) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}
}

// onBoth runs a test with each database, both at once since they mostly wait.
// The test gets what differs.
func onBoth(t *testing.T, pg func(*testing.T, setup[pgx.Tx]), lite func(*testing.T, setup[*sql.Tx])) {
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		pg(t, onPostgres(t))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		lite(t, onSQLite(t))
	})
}

// onSQLite makes an SQLite database.
func onSQLite(t *testing.T) setup[*sql.Tx] {
	t.Helper()
	address := newSQLite(t)
	db, err := openSQLite(address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return setup[*sql.Tx]{address: address, argsText: "json(args)", errorsText: "json(errors)", now: "datetime('now', 'subsec')",
		toArgs: func(text string) string { return "jsonb(" + text + ")" }, driver: riversqlite.New(db), exec: execSQL,
		begin: func(ctx context.Context) (*sql.Tx, error) { return db.BeginTx(ctx, nil) },
		end: func(tx *sql.Tx, commit bool) error {
			if commit {
				return tx.Commit()
			}
			return tx.Rollback()
		},
		count: func(query string, args ...any) (n int, err error) {
			err = db.QueryRow(query, args...).Scan(&n)
			return n, err
		}}
}

// setup is a database for a test.
type setup[TTx any] struct {
	address string
	// restart stops the server, and starts it again after a while. nil for a
	// database without one of its own.
	restart func(away time.Duration) error
	// argsText and errorsText are the arguments and the errors of a job as text,
	// in SQL, and toArgs makes arguments of a text. now is the time.
	argsText, errorsText string
	now                  string
	toArgs               func(string) string
	driver               riverdriver.Driver[TTx]
	exec                 func(TTx) executor
	begin                func(context.Context) (TTx, error)
	end                  func(tx TTx, commit bool) error
	count                func(query string, args ...any) (int, error)
}

// do runs a statement in a transaction of its own.
func (s setup[TTx]) do(t *testing.T, query string, args ...any) {
	t.Helper()
	tx, err := s.begin(t.Context())
	require.NoError(t, err)
	err = s.exec(tx)(t.Context(), query, args...)
	require.NoError(t, s.end(tx, err == nil))
	require.NoError(t, err)
}

// number returns the one number that a query gives.
func (s setup[TTx]) number(t *testing.T, query string, args ...any) int {
	t.Helper()
	n, err := s.count(query, args...)
	require.NoError(t, err)
	return n
}

// onPostgres makes a PostgreSQL database on the server of all tests.
func onPostgres(t *testing.T) setup[pgx.Tx] {
	t.Helper()
	if testing.Short() {
		t.Skip("needs PostgreSQL")
	}
	server, err := postgres()
	require.NoError(t, err)
	return onServer(t, server)
}

// onItsPostgres makes a PostgreSQL database on a server of its own, which may be
// stopped while other tests run.
func onItsPostgres(t *testing.T) setup[pgx.Tx] {
	t.Helper()
	server, err := postgrestest.Start()
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	s := onServer(t, server)
	s.restart = func(away time.Duration) error { return restart(server, away) }
	return s
}

func onServer(t *testing.T, server *postgrestest.Server) setup[pgx.Tx] {
	t.Helper()
	address := newPostgres(t, server)
	pool, err := openPostgres(context.Background(), address)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return setup[pgx.Tx]{address: address, argsText: "args", errorsText: "errors", now: "clock_timestamp()",
		toArgs: func(text string) string { return text }, driver: riverpgxv5.New(pool), exec: execPgx,
		begin: func(ctx context.Context) (pgx.Tx, error) { return pool.Begin(ctx) },
		end: func(tx pgx.Tx, commit bool) error {
			if commit {
				return tx.Commit(context.Background())
			}
			return tx.Rollback(context.Background())
		},
		count: func(query string, args ...any) (n int, err error) {
			err = pool.QueryRow(context.Background(), query, args...).Scan(&n)
			return n, err
		}}
}
