package partnercentral

import (
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
	for _, r := range []ReasonCode{"", "null", "SomethingNew", "internalerror", "INTERNAL_ERROR"} {
		require.False(t, r.Transient(), string(r))
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
