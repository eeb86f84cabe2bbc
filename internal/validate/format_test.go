package validate

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
)

func TestFormats(t *testing.T) {
	for name, test := range map[string]struct {
		format  Format
		good    []string
		refused []string
	}{
		"catalog":     {catalogName, []string{"AWS", "Sandbox"}, []string{"", "AWS1", "A B"}},
		"opportunity": {OpportunityID, []string{"O1", "O1234567890123456789"}, []string{"", "O", "o1", "O12345678901234567890", "O1x", "arn:x"}},
		"invitation":  {InvitationIDOrARN, []string{"engi-0123456789abc", "arn:x"}, []string{"engi-0123456789ab", "engi-0123456789abcd", "engi-0123456789abC", "arn:" + strings.Repeat("x", 252)}},
		"engagement":  {EngagementIDOrARN, []string{"eng-0123456789abcd", "arn:x"}, []string{"eng-0123456789abc", "engi-0123456789abc", "arn:\n"}},
		"context":     {ContextID, []string{"1", "42"}, []string{"", "0", "01", "1a"}},
		"task":        {TaskIDOrARN, []string{"task-0123456789abc", "arn:x"}, []string{"task-0123456789abcd", "task-", "arn:aws:x:/prospecting-from-engagement-task/task-0123456789abcd"}},
		"prospecting": {ProspectingTaskID, []string{"task-0123456789abcd"}, []string{"task-0123456789abc", "arn:x"}},
		"name":        {TaskName, []string{"n", strings.Repeat("ä", 128)}, []string{"", strings.Repeat("n", 129), "\xff"}},
	} {
		for _, value := range test.good {
			require.True(t, test.format.Match(value), "%s %q", name, value)
		}
		for _, value := range test.refused {
			require.False(t, test.format.Match(value), "%s %q", name, value)
		}
	}
}

func TestProblemsAreReportedTogether(t *testing.T) {
	p := Input("StartX")
	require.NoError(t, p.Err())
	p.Catalog(nil)
	p.ClientToken(aws.String(""))
	p.Required("Identifier", aws.String("task-0123456789abcd"), TaskIDOrARN)
	var invalid smithy.InvalidParamsError
	require.ErrorAs(t, p.Err(), &invalid)
	require.Equal(t, 3, invalid.Len())
	require.Equal(t, "StartXInput", invalid.Context)
	for _, part := range []string{"StartXInput.Catalog", "leave it nil", "use GetProspectingFromEngagementTask"} {
		require.ErrorContains(t, p.Err(), part)
	}
}
