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
				a.printer.Object(struct {
					Demo    bool   `json:"demo,omitempty"`
					Version string `json:"version"`
					Go      string `json:"go"`
				}{a.demo, version, goVersion})
				return nil
			}
			prefix := ""
			if a.demo {
				prefix = report.DemoPrefix
			}
			_, err := fmt.Fprintf(a.out, "%s%s %s\n", prefix, program, version)
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
