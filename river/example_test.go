package partnercentralriver_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
	partnercentralriver "github.com/cosell-dev/partnercentral-go/river"
)

// A whole program on SQLite. With PostgreSQL it opens a pgxpool.Pool instead,
// gives New a riverpgxv5.New(pool), and any number of processes run Work.
func Example() {
	svc := partnercentraltest.NewService() // the fake service
	defer svc.Close()
	client := svc.Client()

	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	// River needs these options of SQLite.
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "crm.db")+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		panic(err)
	}
	defer db.Close()

	ctx, stop := context.WithCancel(context.Background())
	taskEnded := func(ctx context.Context, tx *sql.Tx, task partnercentral.Task) error {
		_, err := tx.ExecContext(ctx, `UPDATE deal SET state = ? WHERE id = ?`, task.Status, task.OpportunityID)
		stop() // one deal is all that this program has
		return err
	}
	tasks, err := partnercentralriver.New(riversqlite.New(db), client, taskEnded)
	if err != nil {
		panic(err)
	}
	if err := tasks.Migrate(ctx); err != nil {
		panic(err)
	}
	if _, err := db.Exec(`CREATE TABLE deal (id text, state text)`); err != nil {
		panic(err)
	}

	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		panic(err)
	}
	if _, err := tx.Exec(`INSERT INTO deal VALUES ('O1234567', 'submitting')`); err != nil {
		panic(err)
	}
	_, err = tasks.StartTx(ctx, tx, &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String("O1234567"),
		ClientToken:   aws.String(partnercentral.ClientTokenFor("crm/deal/4711")),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell, Visibility: partnercentral.VisibilityFull},
	})
	if err != nil {
		panic(err)
	}
	if err := tx.Commit(); err != nil { // now, and only now, it will be started
		panic(err)
	}

	if err := tasks.Work(ctx, nil); err != nil { // until ctx ends
		panic(err)
	}
	var state string
	if err := db.QueryRow(`SELECT state FROM deal`).Scan(&state); err != nil {
		panic(err)
	}
	fmt.Println(state)
	// Output: COMPLETE
}
