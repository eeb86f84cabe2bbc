package partnercentralriver_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
	partnercentralriver "github.com/cosell-dev/partnercentral-go/river"
)

var (
	kills     = flag.Int("kills", 8, "how many processes TestKills kills with each database")
	killDeals = flag.Int("kill-deals", 24, "how many deals it submits meanwhile")
	killSeed  = flag.Uint64("kill-seed", 1, "the seed of its random numbers")
)

const (
	programVariable = "PARTNERCENTRAL_RIVER_TEST_PROGRAM"
	fakeKey         = "AKIDRIVER"
	fakeSecret      = "secret"
	processes       = 3

	// The deal whose onEnd takes 10 seconds.
	slowEnd = "O9999999"
)

// runProgram is the main function of a worker process: its argument is the
// address of the database, a space, and that of the fake.
func runProgram(program string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		// The end of the test, however it ends, is that of its processes.
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	database, endpoint, _ := strings.Cut(program, " ")
	var err error
	if strings.HasPrefix(database, "postgres:") {
		pool, openErr := openPostgres(ctx, database)
		if openErr == nil {
			defer pool.Close()
			err = work(ctx, riverpgxv5.New(pool), execPgx, endpoint)
		}
	} else if db, openErr := openSQLite(database); openErr == nil {
		defer db.Close()
		err = work(ctx, riversqlite.New(db), execSQL, endpoint)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// work is what each process does. An onEnd takes some time, so that it is
// killed in the middle now and then.
func work[TTx any](ctx context.Context, driver riverdriver.Driver[TTx], exec func(TTx) executor, endpoint string) error {
	tasks, err := partnercentralriver.New(driver, clientOf(endpoint), func(ctx context.Context, tx TTx, task partnercentral.Task) error {
		if err := exec(tx)(ctx, `INSERT INTO ends (object, status) VALUES ($1, $2)`, task.OpportunityID, string(task.Status)); err != nil {
			return err
		}
		if task.OpportunityID == slowEnd {
			time.Sleep(10 * time.Second)
		}
		time.Sleep(100 * time.Millisecond)
		return nil
	}, func(o *partnercentralriver.Options) {
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	})
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		// The database may be away when the process starts: a supervisor would
		// start it again.
		if err = tasks.Work(ctx, &river.Config{FetchPollInterval: 250 * time.Millisecond}); err != nil {
			time.Sleep(200 * time.Millisecond)
		}
	}
	return nil
}

func clientOf(endpoint string) *partnercentral.Client {
	return partnercentral.New(partnercentral.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(endpoint),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: fakeKey, SecretAccessKey: fakeSecret}, nil
		}),
	})
}

// cluster is a database, the fake, and processes that work.
type cluster[TTx any] struct {
	working[TTx]
	program string
	running []*exec.Cmd
}

func newCluster[TTx any](t *testing.T, s setup[TTx], opts ...partnercentraltest.Option) *cluster[TTx] {
	t.Helper()
	opts = append([]partnercentraltest.Option{partnercentraltest.WithCredentials(fakeKey, fakeSecret)}, opts...)
	svc := partnercentraltest.New(t, append(opts, partnercentraltest.AllowLeftovers())...)
	server := svc.Listen()
	tasks, err := partnercentralriver.New(s.driver, clientOf(server.URL), func(context.Context, TTx, partnercentral.Task) error { return nil })
	require.NoError(t, err)
	require.NoError(t, tasks.Migrate(t.Context()))
	s.do(t, `CREATE TABLE ends (object text NOT NULL, status text NOT NULL)`)
	c := &cluster[TTx]{working: working[TTx]{s, tasks, svc}, program: s.address + " " + server.URL}
	for range processes {
		c.running = append(c.running, c.spawn(t))
	}
	t.Cleanup(func() {
		for _, cmd := range c.running {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return c
}

func (c *cluster[TTx]) spawn(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), programVariable+"="+c.program)
	cmd.Stderr = os.Stderr
	_, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd
}

// replace kills a process and starts another in its place.
func (c *cluster[TTx]) replace(t *testing.T, i int) {
	t.Helper()
	require.NoError(t, c.running[i].Process.Kill())
	_ = c.running[i].Wait()
	c.running[i] = c.spawn(t)
}

// holder returns the index of the process that holds the account, or -1.
func (c *cluster[TTx]) holder() int {
	for i, cmd := range c.running {
		n, err := c.count(fmt.Sprintf("SELECT count(*) FROM partnercentral_lease WHERE holder LIKE '%%-%d-%%'", cmd.Process.Pid))
		if err == nil && n == 1 {
			return i
		}
	}
	return -1
}

// awaitHolder returns the index of the process that holds the account.
func (c *cluster[TTx]) awaitHolder(t *testing.T) int {
	t.Helper()
	i := -1
	require.Eventually(t, func() bool { i = c.holder(); return i >= 0 }, 30*time.Second, 50*time.Millisecond)
	return i
}

// submit starts n deals one after another, each twice at once.
func (c *cluster[TTx]) submit(ctx context.Context, n int, every time.Duration) error {
	for i := range n {
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for ctx.Err() == nil {
					// A database that is away is the caller's to come back to.
					if _, err := c.tasks.Start(ctx, submit(deal(i), deal(i))); err == nil {
						return
					}
					time.Sleep(200 * time.Millisecond)
				}
			})
		}
		wg.Wait()
		time.Sleep(every)
	}
	return ctx.Err()
}

func deal(i int) string { return fmt.Sprintf("O%07d", i) }

// requireAllOnce waits until every deal has ended and checks that nothing was
// lost and nothing done twice.
func (c *cluster[TTx]) requireAllOnce(t *testing.T, deals int, within time.Duration) {
	t.Helper()
	require.Eventually(t, func() bool {
		n, err := c.count("SELECT count(*) FROM partnercentral_task WHERE handled_at IS NOT NULL")
		return err == nil && n == deals
	}, within, 200*time.Millisecond, "deals whose end was taken")
	require.Len(t, c.svc.Tasks(), deals, "tasks in the service: none lost, none double")
	require.Equal(t, deals, c.number(t, "SELECT count(DISTINCT object) FROM ends"), "every end was taken")
	require.Equal(t, deals, c.number(t, "SELECT count(*) FROM ends"), "and what was written with it was written once")
	require.Equal(t, deals, c.number(t, "SELECT count(*) FROM partnercentral_task WHERE status = 'COMPLETE'"))
}

// TestKills kills processes at random, every second time the one that holds the
// account, while deals are submitted, and stops and starts PostgreSQL in between.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute for each database")
	}
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		testKills(t, onItsPostgres(t))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		testKills(t, onSQLite(t))
	})
}

func testKills[TTx any](t *testing.T, s setup[TTx]) {
	random := rand.New(rand.NewPCG(*killSeed, 0))
	c := newCluster(t, s, partnercentraltest.WithQuotas(partnercentraltest.DefaultQuotas()), partnercentraltest.WithDuration(4*time.Second))
	// Answers to Starts take a while, so that kills hit them too.
	c.svc.Fault(startSubmission, partnercentraltest.Always(), partnercentraltest.AfterCommit(partnercentraltest.Slow(300*time.Millisecond)))
	c.awaitHolder(t)
	begin := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
	defer cancel()
	submitted := make(chan error, 1)
	go func() { submitted <- c.submit(ctx, *killDeals, 900*time.Millisecond) }()
	ofHolder := 0
	for n := range *kills {
		time.Sleep(time.Duration(500+random.IntN(3000)) * time.Millisecond)
		if s.restart != nil && n%50 == *kills/2%50 {
			require.NoError(t, s.restart(2*time.Second))
		}
		i, holder := random.IntN(processes), c.holder()
		if holder >= 0 && random.IntN(2) == 0 {
			i = holder
		}
		if i == holder {
			ofHolder++
		}
		c.replace(t, i)
	}
	require.NoError(t, <-submitted)
	c.requireAllOnce(t, *killDeals, 5*time.Minute)
	calls := c.svc.Calls()
	starts := calls.For(startSubmission)
	t.Logf("seed %d: %d kills, %d of them of the holder, in %s: %d deals, 0 double, 0 lost; %d Starts repeated, %d throttled; %.2f Lists a task",
		*killSeed, *kills, ofHolder, time.Since(begin).Round(time.Second), *killDeals,
		starts.Committed().Len()-starts.Made().Len(), calls.WithError("ThrottlingException").Len(), float64(calls.Len()-starts.Len())/float64(*killDeals))
	if s.restart != nil {
		t.Logf("%d rows of jobs, %d bytes of jobs and %d bytes of table a task, indexes included", c.number(t, "SELECT count(*) FROM river_job"),
			c.number(t, "SELECT pg_total_relation_size('river_job')")/(*killDeals), c.number(t, "SELECT pg_total_relation_size('partnercentral_task')")/(*killDeals))
	}
}

// TestTheDatabaseGoesAway stops PostgreSQL for longer than a lease, with Starts
// under way.
func TestTheDatabaseGoesAway(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	c := newCluster(t, onItsPostgres(t), partnercentraltest.WithQuotas(partnercentraltest.DefaultQuotas()), partnercentraltest.WithDuration(4*time.Second))
	c.svc.Fault(startSubmission, partnercentraltest.Always(), partnercentraltest.AfterCommit(partnercentraltest.Slow(time.Second)))
	const deals = 12
	require.NoError(t, c.submit(t.Context(), deals, 0))
	require.Eventually(t, func() bool { return len(c.svc.Tasks()) >= 5 }, 30*time.Second, 10*time.Millisecond)
	require.NoError(t, c.restart(12*time.Second))
	c.requireAllOnce(t, deals, 2*time.Minute)
}

// TestTakeover measures how long it takes until another process goes on with
// what one was doing that was killed, or froze.
func TestTakeover(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	onBoth(t, testTakeover[pgx.Tx], testTakeover[*sql.Tx])
}

func testTakeover[TTx any](t *testing.T, s setup[TTx]) {
	c := newCluster(t, s, partnercentraltest.WithDuration(2*time.Second))
	c.svc.When(startSubmission, partnercentraltest.WithIdentifier(deal(1))).Script(partnercentraltest.After(45*time.Second, partnercentraltest.Complete()))
	c.svc.When(startSubmission, partnercentraltest.WithIdentifier(deal(2))).Fault(partnercentraltest.Times(1), partnercentraltest.AfterCommit(partnercentraltest.Slow(25*time.Second)))
	c.start(t, deal(1), deal(1))
	c.until(t, deal(1), func(row partnercentralriver.Row) bool { return row.Status == partnercentralriver.StatusInProgress })

	next := func(what string, limit time.Duration, happened func(partnercentraltest.Calls) bool) {
		t.Helper()
		begin, seen := time.Now(), c.svc.Calls().Len()
		require.Eventually(t, func() bool { return happened(c.svc.Calls()[seen:]) }, limit, 50*time.Millisecond, what)
		t.Logf("%s after %.1f s", what, time.Since(begin).Seconds())
	}
	poll := func(calls partnercentraltest.Calls) bool {
		return calls.For(partnercentraltest.ListEngagementFromOpportunityTasks).Len() > 0
	}

	c.replace(t, c.awaitHolder(t))
	next("holder killed: the next poll", 20*time.Second, poll)

	frozen := c.awaitHolder(t)
	require.NoError(t, c.running[frozen].Process.Signal(syscall.SIGSTOP))
	next("holder frozen: the next poll", 20*time.Second, poll)
	epoch := c.number(t, "SELECT epoch FROM partnercentral_lease")
	require.NoError(t, c.running[frozen].Process.Signal(syscall.SIGCONT))
	time.Sleep(3 * time.Second)
	require.Equal(t, epoch, c.number(t, "SELECT epoch FROM partnercentral_lease"), "the one that woke up leaves the account alone")
	require.NotEqual(t, frozen, c.holder())

	c.start(t, deal(2), deal(2))
	require.Eventually(t, func() bool { return len(c.svc.Tasks()) == 2 }, 20*time.Second, 10*time.Millisecond, "the Start whose answer does not come")
	c.replace(t, c.awaitHolder(t))
	next("holder killed in the middle of a Start: the same Start", 20*time.Second, func(calls partnercentraltest.Calls) bool {
		return calls.For(startSubmission).Len() > 0
	})

	c.start(t, slowEnd, slowEnd)
	require.Eventually(t, func() bool {
		n, err := c.count("SELECT count(*) FROM river_job j JOIN partnercentral_task t ON t.job_id = j.id WHERE t.object = '" + slowEnd + "' AND j.state = 'running'")
		return err == nil && n == 1
	}, 30*time.Second, 50*time.Millisecond, "onEnd runs")
	for i := range processes {
		c.replace(t, i)
	}
	begin := time.Now()
	require.Eventually(t, func() bool {
		n, err := c.count("SELECT count(*) FROM river_job WHERE state = 'running' AND attempt = 1 AND CAST(" + c.argsText + " AS text) LIKE '%" + slowEnd + "%'")
		return err == nil && n == 2
	}, 40*time.Second, 50*time.Millisecond, "the next onEnd")
	t.Logf("all killed in the middle of onEnd: the next one after %.1f s", time.Since(begin).Seconds())
	c.requireAllOnce(t, 3, time.Minute)
}
