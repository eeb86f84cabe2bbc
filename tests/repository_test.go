package tests

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every module of the repository is known to Dependabot, and is published or is
// known not to be.
func TestModulesAreListed(t *testing.T) {
	dependabot, err := os.ReadFile("../.github/dependabot.yml")
	require.NoError(t, err)
	release, err := os.ReadFile("../.ci/release")
	require.NoError(t, err)
	modules := 0
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git"):
			return filepath.SkipDir
		case entry.Name() != "go.mod":
			return nil
		}
		modules++
		dir := strings.Trim(filepath.ToSlash(filepath.Dir(path)), "./")
		known := regexp.MustCompile(`(?m)^    directory: /` + regexp.QuoteMeta(dir) + `$`).Match(dependabot)
		require.True(t, known, "%s is not in .github/dependabot.yml", path)
		if dir != "" {
			known := regexp.MustCompile(`(?m)^(UN)?PUBLISHED="([^"]* )?` + regexp.QuoteMeta(dir) + `[ "]`).Match(release)
			require.True(t, known, "%s is in neither list of .ci/release", path)
		}
		return nil
	}))
	require.Greater(t, modules, 1)
}
