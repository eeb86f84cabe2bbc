// Command bulk runs every opportunity and invitation of a CSV file and writes a
// results CSV as results come. It can be killed at any moment and run again with
// the same files: nothing is started twice, and what is done is not done again.
//
//	go run ./examples/bulk -demo 200
//	go run ./examples/bulk -in deals.csv -out results.csv -endpoint http://127.0.0.1:8443
//	go run ./examples/bulk -in deals.csv -out results.csv -aws
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bulk:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, w io.Writer) error {
	flags := flag.NewFlagSet("bulk", flag.ContinueOnError)
	in := flags.String("in", "", "CSV file to read: id,kind,involvement,visibility,tags")
	out := flags.String("out", "results.csv", "CSV file to write results to, and to go on with")
	catalog := flags.String("catalog", partnercentral.CatalogSandbox, "catalog, AWS or Sandbox")
	demo := flags.Int("demo", 0, "run this many made-up opportunities in place of -in")
	rate := flags.Float64("rate", 0, "Starts per second; 0 is the documented quota, 20 for a demo")
	endpoint := flags.String("endpoint", "", "URL of a running partnercentral-fake")
	useAWS := flags.Bool("aws", false, "call AWS, with the credentials of the environment")
	if err := flags.Parse(args); err != nil {
		return err
	}
	client, closeFake, err := connect(ctx, *endpoint, *useAWS, quota(*rate, *demo > 0 && !*useAWS))
	if err != nil {
		return err
	}
	defer closeFake()

	var source io.Reader = strings.NewReader(demoCSV(*demo))
	if *demo == 0 {
		file, err := os.Open(*in)
		if err != nil {
			return err
		}
		defer file.Close()
		source = file
	} else if *endpoint == "" && !*useAWS {
		// The fake in this process knows nothing of an earlier one's tasks.
		if err := os.Remove(*out); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	rows, bad := readRows(source, *catalog)
	for _, b := range bad {
		fmt.Fprintln(w, b)
	}
	results, err := openResults(*out)
	if err != nil {
		return err
	}
	defer results.Close()
	return runRows(ctx, client, rows, results, w, len(bad))
}

func quota(rate float64, demo bool) *partnercentral.Quota {
	if rate == 0 && demo {
		rate = 20
	}
	return partnercentral.NewQuota(func(o *partnercentral.QuotaOptions) { o.WritesPerSecond = rate })
}

func connect(ctx context.Context, endpoint string, useAWS bool, q *partnercentral.Quota) (*partnercentral.Client, func(), error) {
	withQuota := func(o *partnercentral.Options) { o.Quota = q }
	switch {
	case useAWS:
		cfg, err := config.LoadDefaultConfig(ctx)
		if err != nil {
			return nil, nil, err
		}
		return partnercentral.NewFromConfig(cfg, withQuota), func() {}, nil
	case endpoint != "":
		return partnercentral.New(partnercentral.Options{
			Region:       "us-east-1",
			BaseEndpoint: aws.String(endpoint),
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: fake.DefaultAccessKeyID, SecretAccessKey: fake.DefaultSecretAccessKey}, nil
			}),
		}, withQuota), func() {}, nil
	}
	svc := fake.NewService(fake.WithDuration(2 * time.Second))
	return svc.Client(withQuota), func() { svc.Close() }, nil
}

func runRows(ctx context.Context, client *partnercentral.Client, rows []row, results *results, w io.Writer, bad int) error {
	count := &progress{begin: time.Now()}
	runner := partnercentral.NewRunner(client, func(o *partnercentral.RunnerOptions) { o.OnChange = count.changed })
	skipped, left := 0, make([]row, 0, len(rows))
	for _, r := range rows {
		if results.done[r.key] {
			skipped++
			continue
		}
		left = append(left, r)
	}
	inputs := func(yield func(partnercentral.StartTaskInput) bool) {
		for _, r := range left {
			if !yield(r.input) {
				return
			}
		}
	}
	tty := isTerminal(w)
	var lastLine time.Time
	for result := range runner.RunAll(ctx, inputs) {
		if !result.Task.Done() {
			// Its end is not known: it runs again the next time.
			if ctx.Err() == nil {
				fmt.Fprintln(w, result.Err)
			}
			continue
		}
		count.ended(result.Err)
		if err := results.write(left[result.Index], result); err != nil {
			return err
		}
		if !tty && time.Since(lastLine) < time.Second {
			continue
		}
		lastLine = time.Now()
		showProgress(w, tty, count, len(left))
	}
	if tty {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%d done, %d failed, %d done before, %d bad lines\n", count.done, count.failed, skipped, bad)
	return ctx.Err()
}

// progress counts runs. The loop over results owns it but for started.
type progress struct {
	begin        time.Time
	started      atomic.Int64
	done, failed int
}

// changed is called by the runs, several at a time.
func (p *progress) changed(task partnercentral.Task) {
	if task.Status == partnercentral.TaskStatusInProgress {
		p.started.Add(1)
	}
}

func (p *progress) ended(err error) {
	if err == nil {
		p.done++
	} else {
		p.failed++
	}
}

func showProgress(w io.Writer, tty bool, p *progress, total int) {
	ended := p.done + p.failed
	perSecond := float64(ended) / max(time.Since(p.begin).Seconds(), 1e-9)
	left := time.Duration(float64(total-ended) / perSecond * float64(time.Second))
	line := fmt.Sprintf("started %d/%d  done %d  failed %d  %.1f/s  %s left",
		max(int(p.started.Load()), ended), total, p.done, p.failed, perSecond, left.Round(time.Second))
	if tty {
		fmt.Fprintf(w, "\r\x1b[K%s", line)
	} else {
		fmt.Fprintln(w, line)
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
