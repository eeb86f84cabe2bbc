// Package partnercentraltest is a fake of the task operations of the AWS
// Partner Central Selling API, to test against: in memory, as a server on the
// loopback interface, or, in cmd/partnercentral-fake, as a program of its own
// for any AWS SDK.
//
// # A first test
//
//	func TestSubmit(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			svc := partnercentraltest.New(t)
//			svc.Script(partnercentraltest.StartEngagementFromOpportunityTask,
//				partnercentraltest.After(30*time.Minute, partnercentraltest.Fail(
//					partnercentral.ReasonCodeOpportunityValidationFailed, "close date is in the past")))
//			client := svc.Client() // the real client, really signing, no socket
//			...                    // thirty minutes pass at once
//		})
//	}
//
// The whole of it is in first_ext_test.go.
//
// # Three doors
//
// [Service.Client] and [Service.Transport] need no socket and work in a
// testing/synctest bubble. [Service.Listen] opens a loopback port.
// [Service.ServeHTTP] is for servers of your own. Behind each is the same code,
// and a broken connection looks to a client the same through all of them.
//
// # Outcomes
//
// A task that nobody scripted completes after [DefaultDuration], so that loops
// which wait are exercised. [Service.Script] queues other outcomes: [Complete],
// [Fail], [Never], [EndIn], timed with [Immediately], [After] or [AfterPolls],
// hidden from Lists at first with [VisibleAfter]. [Service.When] narrows a
// script down to a token or an identifier. [Repeat] and [ByDefault] make an
// outcome that of several tasks, or of all further ones. Operations that are not
// modelled answer what [Service.Answer] says.
//
// [Service.Invite] makes invitations, which are listed, accepted by a Start, and
// expire. [WithEvents] says what EventBridge would say of all this.
//
// # Faults
//
// A fault is an operation, a [Count] ([Nth], [Times], [Always]) and an
// [Effect]: an error ([Throttle], [Error], [Refuse]), an answer that is none
// ([HTML], [Empty], [EmptyOK], [Malformed], [Truncate]), a broken connection
// ([Reset], [CloseEarly]), time ([Slow], [Stall]) or trouble with the caller's
// credentials ([ExpiredToken], [WrongClock], [RefusedSignature]). It strikes
// [BeforeCommit] or [AfterCommit]. There are no probabilities: a test does the
// same each time. A caller can ask for a fault of its own call by
// [FaultHeader].
//
// # Honesty
//
// Outcomes and faults that were not used fail the test, with the call that came
// nearest. A mistake in a declaration ends the test at its line. Requests are
// checked as strictly as the service's model allows, and signatures are
// verified. docs/fidelity.md says what of the real service is modelled, what is
// assumed and what is left out.
package partnercentraltest
