package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// given is the value of an option. It takes no empty text for a value, which in a
// script is a variable that was not set, and no second value, of which one would
// be lost in silence.
type given struct {
	pflag.Value
	flag *pflag.Flag
	text string
	set  bool
}

// careful lets all options of a command, and of those below it, be given so.
func careful(cmd *cobra.Command) {
	wrap := func(f *pflag.Flag) {
		if _, done := f.Value.(*given); !done {
			f.Value = &given{Value: f.Value, flag: f}
		}
	}
	cmd.PersistentFlags().VisitAll(wrap)
	cmd.Flags().VisitAll(wrap)
	for _, sub := range cmd.Commands() {
		careful(sub)
	}
}

func (g *given) Set(text string) error {
	_, many := g.Value.(pflag.SliceValue)
	name, _ := pflag.UnquoteUsage(g.flag)
	switch {
	case strings.TrimSpace(text) == "" && g.flag.NoOptDefVal != "":
		return usage.Errorf("--%s takes no such value as an empty one: type --%s alone, or leave it out", g.flag.Name, g.flag.Name)
	case strings.TrimSpace(text) == "":
		return usage.Errorf("--%s is empty: type its %s after it, or leave it out", g.flag.Name, name)
	case g.set && !many && text != g.text:
		return usage.Errorf("--%s is there twice, with different values: type it once", g.flag.Name)
	}
	g.set, g.text = true, text
	return g.Value.Set(text)
}

// flagMistake says what is wrong with a flag.
func flagMistake(cmd *cobra.Command, err error) error {
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var unknown *pflag.NotExistError
	var mistake *usage.Mistake
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &mistake):
		return mistake
	case errors.As(err, &missing):
		flag := missing.GetFlag()
		name, _ := pflag.UnquoteUsage(flag)
		return usage.Errorf("--%s has no value: type its %s after it, as %s --help says", flag.Name, name, cmd.CommandPath())
	case errors.As(err, &invalid):
		return usage.Errorf("--%s takes no such value as %q: type --%s alone", invalid.GetFlag().Name, invalid.GetValue(), invalid.GetFlag().Name)
	case errors.As(err, &unknown):
		name := "-" + unknown.GetSpecifiedShortnames()
		if name == "-" {
			name = "--" + unknown.GetSpecifiedName()
		}
		return usage.Errorf("%s is not an option of %s: %s --help lists them", name, cmd.CommandPath(), cmd.CommandPath())
	}
	return usage.Errorf("an option has the wrong form: %s --help lists them", cmd.CommandPath())
}
