package partnercentral

import "strings"

// ReasonCode is why a task failed. AWS documents the names alone and puts what
// to do into the task's Message; what each value means here, whether it may
// pass (Transient) and what a caller can do (Remedy) is inferred from the name,
// from the documented steps of a task and from the errors of the operations
// that those steps call, unless its comment says otherwise.
//
// A failed task is not rolled back as far as documented: the steps before the
// one that failed may have left an engagement, an accepted invitation or an
// opportunity behind.
//
// The zero value is no reason. A value newer than this package survives
// decoding, is not transient and has a general remedy and explanation. The
// methods take OPPORTUNITY_VALIDATION_FAILED for OpportunityValidationFailed,
// and so on: another program's fake of the service writes it so. A [Task] has the
// constant's spelling.
type ReasonCode string

// Enum values for ReasonCode.
const (
	// In the API since 2024-11-14. The step that reads, accepts or creates the
	// invitation was denied: inferred from the name. Not transient: a permission
	// stays missing until somebody grants it.
	ReasonCodeInvitationAccessDenied ReasonCode = "InvitationAccessDenied"

	// Since 2024-12-05. The invitation cannot be accepted or created as it is.
	// Inferred; documented is that an invitation expires after 15 days without
	// an answer, and that lead invitations are accepted by another operation.
	// Not transient.
	ReasonCodeInvitationValidationFailed ReasonCode = "InvitationValidationFailed"

	// Since 2024-11-14. The step that creates or reads the engagement was
	// denied: inferred. Not transient.
	ReasonCodeEngagementAccessDenied ReasonCode = "EngagementAccessDenied"

	// Since 2024-11-14. The step that reads, creates or submits the opportunity
	// was denied: inferred. Not transient.
	ReasonCodeOpportunityAccessDenied ReasonCode = "OpportunityAccessDenied"

	// Since 2024-11-14. The step that creates or starts the snapshot job was
	// denied: inferred. Tags of a Start go to that job, so a missing permission
	// to tag may show here too. Not transient.
	ReasonCodeResourceSnapshotJobAccessDenied ReasonCode = "ResourceSnapshotJobAccessDenied"

	// Since 2024-12-05. The snapshot job was refused: inferred. Not transient.
	ReasonCodeResourceSnapshotJobValidationFailed ReasonCode = "ResourceSnapshotJobValidationFailed"

	// Since 2024-12-05. A snapshot job for the opportunity exists already:
	// inferred. Not transient: somebody has to look at what is there.
	ReasonCodeResourceSnapshotJobConflict ReasonCode = "ResourceSnapshotJobConflict"

	// Since 2024-11-14. The data of the engagement was refused: inferred. Not
	// transient.
	ReasonCodeEngagementValidationFailed ReasonCode = "EngagementValidationFailed"

	// Since 2024-12-05. The engagement changed meanwhile or exists already:
	// inferred. Not transient: which of the two it was must be looked at first.
	ReasonCodeEngagementConflict ReasonCode = "EngagementConflict"

	// Since 2024-11-14. The last step, submitting the opportunity, failed:
	// inferred. That ReviewStatus must be "Pending Submission" or "Action
	// Required" is documented, on SubmitOpportunity. The engagement and the
	// invitation may exist by then. Not transient.
	ReasonCodeOpportunitySubmissionFailed ReasonCode = "OpportunitySubmissionFailed"

	// Since 2024-11-14. The invitation is accepted already, or one is pending:
	// inferred. Not transient: the work may be done.
	ReasonCodeEngagementInvitationConflict ReasonCode = "EngagementInvitationConflict"

	// Since 2024-11-14. A fault of the service in one of the steps: inferred.
	// Transient, by analogy with InternalServerException, of which AWS
	// documents that it usually passes after a short interval.
	ReasonCodeInternalError ReasonCode = "InternalError"

	// Since 2024-11-14. The opportunity is not complete enough to be submitted
	// or created: inferred. Users report missing PrimaryNeedsFromAws,
	// ExpectedCustomerSpend and DeliveryModels, and a missing solution. Not
	// transient.
	ReasonCodeOpportunityValidationFailed ReasonCode = "OpportunityValidationFailed"

	// Since 2024-11-14. The opportunity changed, or its state excludes the
	// step. Users report it for opportunities that were submitted already. Not
	// transient.
	ReasonCodeOpportunityConflict ReasonCode = "OpportunityConflict"

	// Since 2024-11-15. The step that makes the first snapshot was denied:
	// inferred. Not transient.
	ReasonCodeResourceSnapshotAccessDenied ReasonCode = "ResourceSnapshotAccessDenied"

	// Since 2024-12-05. The content of the snapshot, which is that of the
	// opportunity, was refused: inferred. Not transient.
	ReasonCodeResourceSnapshotValidationFailed ReasonCode = "ResourceSnapshotValidationFailed"

	// Since 2024-12-05. A snapshot of the same opportunity is being made:
	// inferred. Not transient: what makes it has to be known first.
	ReasonCodeResourceSnapshotConflict ReasonCode = "ResourceSnapshotConflict"

	// Since 2024-12-05. A limit was met in one of the steps; which limits count
	// is not documented: inferred. Transient in the sense that a later task can
	// pass, once use has fallen or the limit was raised: leave it time. It
	// comes in the body of a successful answer, so the client's retries do not
	// see it.
	ReasonCodeServiceQuotaExceeded ReasonCode = "ServiceQuotaExceeded"

	// Since 2024-12-05. A step was throttled inside the service: inferred.
	// Transient, as ThrottlingException, of which AWS documents to back off and
	// try again. It comes in the body of a successful answer, so the client's
	// retries do not see it.
	ReasonCodeRequestThrottled ReasonCode = "RequestThrottled"

	// Since 2025-12-01. The context does not exist in the engagement: inferred.
	// Only for tasks that make an opportunity from an engagement. Not
	// transient.
	ReasonCodeContextNotFound ReasonCode = "ContextNotFound"

	// Since 2025-12-01. The context given is a CustomerProject context, or the
	// engagement has one already: inferred. Only for tasks that make an
	// opportunity from an engagement. Not transient.
	ReasonCodeCustomerProjectContextNotPermitted ReasonCode = "CustomerProjectContextNotPermitted"

	// Since 2025-12-01. The lead is disqualified: inferred. Only for tasks that
	// make an opportunity from an engagement. Not transient.
	ReasonCodeDisqualifiedLeadNotPermitted ReasonCode = "DisqualifiedLeadNotPermitted"
)

// Values returns the known values of ReasonCode. The slice is the caller's.
func (ReasonCode) Values() []ReasonCode {
	return []ReasonCode{
		ReasonCodeInvitationAccessDenied,
		ReasonCodeInvitationValidationFailed,
		ReasonCodeEngagementAccessDenied,
		ReasonCodeOpportunityAccessDenied,
		ReasonCodeResourceSnapshotJobAccessDenied,
		ReasonCodeResourceSnapshotJobValidationFailed,
		ReasonCodeResourceSnapshotJobConflict,
		ReasonCodeEngagementValidationFailed,
		ReasonCodeEngagementConflict,
		ReasonCodeOpportunitySubmissionFailed,
		ReasonCodeEngagementInvitationConflict,
		ReasonCodeInternalError,
		ReasonCodeOpportunityValidationFailed,
		ReasonCodeOpportunityConflict,
		ReasonCodeResourceSnapshotAccessDenied,
		ReasonCodeResourceSnapshotValidationFailed,
		ReasonCodeResourceSnapshotConflict,
		ReasonCodeServiceQuotaExceeded,
		ReasonCodeRequestThrottled,
		ReasonCodeContextNotFound,
		ReasonCodeCustomerProjectContextNotPermitted,
		ReasonCodeDisqualifiedLeadNotPermitted,
	}
}

// Transient reports whether the reason may pass by itself, so that a new task
// for the same object can succeed with nothing changed: InternalError,
// RequestThrottled and ServiceQuotaExceeded. It is false for every reason that
// needs a person (access, validation, conflict), for no reason, and for values
// that this package does not know. Inferred: AWS documents no such list.
//
// It says nothing about repeating a Start with the token of the failed task:
// what the service does then is not documented, so a new task needs a new
// token (see [NextClientToken]).
func (r ReasonCode) Transient() bool {
	switch r.canonical() {
	case ReasonCodeInternalError, ReasonCodeRequestThrottled, ReasonCodeServiceQuotaExceeded:
		return true
	}
	return false
}

// Remedy returns what a caller can do about the reason, as one English clause
// without a full stop, for a log line or an error's text. It is inferred (see
// [ReasonCode]); the task's Message is the service's own word and goes first.
// Only the zero value has no remedy, the empty string. A value that this package
// does not know has a general one.
func (r ReasonCode) Remedy() string {
	switch r.canonical() {
	case "":
		return ""
	case ReasonCodeInvitationAccessDenied:
		return "grant partnercentral:GetEngagementInvitation, AcceptEngagementInvitation or CreateEngagementInvitation, check that the invitation belongs to this account and catalog, then start a new task"
	case ReasonCodeInvitationValidationFailed:
		return "look at the invitation with GetEngagementInvitation: an expired or rejected one cannot be revived, a lead invitation is accepted with AcceptEngagementInvitation"
	case ReasonCodeEngagementAccessDenied:
		return "grant partnercentral:CreateEngagement and GetEngagement (and CreateEngagementContext for an opportunity from an engagement), check that the account is a member of the engagement, then start a new task"
	case ReasonCodeOpportunityAccessDenied:
		return "grant partnercentral:GetOpportunity, CreateOpportunity and SubmitOpportunity, check the policy's condition on the catalog, then start a new task"
	case ReasonCodeResourceSnapshotJobAccessDenied:
		return "grant partnercentral:CreateResourceSnapshotJob and StartResourceSnapshotJob (and TagResource if the Start had tags), then start a new task"
	case ReasonCodeResourceSnapshotJobValidationFailed:
		return "correct what the message names, the tags of the Start first, then start a new task"
	case ReasonCodeResourceSnapshotJobConflict:
		return "look for the snapshot job that exists already with ListResourceSnapshotJobs, then start a new task if there is still something to do"
	case ReasonCodeEngagementValidationFailed:
		return "correct the data of the opportunity or engagement that the message names, then start a new task"
	case ReasonCodeEngagementConflict:
		return "look at the engagement with GetEngagement: it may exist or have changed meanwhile; start a new task if there is still something to do"
	case ReasonCodeOpportunitySubmissionFailed:
		return "look at the opportunity with GetOpportunity: ReviewStatus must be Pending Submission or Action Required; correct it, then start a new task"
	case ReasonCodeEngagementInvitationConflict:
		return "look at the invitation with GetEngagementInvitation: it may be accepted or pending already, and nothing be left to do"
	case ReasonCodeInternalError:
		return "wait, then start a new task, a few times at most (a Runner with MaxRestarts does this); if it stays, ask AWS support with the task's ARN"
	case ReasonCodeOpportunityValidationFailed:
		return "complete the opportunity with UpdateOpportunity and AssociateOpportunity as the message says (PrimaryNeedsFromAws, ExpectedCustomerSpend, DeliveryModels and a solution are often missing), then start a new task"
	case ReasonCodeOpportunityConflict:
		return "look at the opportunity with GetOpportunity: its ReviewStatus may say that it is submitted already"
	case ReasonCodeResourceSnapshotAccessDenied:
		return "grant partnercentral:CreateResourceSnapshot on the engagement, then start a new task"
	case ReasonCodeResourceSnapshotValidationFailed:
		return "correct the data of the opportunity that the message names, then start a new task"
	case ReasonCodeResourceSnapshotConflict:
		return "wait until the other snapshot of this opportunity is made, then start a new task"
	case ReasonCodeServiceQuotaExceeded:
		return "reduce use, wait, or ask for more in Service Quotas (us-east-1), then start a new task"
	case ReasonCodeRequestThrottled:
		return "wait, then start a new task; a Runner with MaxRestarts does this"
	case ReasonCodeContextNotFound:
		return "list the contexts with GetEngagement and start a new task with one that exists"
	case ReasonCodeCustomerProjectContextNotPermitted:
		return "do not repeat it as it is: use the lead context of the engagement, and check with GetEngagement whether it was converted already"
	case ReasonCodeDisqualifiedLeadNotPermitted:
		return "do not repeat it as it is: qualify the lead again first, or drop it"
	}
	return "read the task's message, which carries the service's advice, and look at the object of the task before starting a new one"
}

// Explain returns what the reason means for the person who owns the deal, as one
// English sentence in words of the business. [ReasonCode.Remedy] is for whoever
// runs the program. It is inferred (see [ReasonCode]). Only the zero value
// has no explanation. A value that this package does not know has a general one.
func (r ReasonCode) Explain() string {
	switch r.canonical() {
	case "":
		return ""
	case ReasonCodeInvitationAccessDenied:
		return "Our connection to AWS is not allowed to read, answer or send this invitation, so nothing was sent or accepted."
	case ReasonCodeInvitationValidationFailed:
		return "The invitation cannot be used as it is: it may have expired, been declined, or be about a lead instead of an opportunity."
	case ReasonCodeEngagementAccessDenied:
		return "Our connection to AWS is not allowed to create or read the shared engagement for this deal, or our company is not a member of it."
	case ReasonCodeOpportunityAccessDenied:
		return "Our connection to AWS is not allowed to read, create or submit the opportunity."
	case ReasonCodeResourceSnapshotJobAccessDenied:
		return "Our connection to AWS is not allowed to set up the sharing that keeps AWS up to date on this deal."
	case ReasonCodeResourceSnapshotJobValidationFailed:
		return "AWS did not accept the settings of the sharing that keeps it up to date on this deal."
	case ReasonCodeResourceSnapshotJobConflict:
		return "The sharing that keeps AWS up to date on this deal is already set up, perhaps by an earlier attempt."
	case ReasonCodeEngagementValidationFailed:
		return "AWS did not accept the details of the deal for the shared engagement; some of them are missing or wrong."
	case ReasonCodeEngagementConflict:
		return "The shared engagement for this deal exists already or was changed by somebody else at the same moment."
	case ReasonCodeOpportunitySubmissionFailed:
		return "Everything was prepared, but the last step, handing the opportunity to AWS for review, did not go through; it may have been submitted before or need a correction."
	case ReasonCodeEngagementInvitationConflict:
		return "The invitation was answered already, or one is waiting for an answer, so there may be nothing left to do."
	case ReasonCodeInternalError:
		return "Something went wrong at AWS and not with the deal; trying again later usually helps."
	case ReasonCodeOpportunityValidationFailed:
		return "The opportunity is not complete or has a value that AWS does not accept, for example a close date in the past or no solution."
	case ReasonCodeOpportunityConflict:
		return "The opportunity was changed at the same moment, or was already submitted to AWS."
	case ReasonCodeResourceSnapshotAccessDenied:
		return "Our connection to AWS is not allowed to share the details of the deal with AWS."
	case ReasonCodeResourceSnapshotValidationFailed:
		return "AWS did not accept the details of the deal that were to be shared; some of them are missing or wrong."
	case ReasonCodeResourceSnapshotConflict:
		return "The details of the deal are being shared with AWS by another attempt at this moment."
	case ReasonCodeServiceQuotaExceeded:
		return "Our company has reached a limit at AWS for now; the deal itself is fine and has to wait or be sent again later."
	case ReasonCodeRequestThrottled:
		return "AWS was too busy with our requests; the deal itself is fine and has to be sent again."
	case ReasonCodeContextNotFound:
		return "The lead that the opportunity was to be made from is not part of that engagement."
	case ReasonCodeCustomerProjectContextNotPermitted:
		return "The engagement has a customer project already, so the lead was perhaps turned into an opportunity before."
	case ReasonCodeDisqualifiedLeadNotPermitted:
		return "The lead was marked as disqualified, and AWS makes no opportunity from such a lead."
	}
	return "AWS gave a reason that this program does not know yet; the message that came with it says more."
}

// canonical returns the constant that the reason is a spelling of, and the
// reason as it is where it is none.
func (r ReasonCode) canonical() ReasonCode {
	if !strings.Contains(string(r), "_") || strings.ToUpper(string(r)) != string(r) {
		return r
	}
	word := strings.ReplaceAll(string(r), "_", "")
	for _, known := range r.Values() {
		if strings.EqualFold(word, string(known)) {
			return known
		}
	}
	return r
}
