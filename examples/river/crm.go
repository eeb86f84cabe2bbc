package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	partnercentralriver "github.com/cosell-dev/partnercentral-go/river"
)

const (
	accessKey = "AKIDRIVER"
	secretKey = "secret"

	// The deal that fails, for the page to show.
	failingDeal = "O0000007"
)

// crm is the program that has the deals: one table, written in the
// transactions that submit a deal and that take its end.
type crm[TTx any] struct {
	store[TTx]
	settings
	tasks *partnercentralriver.Tasks[TTx]
}

func newCRM[TTx any](s settings, db store[TTx]) (*crm[TTx], error) {
	c := &crm[TTx]{store: db, settings: s}
	client := partnercentral.New(partnercentral.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(s.endpoint),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey}, nil
		}),
	})
	var err error
	c.tasks, err = partnercentralriver.New(db.driver, client, c.taskEnded, func(o *partnercentralriver.Options) {
		o.Account = s.run
		o.StartsPerSecond = s.rate
	})
	return c, err
}

// taskEnded takes the end of a task. It counts, so that one taken twice shows.
func (c *crm[TTx]) taskEnded(ctx context.Context, tx TTx, task partnercentral.Task) error {
	state := "engagement " + task.EngagementID
	if err := task.Err(); err != nil {
		state = err.Error()
	}
	return c.exec(ctx, tx, `UPDATE demo_deal SET state = $3, ended = ended + 1 WHERE run = $1 AND deal = $2`, c.run, task.OpportunityID, state)
}

// prepare makes the tables.
func (c *crm[TTx]) prepare(ctx context.Context) error {
	if err := c.tasks.Migrate(ctx); err != nil {
		return err
	}
	return c.in(ctx, func(tx TTx) error {
		return c.exec(ctx, tx, `CREATE TABLE IF NOT EXISTS demo_deal (run text NOT NULL, deal text NOT NULL, state text NOT NULL,
			ended integer NOT NULL DEFAULT 0, PRIMARY KEY (run, deal))`)
	})
}

// submit writes the deals, each with its task in one transaction.
func (c *crm[TTx]) submit(ctx context.Context) error {
	for i := range c.deals {
		deal := fmt.Sprintf("O%07d", i+1)
		err := c.in(ctx, func(tx TTx) error {
			if err := c.exec(ctx, tx, `INSERT INTO demo_deal (run, deal, state) VALUES ($1, $2, 'submitting')`, c.run, deal); err != nil {
				return err
			}
			_, err := c.tasks.StartTx(ctx, tx, &partnercentral.StartEngagementFromOpportunityTaskInput{
				Catalog:     aws.String(partnercentral.CatalogSandbox),
				Identifier:  aws.String(deal),
				ClientToken: aws.String(partnercentral.ClientTokenFor(c.run + "/" + deal)),
				AwsSubmission: &partnercentral.AwsSubmission{
					InvolvementType: partnercentral.SalesInvolvementTypeCoSell,
					Visibility:      partnercentral.VisibilityFull,
				},
			})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
