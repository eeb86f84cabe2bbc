package main

import (
	"bytes"
	"regexp"
	"testing"
	"testing/synctest"
)

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		if err := run(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			`StartEngagementByAcceptingInvitationTask task-\w{13} IN_PROGRESS`,
			`StartEngagementByAcceptingInvitationTask task-\w{13} COMPLETE: opportunity O\d+ from invitation engi-0000001abc3de`,
			`StartEngagementFromOpportunityTask task-\w{13} COMPLETE: engagement eng-\w{14}, invitation engi-\w{13}`,
			`StartEngagementFromOpportunityTask task-\w{13} FAILED: OpportunityValidationFailed: The target close date is in the past.`,
			`what to do about task-\w{13}: complete the opportunity`,
			`calls in all`,
		} {
			if !regexp.MustCompile(line).Match(out.Bytes()) {
				t.Errorf("no line %s in\n%s", line, out.String())
			}
		}
	})
}
