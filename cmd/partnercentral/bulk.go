package main

import (
	"cmp"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/results"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/sheet"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// bulkOptions are the options of the command.
type bulkOptions struct {
	results   string
	how       submission
	perSecond perSecond
	timeout   period
	corrected bool
}

func (a *app) bulk() *cobra.Command {
	o := bulkOptions{timeout: defaultTimeout}
	cmd := &cobra.Command{
		Use:   "bulk FILE",
		Short: "Start the tasks of a file and keep what becomes of them",
		Long: `Start a task for each row of a file, wait for them, and write what became of each
to a results file. The program can be killed at any moment and run again with the
same files: nothing is started twice, and what is done is not done again.

FILE is CSV with a line that names its columns, in any order, or JSON Lines with the
same names. One column has to be there:

  id           an opportunity to submit (O…), an invitation to accept (engi-…), or an
               engagement whose lead to take up (eng-…)
  involvement  of opportunities: Co-Sell or For Visibility Only; default --involvement
  visibility   of opportunities: Full or Limited; default --visibility
  tags         name=value;name=value
  context      of engagements: the number of the lead
  key          your own name for what is to be done; without one, the same id in any
               file is the same task

A file has one row for an object. To start a task anew, give its row another key.`,
		Example: `  partnercentral --demo bulk deals.csv
  partnercentral --catalog AWS bulk deals.csv --results done.csv`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			run, err := a.newBulkRun(args[0], o)
			if err != nil {
				return err
			}
			return run.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.results, "results", "", "`file` for the results, CSV; default FILE without .csv and with .results.csv, or .demo.csv with --demo")
	flags.BoolVar(&o.corrected, "corrected", false, "do again what has failed, too: its causes are removed")
	flags.Var(&o.perSecond, "per-second", "`number` of starts per second; default 1, which is what AWS allows an account")
	flags.Var(&o.timeout, "timeout", "the longest `time` to wait for each task")
	o.how.flags(cmd)
	return cmd
}

// newBulkRun reads the file. All mistakes in it that concern more than a row are
// found before anything is called.
func (a *app) newBulkRun(name string, o bulkOptions) (*bulkRun, error) {
	submission, err := o.how.parse()
	if err != nil {
		return nil, err
	}
	if name == "-" {
		return nil, usage.Errorf("bulk reads no standard input, since it is run again with the same rows: save them to a file, and type its name")
	}
	content, err := os.ReadFile(name)
	switch {
	case os.IsNotExist(err):
		return nil, usage.Errorf("there is no file %s: type the name of one that is there", name)
	case err != nil:
		return nil, usage.Errorf("%s cannot be read: name a file that can", name)
	}
	rows, err := sheet.Read(name, content)
	if err != nil {
		return nil, err
	}
	if o.results == "" {
		o.results = a.resultsOf(name)
	}
	if sameFile(name, o.results) {
		return nil, usage.Errorf("%s is the file to read: name another for the results with --results", name)
	}
	for i := range rows {
		if r := &rows[i]; r.Kind == target.Submit && r.Problem == "" {
			r.Involvement = cmp.Or(r.Involvement, string(submission.InvolvementType))
			r.Visibility = cmp.Or(r.Visibility, string(submission.Visibility))
		}
	}
	return &bulkRun{
		app: a, name: name, options: o, rows: rows,
		byObject: map[sheet.Identity]*sheet.Row{}, count: map[report.Status]int{}, started: map[string]time.Time{},
	}, nil
}

// resultsOf returns the name of the results file of a file. Two files that differ
// in more than .csv have different ones.
func (a *app) resultsOf(name string) string {
	if a.demo {
		return strings.TrimSuffix(name, ".csv") + ".demo.csv"
	}
	return strings.TrimSuffix(name, ".csv") + ".results.csv"
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	other, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(one, other)
}

// origin is what the results file says about where its results come from.
func (a *app) origin(s *service) results.Origin {
	return results.Origin{Demo: a.demo, Catalog: s.catalog, Account: s.account, Service: s.address}
}

// perSecond is a number of starts per second that a person types, 0 for none.
type perSecond float64

func (p *perSecond) String() string {
	if *p == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*p), 'g', -1, 64)
}

func (p *perSecond) Type() string { return "number" }

func (p *perSecond) Set(s string) error {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n > 0) || n > 1000 {
		return usage.Errorf("%q is not a number of starts per second: type one such as 1 or 0.5", s)
	}
	*p = perSecond(n)
	return nil
}

// short writes a length of time in at most two units.
func short(d time.Duration) string {
	switch {
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d < time.Hour:
		return strings.Replace(d.Round(time.Second).String(), "m0s", "m", 1)
	}
	text := strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	return strings.Replace(text, "h0m", "h", 1)
}
