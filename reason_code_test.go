package partnercentral

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReasonCodeTransient(t *testing.T) {
	t.Parallel()
	transient := map[ReasonCode]bool{
		ReasonCodeInternalError:        true,
		ReasonCodeRequestThrottled:     true,
		ReasonCodeServiceQuotaExceeded: true,
	}
	require.Len(t, ReasonCode("").Values(), 22)
	for _, r := range ReasonCode("").Values() {
		require.Equal(t, transient[r], r.Transient(), string(r))
	}
	for _, r := range []ReasonCode{"", "null", "SomethingNew", "internalerror", "internal_error", "INTERNALERROR", "INTERNAL_ERRORS"} {
		require.False(t, r.Transient(), string(r))
	}
}

// The other spelling of a reason is that reason, for every method and in a Task.
func TestReasonCodeSpelling(t *testing.T) {
	t.Parallel()
	for _, r := range ReasonCode("").Values() {
		var other strings.Builder
		for i, c := range string(r) {
			if i > 0 && 'A' <= c && c <= 'Z' {
				other.WriteByte('_')
			}
			other.WriteString(strings.ToUpper(string(c)))
		}
		spelled := ReasonCode(other.String())
		require.Equal(t, r.Transient(), spelled.Transient(), string(spelled))
		require.Equal(t, r.Remedy(), spelled.Remedy(), string(spelled))
		require.Equal(t, r.Explain(), spelled.Explain(), string(spelled))
		summary := ListEngagementFromOpportunityTaskSummary{ReasonCode: spelled}
		require.Equal(t, r, summary.Task().ReasonCode)
		require.Equal(t, spelled, summary.ReasonCode, "what came is kept in the answer")
	}
	summary := ListEngagementFromOpportunityTaskSummary{ReasonCode: "SOMETHING_NEW"}
	require.Equal(t, ReasonCode("SOMETHING_NEW"), summary.Task().ReasonCode)
}

func TestReasonCodeExplain(t *testing.T) {
	t.Parallel()
	unknown := ReasonCode("SomethingNew").Explain()
	require.NotEmpty(t, unknown)
	require.Empty(t, ReasonCode("").Explain())
	// Words of programmers: names of operations and members, actions, tokens.
	technical := regexp.MustCompile(`[a-z][A-Z]|_|partnercentral|token|API|snapshot|throttl|grant |policy`)
	seen := map[string]ReasonCode{}
	for _, r := range ReasonCode("").Values() {
		sentence := r.Explain()
		require.NotEqual(t, unknown, sentence, string(r))
		require.Regexp(t, `^[A-Z][^.]+\.$`, sentence, "%s: one sentence", r)
		require.Empty(t, technical.FindString(sentence), "%s: %s", r, sentence)
		require.Empty(t, seen[sentence], "%s and %s say the same", r, seen[sentence])
		seen[sentence] = r
		switch {
		case strings.HasSuffix(string(r), "AccessDenied"):
			require.Contains(t, sentence, "not allowed", string(r))
		case r == ReasonCodeServiceQuotaExceeded || r == ReasonCodeRequestThrottled:
			require.Contains(t, sentence, "the deal itself is fine", string(r))
		}
	}
}

func TestReasonCodeRemedy(t *testing.T) {
	t.Parallel()
	unknown := ReasonCode("SomethingNew").Remedy()
	require.NotEmpty(t, unknown)
	require.Empty(t, ReasonCode("").Remedy())

	seen := map[string]ReasonCode{}
	for _, r := range ReasonCode("").Values() {
		remedy := r.Remedy()
		require.NotEmpty(t, remedy, string(r))
		require.NotEqual(t, unknown, remedy, string(r))
		require.False(t, strings.HasSuffix(remedy, "."), string(r))
		require.Empty(t, seen[remedy], "%s and %s say the same", r, seen[remedy])
		seen[remedy] = r
		switch {
		case strings.HasSuffix(string(r), "AccessDenied"):
			require.Contains(t, remedy, "grant partnercentral:", string(r))
		case r.Transient():
			require.Contains(t, remedy, "wait", string(r))
		case strings.HasSuffix(string(r), "NotPermitted"):
			require.Contains(t, remedy, "do not repeat", string(r))
		}
	}
}
