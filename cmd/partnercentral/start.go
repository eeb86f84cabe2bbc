package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/plain"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// start is what the commands that start a task have in common.
type start struct {
	app *app

	key, token string
	corrected  bool
	noWait     bool
	timeout    period
	tags       []string
}

const keyHelp = `

The same --key always means the same task: run the command again after a crash, or
on another machine, and it finds the task that was started and starts no second one.
After a failure, correct the cause and add --corrected. Without a key, a task of the
same object that still runs is taken; otherwise a new one is started, and its token
is printed before it is sent, so that the command can be repeated with --token.`

func (s *start) flags(cmd *cobra.Command, tags bool) {
	cmd.Long += keyHelp
	s.timeout = defaultTimeout
	flags := cmd.Flags()
	flags.StringVar(&s.key, "key", "", "your own `name` for what is to be done, such as crm/deal/4711: the same key is the same task")
	flags.StringVar(&s.token, "token", "", "`token` of an earlier attempt, to repeat it")
	flags.BoolVar(&s.corrected, "corrected", false, "the cause of the failure under this key or token is removed: go on with a new task")
	flags.BoolVar(&s.noWait, "no-wait", false, "do not wait for the end")
	flags.Var(&s.timeout, "timeout", "the longest `time` that the command may take, such as 90s, 10m, 2h or 1d")
	if tags {
		flags.StringArrayVar(&s.tags, "tag", nil, "`name=value` for the snapshot that AWS keeps; can be given again")
	}
}

// check refuses what does not go together.
func (s *start) check(pending bool) error {
	switch {
	case s.key != "" && s.token != "":
		return usage.Errorf("--key and --token are two names for the same thing: leave out one of them")
	case s.corrected && s.key == "" && s.token == "" && !pending:
		return usage.Errorf("--corrected does not say what was corrected: add the --key or --token of the task that failed")
	case len(s.token) > 255:
		return usage.Errorf("the token has %d characters, and 255 are allowed: type the one that was printed", len(s.token))
	}
	return nil
}

// run starts the task of an input and waits for its end. input is called with
// the token.
func (s *start) run(ctx context.Context, input func(svc *service, token string) partnercentral.StartTaskInput) error {
	ctx, cancel := s.app.within(ctx, s.timeout)
	defer cancel()
	svc, err := s.app.connect(ctx, 0)
	if err != nil {
		return err
	}
	token := s.token
	if s.key != "" {
		token = partnercentral.ClientTokenFor(s.key)
	}
	waiter := svc.waiter()
	defer waiter.Close()
	adopt := token == ""
	if adopt {
		if err := refuseRunningLead(ctx, waiter, input(svc, "").Task()); err != nil {
			return err
		}
		token = uuid.NewString()
		s.app.say("should the answer be lost, add --token %s to repeat it", token)
	}
	return s.start(ctx, svc, waiter, input(svc, token), adopt)
}

// refuseRunningLead starts no second task for a lead that may be on its way: the
// service does not tell reliably which lead of an engagement a task is about.
func refuseRunningLead(ctx context.Context, waiter *partnercentral.TaskWaiter, task partnercentral.Task) error {
	if task.Kind != partnercentral.TaskKindOpportunityFromEngagement {
		return nil
	}
	engagement := task.EngagementID
	task.ClientToken, task.ContextID = "", ""
	found, err := waiter.Refresh(ctx, task)
	switch {
	case err == nil && found.Status == partnercentral.TaskStatusInProgress:
		return usage.Errorf("%s of %s runs already, maybe for another lead: wait for it first, or give this lead a name with --key", found.ID, engagement)
	case err == nil, errors.Is(err, partnercentral.WaitNotFound), found.Done(), plain.Interrupted(err):
		return ctx.Err()
	}
	return fmt.Errorf("nothing was started, since it is not known whether a task of %s runs already: %s", engagement, plain.Sentence(err))
}

// runnerOptions are those of all commands that start something. adopt takes
// tasks that run already.
func (s *start) runnerOptions(waiter *partnercentral.TaskWaiter, adopt bool) func(*partnercentral.RunnerOptions) {
	return func(o *partnercentral.RunnerOptions) {
		o.Waiter = waiter
		o.MaxWait = time.Duration(s.timeout)
		o.RetryFailed = s.corrected
		if adopt {
			o.Adopt = aws.Duration(0)
		}
	}
}

func (s *start) start(ctx context.Context, svc *service, waiter *partnercentral.TaskWaiter, input partnercentral.StartTaskInput, adopt bool) error {
	runner := partnercentral.NewRunner(svc.client, s.runnerOptions(waiter, adopt && input.Task().Kind != partnercentral.TaskKindOpportunityFromEngagement))
	do := runner.Run
	if s.noWait {
		do = runner.Start
	}
	live := s.app.progress(1, s.app.waiting(input.Task()))
	task, err := do(ctx, input)
	if task.Adopted {
		s.app.say("%s ran already, and was taken: nothing was started", task.ID)
	}
	if !s.corrected && s.key+s.token != "" {
		task, err = s.newest(ctx, waiter, input, task, err)
	}
	live.stop()
	if s.noWait && err == nil && !task.Done() {
		s.app.printer.Show(report.Of(task, nil))
		return nil
	}
	s.app.outcome(task, err, s.again(task))
	if task.Status == partnercentral.TaskStatusFailed && !s.corrected {
		s.app.say("once the cause is removed, repeat the command with %s --corrected", s.again(task))
	}
	return nil
}

// again returns the option that lets a command mean the same task once more.
func (s *start) again(task partnercentral.Task) string {
	switch {
	case s.key != "":
		return "--key " + quoted(s.key)
	case s.token != "":
		return "--token " + quoted(s.token)
	}
	return "--token " + task.ClientToken
}

// waiting returns the text of the progress of one task.
func (a *app) waiting(task partnercentral.Task) func() string {
	begin := time.Now()
	object := report.Of(task, nil).Object
	return func() string {
		return fmt.Sprintf("%s %s, waiting for %s", target.KindOf(task.Kind), object, time.Since(begin).Round(time.Second))
	}
}

// outcome writes what became of a task, and how to go on where it is not known.
// again is the option that makes the command mean the task once more, "" if it
// always does.
func (a *app) outcome(task partnercentral.Task, err error, again string) {
	err = a.late(err)
	record := report.Of(task, err)
	a.printer.Task(record)
	if again != "" {
		again = " with " + again
	}
	switch {
	case record.Status == report.MaybeStarted:
		a.say("whether it was started is not known: repeat the command%s to take it up", again)
	case record.Status == report.NotStarted && record.TimedOut:
		a.say("nothing was started: repeat the command later, or with a longer --timeout")
	case errors.Is(err, partnercentral.WaitNotFound):
	case !task.Done() && cmp.Or(task.ID, record.Object) != "" && record.Status != report.NotStarted:
		name, runs := cmp.Or(task.ID, record.Object), "runs on"
		if record.Status == report.Unknown {
			runs = "may run on"
		}
		a.say("%s %s in the service; to take it up again: %s %s wait %s", name, runs, program, a.where(), name)
	}
}

// where returns the options that say where things go.
func (a *app) where() string {
	if a.demo {
		return "--demo"
	}
	options := "--catalog " + a.catalog
	if a.profile != "" {
		options += " --profile " + quoted(a.profile)
	}
	return options
}

// quoted returns a word as the shells of the system want it.
func quoted(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@=+,") == "" {
		return word
	}
	if runtime.GOOS == "windows" {
		return `"` + strings.ReplaceAll(word, `"`, `""`) + `"`
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
