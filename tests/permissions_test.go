package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

// allowed returns the actions that each policy of docs/policies allows, without
// their prefix. It reads the files as IAM does, not as the program that made them.
func allowed(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("../docs/policies/*.json")
	require.NoError(t, err)
	policies := map[string][]string{}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		require.NoError(t, err)
		var policy struct {
			Version   string
			Statement []struct {
				Effect    string
				Action    []string
				Resource  any
				Condition map[string]map[string][]string
			}
		}
		require.NoError(t, json.Unmarshal(raw, &policy), name)
		require.Equal(t, "2012-10-17", policy.Version, name)
		for _, s := range policy.Statement {
			require.Equal(t, "Allow", s.Effect, name)
			require.True(t, s.Resource != "*" || s.Condition["StringEquals"]["partnercentral:Catalog"] != nil, "%s: limited neither by resource nor by catalog", name)
			for _, action := range s.Action {
				action, ok := strings.CutPrefix(action, "partnercentral:")
				require.True(t, ok && !strings.Contains(action, "*"), "%s: %s", name, action)
				policies[strings.TrimSuffix(filepath.Base(name), ".json")] = append(policies[strings.TrimSuffix(filepath.Base(name), ".json")], action)
			}
		}
	}
	return policies
}

// The policies allow every operation of the client, and the one for reading
// allows those that read, and those alone.
func TestPoliciesFitTheClient(t *testing.T) {
	policies := allowed(t)
	raw, err := os.ReadFile("../docs/policies/known-actions.txt")
	require.NoError(t, err)
	known := strings.Fields(string(raw))

	var reads []string
	client := reflect.TypeFor[*pc.Client]()
	for i := range client.NumMethod() {
		name := client.Method(i).Name
		if !slices.Contains(known, name) {
			require.Equal(t, "Options", name, "a method that is no action of the service")
			continue
		}
		require.Contains(t, policies["all"], name)
		require.Contains(t, policies["sandbox"], name)
		if !strings.HasPrefix(name, "Start") {
			reads = append(reads, name)
		}
	}
	for name, actions := range policies {
		require.Subset(t, known, actions, name)
	}
	require.Subset(t, policies["read"], reads)
	for _, action := range policies["read"] {
		require.True(t, strings.HasPrefix(action, "List") || strings.HasPrefix(action, "Get"), action)
	}

	raw, err = os.ReadFile("../docs/policies/sandbox.json")
	require.NoError(t, err)
	require.NotContains(t, string(raw), `"AWS"`)
	require.NotContains(t, string(raw), "catalog/AWS")
}

// A policy of one kind of task allows its Start, what a waiter for it calls, and
// no Start of another kind.
func TestPoliciesOfOneKind(t *testing.T) {
	policies := allowed(t)
	for name, needs := range map[string][]string{
		"engagement-by-accepting-invitation": {"StartEngagementByAcceptingInvitationTask", "ListEngagementByAcceptingInvitationTasks"},
		"engagement-from-opportunity":        {"StartEngagementFromOpportunityTask", "ListEngagementFromOpportunityTasks"},
		"opportunity-from-engagement":        {"StartOpportunityFromEngagementTask", "ListOpportunityFromEngagementTasks", "ListEngagementFromOpportunityTasks"},
		"prospecting-from-engagement":        {"StartProspectingFromEngagementTask", "ListProspectingFromEngagementTasks", "GetProspectingFromEngagementTask"},
	} {
		require.Subset(t, policies[name], needs)
		for _, action := range policies[name] {
			other := strings.HasPrefix(action, "Start") && strings.HasSuffix(action, "Task") && !slices.Contains(needs, action)
			require.False(t, other, "%s: %s", name, action)
		}
	}
}
