package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// TestThePageShowsWhyADealFailed opens the job of a failed deal in a browser.
func TestThePageShowsWhyADealFailed(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	svc := fake.New(t, fake.WithCredentials(accessKey, secretKey), fake.WithDuration(time.Second))
	svc.When(fake.StartEngagementFromOpportunityTask, fake.WithIdentifier(failingDeal)).Script(
		fake.After(time.Second, fake.Fail("OpportunityValidationFailed", "the target close date is in the past")))
	s := settings{database: filepath.Join(t.TempDir(), "tasks.db"), endpoint: svc.Listen().URL, run: "test", deals: 8, rate: 50, address: "127.0.0.1:0"}
	err := withStore(t.Context(), s.database,
		func(context.Context, store[pgx.Tx]) error { return nil },
		func(ctx context.Context, db store[*sql.Tx]) error {
			c, err := newCRM(s, db)
			if err != nil {
				return err
			}
			if err := c.prepare(ctx); err != nil {
				return err
			}
			working, stop := context.WithCancel(ctx)
			var done sync.WaitGroup
			defer done.Wait()
			defer stop()
			failed := make(chan error, 1)
			done.Go(func() { failed <- work(working, s, db) })
			if err := c.submit(ctx); err != nil {
				return err
			}
			if err := c.show(ctx, t.Output(), failed); err != nil {
				return err
			}
			row, err := c.tasks.Get(ctx, partnercentral.ClientTokenFor(s.run+"/"+failingDeal))
			if err != nil {
				return err
			}
			address, closeUI, err := serveUI(ctx, c)
			if err != nil {
				return err
			}
			defer closeUI()
			// River completes a job a moment after its end was taken.
			time.Sleep(time.Second)
			page, err := browse(ctx, t.TempDir(), fmt.Sprintf("%s/jobs/%d", address, row.JobID))
			if err != nil {
				return err
			}
			for _, text := range []string{failingDeal, "OpportunityValidationFailed", "the target close date is in the past", "Cancelled"} {
				if !strings.Contains(page, text) {
					t.Errorf("the page of job %d does not have %q", row.JobID, text)
				}
			}
			if strings.Contains(page, row.Token) {
				t.Error("the page has the client token")
			}
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
}

// browse returns the document that a page has become after some seconds.
func browse(ctx context.Context, dir, url string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		if browser, err = exec.LookPath("google-chrome"); err != nil {
			return "", errors.New("neither chromium nor google-chrome is installed: apt-get install chromium, or go test -short")
		}
	}
	// Its sandbox does not work for root, and the page is our own.
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+dir, "--virtual-time-budget=8000", "--dump-dom", url)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", browser, err)
	}
	return string(out), nil
}

func TestFlagsThatDoNotGoTogether(t *testing.T) {
	good := settings{deals: 40, workers: 1, rate: 1}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for text, change := range map[string]func(*settings){
		"-deals":        func(s *settings) { s.deals = 0 },
		"-workers must": func(s *settings) { s.workers = 0 },
		"-rate":         func(s *settings) { s.rate = -1 },
		"-kill needs":   func(s *settings) { s.kill = true },
		"-database":     func(s *settings) { s.database = "mysql://x" },
	} {
		bad := good
		change(&bad)
		if err := bad.check(); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
