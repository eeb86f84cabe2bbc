package partnercentralriver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
	partnercentralriver "github.com/cosell-dev/partnercentral-go/river"
)

func submit(object, key string) *partnercentral.StartEngagementFromOpportunityTaskInput {
	in := &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:    aws.String(partnercentral.CatalogSandbox),
		Identifier: aws.String(object),
		AwsSubmission: &partnercentral.AwsSubmission{
			InvolvementType: partnercentral.SalesInvolvementTypeCoSell,
			Visibility:      partnercentral.VisibilityFull,
		},
	}
	if key != "" {
		in.ClientToken = aws.String(partnercentral.ClientTokenFor(key))
	}
	return in
}

// newTasks returns migrated Tasks whose ends nobody takes.
func newTasks[TTx any](t *testing.T, s setup[TTx], optFns ...func(*partnercentralriver.Options)) *partnercentralriver.Tasks[TTx] {
	t.Helper()
	client := partnercentraltest.New(t).Client()
	tasks, err := partnercentralriver.New(s.driver, client, func(context.Context, TTx, partnercentral.Task) error { return nil }, optFns...)
	require.NoError(t, err)
	require.NoError(t, tasks.Migrate(t.Context()))
	return tasks
}

func TestStartTxFollowsItsTransaction(t *testing.T) {
	t.Parallel()
	onBoth(t, testStartTx[pgx.Tx], testStartTx[*sql.Tx])
}

func testStartTx[TTx any](t *testing.T, s setup[TTx]) {
	tasks := newTasks(t, s)
	start := func(commit bool) partnercentralriver.Row {
		tx, err := s.begin(t.Context())
		require.NoError(t, err)
		row, err := tasks.StartTx(t.Context(), tx, submit("O0000001", "deal 1"))
		require.NoError(t, err)
		require.NoError(t, s.end(tx, commit))
		return row
	}
	start(false)
	_, err := tasks.Get(t.Context(), partnercentral.ClientTokenFor("deal 1"))
	require.ErrorIs(t, err, partnercentralriver.ErrNotFound)
	require.Zero(t, s.number(t, "SELECT count(*) FROM river_job"))

	row := start(true)
	got, err := tasks.Get(t.Context(), partnercentral.ClientTokenFor("deal 1"))
	require.NoError(t, err)
	require.Equal(t, row, got)
	require.Equal(t, partnercentralriver.StatusQueued, row.Status)
	require.Equal(t, "O0000001", row.Object)
	require.Equal(t, partnercentral.CatalogSandbox, row.Catalog)
	require.Equal(t, partnercentral.TaskKindEngagementFromOpportunity, row.Kind)
	require.Equal(t, row.Token, row.Task.ClientToken)
	require.NotZero(t, row.JobID)
	require.False(t, row.CreatedAt.IsZero())

	require.Equal(t, row, start(true), "the same token and input is the same row")
	require.Equal(t, 1, s.number(t, "SELECT count(*) FROM river_job WHERE state = 'pending'"))
	require.Zero(t, s.number(t, "SELECT count(*) FROM river_job WHERE CAST("+s.argsText+" AS text) LIKE '%"+row.Token+"%'"), "UIs show arguments")
}

func TestStartOfManyProcessesIsOneRow(t *testing.T) {
	t.Parallel()
	onBoth(t, testStartRace[pgx.Tx], testStartRace[*sql.Tx])
}

func testStartRace[TTx any](t *testing.T, s setup[TTx]) {
	tasks := newTasks(t, s)
	var wg sync.WaitGroup
	errs := make([]error, 40)
	for i := range errs {
		wg.Go(func() { _, errs[i] = tasks.Start(t.Context(), submit("O0000001", fmt.Sprint("deal ", i%4))) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, 4, s.number(t, "SELECT count(*) FROM partnercentral_task"))
	require.Equal(t, 4, s.number(t, "SELECT count(*) FROM river_job"))
}

func TestStartRefusesATokenWithAnotherInput(t *testing.T) {
	t.Parallel()
	onBoth(t, testStartConflict[pgx.Tx], testStartConflict[*sql.Tx])
}

func testStartConflict[TTx any](t *testing.T, s setup[TTx]) {
	tasks := newTasks(t, s)
	row, err := tasks.Start(t.Context(), submit("O0000001", "deal"))
	require.NoError(t, err)
	_, err = tasks.Start(t.Context(), submit("O0000002", "deal"))
	var conflict *partnercentralriver.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, row, conflict.Row)
	require.NotContains(t, err.Error(), row.Token)
	_, err = tasks.Start(t.Context(), nil)
	require.ErrorContains(t, err, "input is nil")
	a, err := tasks.Start(t.Context(), submit("O0000001", ""))
	require.NoError(t, err)
	b, err := tasks.Start(t.Context(), submit("O0000001", ""))
	require.NoError(t, err)
	require.NotEqual(t, a.Token, b.Token, "without a token each is a task of its own")
}

func TestListByStatusAndObject(t *testing.T) {
	t.Parallel()
	onBoth(t, testList[pgx.Tx], testList[*sql.Tx])
}

func testList[TTx any](t *testing.T, s setup[TTx]) {
	tasks := newTasks(t, s)
	other := newTasks(t, s, func(o *partnercentralriver.Options) { o.Account = "other" })
	for i := range 5 {
		_, err := tasks.Start(t.Context(), submit(fmt.Sprintf("O000000%d", i%2), fmt.Sprint(i)))
		require.NoError(t, err)
	}
	_, err := other.Start(t.Context(), submit("O0000001", "0"))
	require.NoError(t, err, "a token is unique in its account")
	s.do(t, "UPDATE partnercentral_task SET status = 'COMPLETE', task = '{}', ended_at = created_at WHERE id = 2")

	ids := func(params partnercentralriver.ListParams) (ids []int64) {
		rows, err := tasks.List(t.Context(), params)
		require.NoError(t, err)
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		return ids
	}
	require.Equal(t, []int64{5, 4, 3, 2, 1}, ids(partnercentralriver.ListParams{}))
	require.Equal(t, []int64{4, 2}, ids(partnercentralriver.ListParams{Object: "O0000001"}))
	require.Equal(t, []int64{2}, ids(partnercentralriver.ListParams{Object: "O0000001", Statuses: []partnercentralriver.Status{"COMPLETE", "FAILED"}}))
	require.Equal(t, []int64{5, 4}, ids(partnercentralriver.ListParams{Limit: 2}))
	require.Equal(t, []int64{3, 2}, ids(partnercentralriver.ListParams{Limit: 2, Before: 4}))
	_, err = tasks.List(t.Context(), partnercentralriver.ListParams{Limit: -1})
	require.ErrorContains(t, err, "Limit")
}

func TestMigrateUpAndDown(t *testing.T) {
	t.Parallel()
	onBoth(t, testMigrate[pgx.Tx], testMigrate[*sql.Tx])
}

func testMigrate[TTx any](t *testing.T, s setup[TTx]) {
	tasks := newTasks(t, s)
	require.NoError(t, tasks.Migrate(t.Context()), "once more does nothing")
	m, err := tasks.Migrator()
	require.NoError(t, err)
	versions, err := m.ExistingVersions(t.Context())
	require.NoError(t, err)
	require.Equal(t, m.AllVersions(), versions)
	_, err = tasks.Start(t.Context(), submit("O0000001", "deal"))
	require.NoError(t, err)

	_, err = m.Migrate(t.Context(), rivermigrate.DirectionDown, &rivermigrate.MigrateOpts{TargetVersion: -1})
	require.NoError(t, err)
	versions, err = m.ExistingVersions(t.Context())
	require.NoError(t, err)
	require.Empty(t, versions)
	_, err = tasks.Start(t.Context(), submit("O0000001", "deal"))
	require.Error(t, err, "the table is gone")
	require.NoError(t, tasks.Migrate(t.Context()))
	_, err = tasks.Start(t.Context(), submit("O0000001", "deal"))
	require.NoError(t, err)
}

func TestNewSaysAllThatIsWrong(t *testing.T) {
	_, err := partnercentralriver.New[*sql.Tx](nil, nil, nil, func(o *partnercentralriver.Options) {
		o.MaxRestarts, o.StartsPerSecond, o.StartNotFoundGrace, o.OnEndTimeout, o.Adopt = -1, -1, -1, -1, aws.Duration(-1)
	})
	for _, word := range []string{"driver is nil", "client is nil", "onEnd is nil", "MaxRestarts", "StartsPerSecond", "StartNotFoundGrace", "OnEndTimeout", "Adopt"} {
		require.ErrorContains(t, err, word)
	}
}

// What New takes as the name of an account, River takes as the name of a queue.
func TestNamesOfAccounts(t *testing.T) {
	refused := func(name string) bool {
		_, err := partnercentralriver.New[*sql.Tx](nil, nil, nil, func(o *partnercentralriver.Options) {
			o.Account, o.StartsPerSecond = name, math.NaN()
		})
		require.ErrorContains(t, err, "StartsPerSecond is not between")
		return strings.Contains(err.Error(), "Account")
	}
	for _, name := range []string{"", "123456789012", "acme", "a-b_c", "demo-m1x", strings.Repeat("a", 45)} {
		require.False(t, refused(name), name)
	}
	for _, name := range []string{"Acme", "a__b", "-", "_x", "a-", "a b", strings.Repeat("a", 46)} {
		require.True(t, refused(name), name)
	}
}
