package main

import (
	"github.com/spf13/cobra"

	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/target"
	"github.com/cosell-dev/partnercentral-go/cmd/partnercentral/internal/usage"
)

// shells are those that completion is written for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func (a *app) completion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Write what lets a shell complete commands and options",
		Long: `Write a script that lets a shell complete commands, options and their values: for
bash, zsh, fish or powershell.`,
		Example: `  source <(partnercentral completion bash)
  partnercentral completion zsh > "${fpath[1]}/_partnercentral"
  partnercentral completion fish > ~/.config/fish/completions/partnercentral.fish
  partnercentral completion powershell | Out-String | Invoke-Expression`,
		Args:      exactly("SHELL"),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			shell, err := target.Word("shell", args[0], shells)
			switch {
			case err != nil:
				return err
			case a.demo:
				return usage.Errorf("completion writes a script, which cannot say in each line that it is the demo: leave out --demo")
			}
			root := cmd.Root()
			switch shell {
			case "bash":
				return root.GenBashCompletionV2(a.out, true)
			case "zsh":
				return root.GenZshCompletion(a.out)
			case "fish":
				return root.GenFishCompletion(a.out, true)
			}
			return root.GenPowerShellCompletionWithDesc(a.out)
		},
	}
}
