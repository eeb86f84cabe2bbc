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
			`invitation engi-\w{13} \(Data lake\) is PENDING`,
			`invitation engi-\w{13} \(Migration\) is PENDING`,
			`invitation engi-\w{13} \(A lead\) is a LeadInvitation: no task accepts it`,
			`StartEngagementByAcceptingInvitationTask task-\w{13} COMPLETE: opportunity O\d+ from invitation engi-\w{13}`,
			`StartEngagementFromOpportunityTask task-\w{13} COMPLETE: engagement eng-\w{14}, invitation engi-\w{13}`,
			`StartEngagementFromOpportunityTask task-\w{13} FAILED: OpportunityValidationFailed: The target close date is in the past.`,
			`what to do about task-\w{13}: complete the opportunity`,
			`StartOpportunityFromEngagementTask task-\w{13} COMPLETE: opportunity O\d+ from engagement eng-0000000000000a`,
			`StartProspectingFromEngagementTask task-\w{14} FAILED: 1 of 2 engagements failed`,
			`engagement eng-0000000000000a of task-\w{14} COMPLETED`,
			`engagement eng-0000000000000b of task-\w{14} FAILED The engagement is a prospecting lead already`,
			`what to do about task-\w{14}: read the message of each`,
			`calls in all`,
		} {
			if !regexp.MustCompile(line).Match(out.Bytes()) {
				t.Errorf("no line %s in\n%s", line, out.String())
			}
		}
	})
}
