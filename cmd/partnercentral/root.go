package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/plain"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

const program = "partnercentral"

const help = `Start, wait for and list the tasks of AWS Partner Central: submit opportunities,
accept invitations, take up leads, and do so in bulk.

It needs to be told where things go: --catalog Sandbox for trying out, --catalog AWS
for the real thing (or the variable PARTNERCENTRAL_CATALOG), or --demo, which talks
to a made-up service inside this program. Credentials and profiles are those of the
AWS command line. Results go to the standard output, everything else to the
standard error.`

const exitHelp = `
Exit codes
  0  everything is complete (with --no-wait: started)
  1  something has failed, or was refused
  2  nothing was done: what was typed, or the setup, was wrong
  3  the outcome of something is not known: it timed out or was interrupted
`

// app is one run of the program.
type app struct {
	out *output
	err io.Writer
	log io.Writer // err, or above the line of progress

	catalog string
	demo    bool
	profile string
	format  string

	timeout period
	timeUp  func() bool // reports whether timeout is over
	trouble trouble

	printer *report.Printer
}

// run is the program but for os.Exit.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	checked := &output{w: out}
	a := &app{out: checked, err: errOut, log: errOut, printer: &report.Printer{W: checked}, timeUp: func() bool { return false }}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(checked)
	// What is said there is said by cobra, to programmers.
	root.SetErr(io.Discard)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = a.printer.Err()
	}
	if checked.err != nil && (err == nil || errors.Is(err, checked.err)) {
		a.say("%s", checked.problem())
		return max(a.printer.Exit(), report.ExitFailed)
	}
	return a.exit(err)
}

// exit says what has ended the program, and returns its code.
func (a *app) exit(err error) int {
	var mistake *usage.Mistake
	switch {
	case err == nil:
		return a.printer.Exit()
	case errors.As(err, &mistake):
		a.say("%s", report.OneLine(mistake.Error()))
		return report.ExitUsage
	case plain.Interrupted(err):
		a.say("interrupted")
		return report.ExitUnknown
	case a.timeUp():
		a.say("%s", plain.TimeUp(a.timeout.String(), a.trouble.String()))
		return report.ExitUnknown
	}
	a.say("%s", report.OneLine(plain.Sentence(err)))
	return max(a.printer.Exit(), report.ExitFailed)
}

// say writes a line for people.
func (a *app) say(format string, args ...any) {
	prefix := ""
	if a.demo {
		prefix = report.DemoPrefix
	}
	fmt.Fprintf(a.log, prefix+program+": "+format+"\n", args...)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   program,
		Short: "Start, wait for and list tasks of AWS Partner Central",
		Long:  help,
		// Cobra's own mistakes are for those who read its source.
		SilenceErrors:              true,
		SilenceUsage:               true,
		Args:                       unknownCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SuggestionsMinimumDistance: 2,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.checkFlags(cmd)
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.catalog, "catalog", "", "`catalog` to work in, AWS or Sandbox; there is no default but the variable PARTNERCENTRAL_CATALOG")
	flags.BoolVar(&a.demo, "demo", false, "talk to a made-up service inside this program; nothing is sent anywhere")
	flags.StringVar(&a.profile, "profile", "", "`profile` of the AWS configuration to use")
	flags.StringVar(&a.format, "output", string(report.Table), "`format` of the results: table for people, json for scripts (one object a line)")
	flags.BoolP("help", "h", false, "say what this command does")
	words(root, "catalog", "AWS", "Sandbox")
	words(root, "output", string(report.Table), string(report.JSON))
	root.SetFlagErrorFunc(flagMistake)
	root.SetHelpTemplate(root.HelpTemplate() + exitHelp)
	root.SetHelpCommand(helpCommand())
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(a.submit(), a.accept(), a.lead(), a.prospect(), a.wait(), a.list(), a.invitations(), a.bulk(), a.doctor(), a.completion(), a.version())
	careful(root)
	return root
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// words completes a flag with these.
func words(cmd *cobra.Command, flag string, all ...string) {
	// An error says that there is no such flag, which a test would show.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(all, cobra.ShellCompDirectiveNoFileComp))
}

// checkFlags checks the flags that all commands have.
func (a *app) checkFlags(cmd *cobra.Command) error {
	format, err := target.Word("format", a.format, report.Formats())
	if err != nil {
		return err
	}
	a.printer.Format, a.printer.Demo = format, a.demo
	if !callsService(cmd) {
		return nil
	}
	return a.checkWhere()
}

// callsService reports whether a command has to know where things go.
func callsService(cmd *cobra.Command) bool {
	if !cmd.HasParent() {
		return false
	}
	for cmd.Parent().HasParent() {
		cmd = cmd.Parent()
	}
	switch cmd.Name() {
	case "completion", "help", "version", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd:
		return false
	}
	return true
}

// checkWhere refuses to guess the catalog.
func (a *app) checkWhere() error {
	if a.demo {
		if a.catalog != "" && !strings.EqualFold(a.catalog, "Sandbox") {
			return usage.Errorf("--demo has the Sandbox catalog only: leave out --catalog %s, or leave out --demo", a.catalog)
		}
		if a.profile != "" {
			return usage.Errorf("--demo calls no account: leave out --profile, or leave out --demo")
		}
		a.catalog = "Sandbox"
		return nil
	}
	from := "--catalog"
	if a.catalog == "" {
		a.catalog, from = os.Getenv("PARTNERCENTRAL_CATALOG"), "PARTNERCENTRAL_CATALOG"
	}
	switch a.catalog {
	case "AWS", "Sandbox":
		return nil
	case "":
		return usage.Errorf("it is not said which catalog to work in: type --catalog Sandbox, --catalog AWS or, to try it without an account, --demo")
	}
	if from == "--catalog" {
		return usage.Errorf("--catalog %q is not a catalog: type Sandbox or AWS", a.catalog)
	}
	return usage.Errorf("%s %q is not a catalog: set it to Sandbox or AWS, or type --catalog", from, a.catalog)
}

// unknownCommand refuses what is no command.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return usage.Errorf("%q is not a command: did you mean %s", args[0], strings.Join(near, " or "))
	}
	return usage.Errorf("%q is not a command: %s --help lists them", args[0], program)
}

// helpCommand says what a command does.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Say what a command does",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usage.Errorf("%q is not a command: %s --help lists them", strings.Join(args, " "), program)
			}
			return found.Help()
		},
	}
}

// exactly refuses another number of arguments than are named.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usage.Errorf("%s is missing: type %s %s", names[len(args)], cmd.CommandPath(), strings.Join(names, " "))
		case len(args) > len(names):
			return usage.Errorf("%q is one too many: type %s", args[len(names)], strings.Join(append([]string{cmd.CommandPath()}, names...), " "))
		}
		return nil
	}
}

// some refuses to be called without arguments.
func some(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage.Errorf("%s is missing: type %s %s", name, cmd.CommandPath(), name)
		}
		return nil
	}
}
