// Package types has the shapes of the stand-in; see package
// partnercentralselling.
package types

import "time"

type TaskStatus string

const (
	TaskStatusInProgress TaskStatus = "IN_PROGRESS"
	TaskStatusComplete   TaskStatus = "COMPLETE"
	TaskStatusFailed     TaskStatus = "FAILED"
)

type ReasonCode string

type SortOrder string

const (
	SortOrderAscending  SortOrder = "ASCENDING"
	SortOrderDescending SortOrder = "DESCENDING"
)

type ListTasksSortName string

const ListTasksSortNameStartTime ListTasksSortName = "StartTime"

type ListTasksSortBase struct {
	SortBy    ListTasksSortName
	SortOrder SortOrder

	noSmithyDocumentSerde
}

type ListEngagementFromOpportunityTaskSummary struct {
	EngagementId           *string
	EngagementInvitationId *string
	Message                *string
	OpportunityId          *string
	ReasonCode             ReasonCode
	ResourceSnapshotJobId  *string
	StartTime              *time.Time
	TaskArn                *string
	TaskId                 *string
	TaskStatus             TaskStatus

	noSmithyDocumentSerde
}

type ListEngagementByAcceptingInvitationTaskSummary struct {
	EngagementInvitationId *string
	Message                *string
	OpportunityId          *string
	ReasonCode             ReasonCode
	ResourceSnapshotJobId  *string
	StartTime              *time.Time
	TaskArn                *string
	TaskId                 *string
	TaskStatus             TaskStatus

	noSmithyDocumentSerde
}

type noSmithyDocumentSerde struct{}
