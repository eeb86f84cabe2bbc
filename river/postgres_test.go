package partnercentralriver_test

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
	partnercentralriver "github.com/cosell-dev/partnercentral-go/river"
)

// TestConnectionsThatAreCut ends all connections of the database, again and
// again, while tasks run.
func TestConnectionsThatAreCut(t *testing.T) {
	t.Parallel()
	s := onPostgres(t)
	w := newWorking(t, s, nil, func(o *partnercentralriver.Options) { o.StartsPerSecond = 4 })
	w.work(t)
	const deals = 12
	admin, err := pgx.Connect(t.Context(), s.address)
	require.NoError(t, err)
	defer func() { _ = admin.Close(context.Background()) }()
	for i := range deals {
		require.Eventually(t, func() bool {
			_, err := w.tasks.Start(t.Context(), submit(deal(i), deal(i)))
			return err == nil
		}, 10*time.Second, 50*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		_, err := admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		require.NoError(t, err)
	}
	for i := range deals {
		require.Eventually(t, func() bool {
			row, err := w.tasks.Get(t.Context(), partnercentral.ClientTokenFor(deal(i)))
			return err == nil && handled(row)
		}, 60*time.Second, 50*time.Millisecond)
	}
	require.Len(t, w.svc.Tasks(), deals)
	require.Equal(t, deals, s.number(t, "SELECT count(*) FROM ends"))
}

// TestSmallPools has few connections for holder, River and onEnd.
func TestSmallPools(t *testing.T) {
	t.Parallel()
	for _, size := range []int32{1, 2} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			s := onPostgres(t)
			config, err := pgxpool.ParseConfig(s.address)
			require.NoError(t, err)
			config.MaxConns = size
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			require.NoError(t, err)
			t.Cleanup(pool.Close)
			s.driver = riverpgxv5.New(pool)
			w := newWorking(t, s, nil)
			w.work(t)
			for i := range 5 {
				w.start(t, deal(i), deal(i))
			}
			for i := range 5 {
				w.until(t, deal(i), handled)
			}
		})
	}
}

// TestSlowOnEndInADefaultPool has ends that take longer than a lease, and the four
// connections of a pool that nobody has configured.
func TestSlowOnEndInADefaultPool(t *testing.T) {
	t.Parallel()
	s := onPostgres(t)
	config, err := pgxpool.ParseConfig(s.address)
	require.NoError(t, err)
	config.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	w := newWorking(t, s, nil)
	w.tasks, err = partnercentralriver.New(riverpgxv5.New(pool), w.svc.Client(), func(context.Context, pgx.Tx, partnercentral.Task) error {
		time.Sleep(13 * time.Second)
		return nil
	}, func(o *partnercentralriver.Options) { o.StartsPerSecond = 10 })
	require.NoError(t, err)
	w.work(t)
	for i := range 8 {
		w.start(t, deal(i), deal(i))
	}
	require.Eventually(t, func() bool {
		return s.number(t, "SELECT count(*) FROM partnercentral_task WHERE handled_at IS NOT NULL") > 0
	}, time.Minute, 100*time.Millisecond)
	for i := range 8 {
		row, err := w.tasks.Get(t.Context(), partnercentral.ClientTokenFor(deal(i)))
		require.NoError(t, err)
		require.Equal(t, partnercentralriver.StatusComplete, row.Status)
	}
	require.Equal(t, 1, s.number(t, "SELECT epoch FROM partnercentral_lease"), "the lease was kept")
}

// TestASchemaOfItsOwn has two schemas in a database, and two accounts in one of
// them.
func TestASchemaOfItsOwn(t *testing.T) {
	t.Parallel()
	s := onPostgres(t)
	s.do(t, `CREATE SCHEMA crm_tasks`)
	s.do(t, `CREATE SCHEMA "Other"`)
	svc := partnercentraltest.New(t, partnercentraltest.WithDuration(500*time.Millisecond))
	var mu sync.Mutex
	ends := map[string]int{}
	type place struct{ schema, account string }
	places := []place{{"crm_tasks", "one"}, {"crm_tasks", "two"}, {"Other", "one"}}
	var all []working[pgx.Tx]
	for _, p := range places {
		tasks, err := partnercentralriver.New(s.driver, svc.Client(), func(_ context.Context, _ pgx.Tx, task partnercentral.Task) error {
			mu.Lock()
			defer mu.Unlock()
			ends[fmt.Sprint(p, task.OpportunityID)]++
			return nil
		}, func(o *partnercentralriver.Options) {
			o.Schema, o.Account, o.StartsPerSecond = p.schema, p.account, 100
		})
		require.NoError(t, err)
		require.NoError(t, tasks.Migrate(t.Context()), p)
		all = append(all, working[pgx.Tx]{s, tasks, svc})
	}
	for i, w := range all {
		_, err := w.tasks.Start(t.Context(), submit(deal(i), "same key"))
		require.NoError(t, err)
		w.work(t)
	}
	for _, w := range all {
		w.until(t, "same key", handled)
	}
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, ends, 3)
	require.Zero(t, s.number(t, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE '%partnercentral%'`))
}

// TestTransactionsThatDoNotWrite are read-only, or failed before.
func TestTransactionsThatDoNotWrite(t *testing.T) {
	t.Parallel()
	s := onPostgres(t)
	tasks := newTasks(t, s)
	tx, err := s.begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.exec(tx)(t.Context(), "SET TRANSACTION READ ONLY"))
	_, err = tasks.StartTx(t.Context(), tx, submit("O0000001", "1"))
	require.ErrorContains(t, err, "read-only transaction")
	_, err = tasks.StartTx(t.Context(), tx, submit("O0000001", "1"))
	require.ErrorContains(t, err, "aborted")
	require.NoError(t, s.end(tx, false))
	_, err = tasks.StartTx(t.Context(), tx, submit("O0000001", "1"))
	require.ErrorIs(t, err, pgx.ErrTxClosed)
	require.Zero(t, s.number(t, "SELECT count(*) FROM partnercentral_task"))
}

// TestOneKeyForManyInputs has them at once.
func TestOneKeyForManyInputs(t *testing.T) {
	t.Parallel()
	onBoth(t, testOneKey[pgx.Tx], testOneKey[*sql.Tx])
}

func testOneKey[TTx any](t *testing.T, s setup[TTx]) {
	tasks := newTasks(t, s)
	var wg sync.WaitGroup
	var rows [20]partnercentralriver.Row
	var errs [20]error
	for i := range errs {
		wg.Go(func() { rows[i], errs[i] = tasks.Start(t.Context(), submit(deal(i), "key")) })
	}
	wg.Wait()
	won := 0
	for i, err := range errs {
		var conflict *partnercentralriver.ConflictError
		if err == nil {
			won++
			require.Equal(t, deal(i), rows[i].Object)
		} else {
			require.ErrorAs(t, err, &conflict)
			require.Contains(t, err.Error(), "use a token of its own")
		}
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, s.number(t, "SELECT count(*) FROM river_job"))
}
