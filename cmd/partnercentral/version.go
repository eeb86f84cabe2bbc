package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/report"
)

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			version, goVersion := versions()
			if a.printer.Format == report.JSON {
				a.printer.Object(map[string]string{"version": version, "go": goVersion})
				return nil
			}
			_, err := fmt.Fprintln(a.out, program, version)
			return err
		},
	}
}

// versions returns that of the program and that of Go.
func versions() (version, goVersion string) {
	version = "(unreleased)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		version = info.Main.Version
	}
	return version, runtime.Version()
}
