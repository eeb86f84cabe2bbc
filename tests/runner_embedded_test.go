package tests

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// What a program keeps with an input of its own.
type (
	anyDeal struct {
		pc.StartTaskInput
		row *int
	}
	oneDeal struct {
		*pc.StartEngagementFromOpportunityTaskInput
		row *int
	}
	wholeDeal struct {
		pc.StartEngagementFromOpportunityTaskInput
		row *int
	}
)

func TestRunOfAnInputThatIsEmbedded(t *testing.T) {
	row := 7
	for name, tc := range map[string]struct {
		input pc.StartTaskInput
		bad   bool
	}{
		"interface":        {anyDeal{submission(1), &row}, false},
		"pointer":          {oneDeal{submission(1), &row}, false},
		"twice":            {&anyDeal{oneDeal{submission(1), &row}, &row}, false},
		"whole":            {&wholeDeal{*submission(1), &row}, false},
		"nil interface":    {anyDeal{row: &row}, true},
		"nil pointer":      {oneDeal{row: &row}, true},
		"nil pointer to":   {(*anyDeal)(nil), true},
		"nil pointer in":   {anyDeal{(*oneDeal)(nil), &row}, true},
		"nil whole struct": {(*wholeDeal)(nil), true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				_, err := pc.NewRunner(svc.Client()).Run(t.Context(), tc.input)
				for result := range pc.NewRunner(svc.Client()).RunAll(t.Context(), slices.Values([]pc.StartTaskInput{tc.input})) {
					require.IsType(t, tc.input, result.Input)
					if tc.bad {
						requireState(t, result.Err, pc.RunNotStarted)
						continue
					}
					require.NoError(t, result.Err)
					require.Equal(t, tc.input, result.Input)
				}
				if tc.bad {
					requireState(t, err, pc.RunNotStarted)
					require.ErrorContains(t, err, "the input is nil")
					return
				}
				require.NoError(t, err)
				require.Len(t, svc.Tasks(), 2)
			})
		})
	}
}

// The input is copied, and what stands beside it is the caller's.
func TestRunAllCopiesInputsThatAreEmbedded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		row := 7
		for name, wrap := range map[string]func(*pc.StartEngagementFromOpportunityTaskInput) pc.StartTaskInput{
			"interface": func(in *pc.StartEngagementFromOpportunityTaskInput) pc.StartTaskInput { return anyDeal{in, &row} },
			"pointer":   func(in *pc.StartEngagementFromOpportunityTaskInput) pc.StartTaskInput { return &oneDeal{in, &row} },
			"whole":     func(in *pc.StartEngagementFromOpportunityTaskInput) pc.StartTaskInput { return &wholeDeal{*in, &row} },
		} {
			in := submission(1)
			for result := range pc.NewRunner(svc.Client()).RunAll(t.Context(), func(yield func(pc.StartTaskInput) bool) {
				yield(wrap(in))
				*in.Identifier = "O9999"
			}) {
				require.NoError(t, result.Err, name)
				require.Equal(t, "O1001", result.Task.OpportunityID, name)
				require.Equal(t, "O1001", result.Input.Task().OpportunityID, name)
				switch got := result.Input.(type) {
				case anyDeal:
					require.Same(t, &row, got.row)
				case *oneDeal:
					require.Same(t, &row, got.row)
				case *wholeDeal:
					require.Same(t, &row, got.row)
				}
			}
		}
	})
}

// The engagements of an input that is embedded count as well.
func TestRunOfAnEmbeddedInputAdoptsTheSameEngagementsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(fake.StartProspectingFromEngagementTask, fake.After(40*time.Minute, fake.Complete()))
		other := elsewhere(t, svc, prospectingRun(1))
		runner := pc.NewRunner(svc.Client(), adopting(0))
		in := prospectingRun(1)
		in.Identifiers = []string{"eng-0000000000000z"}
		in.ClientToken = aws.String(pc.ClientTokenFor("z"))
		task, err := runner.Start(t.Context(), anyDeal{StartTaskInput: in})
		require.NoError(t, err)
		require.False(t, task.Adopted)
		task, err = runner.Start(t.Context(), anyDeal{StartTaskInput: prospectingRun(1)})
		require.NoError(t, err)
		require.True(t, task.Adopted)
		require.Equal(t, other.ID, task.ID)
	})
}
