package partnercentral

import (
	"slices"

	"github.com/cosell-dev/partnercentral-go/internal/validate"
)

// The enums and shapes that operations share, in AWS's spelling. Every enum is
// a string: a value that is newer than this package survives decoding and
// encoding unchanged, and Values lists those that are known.

// Values of the Catalog member. The service matches them case-sensitively.
const (
	// CatalogAWS is the production catalog.
	CatalogAWS = "AWS"
	// CatalogSandbox is the test catalog, served from the same endpoint.
	CatalogSandbox = "Sandbox"
)

// TaskStatus is the state of a task.
type TaskStatus string

// Enum values for TaskStatus.
const (
	TaskStatusInProgress TaskStatus = "IN_PROGRESS"
	TaskStatusComplete   TaskStatus = "COMPLETE"
	TaskStatusFailed     TaskStatus = "FAILED"
)

// Values returns the known values of TaskStatus. The slice is the caller's.
func (TaskStatus) Values() []TaskStatus {
	return []TaskStatus{TaskStatusInProgress, TaskStatusComplete, TaskStatusFailed}
}

func (s TaskStatus) known() bool { return slices.Contains(s.Values(), s) }

// SalesInvolvementType is the kind of involvement asked of AWS.
type SalesInvolvementType string

// Enum values for SalesInvolvementType.
const (
	SalesInvolvementTypeForVisibilityOnly SalesInvolvementType = "For Visibility Only"
	SalesInvolvementTypeCoSell            SalesInvolvementType = "Co-Sell"
)

// Values returns the known values of SalesInvolvementType. The slice is the
// caller's.
func (SalesInvolvementType) Values() []SalesInvolvementType {
	return []SalesInvolvementType{SalesInvolvementTypeForVisibilityOnly, SalesInvolvementTypeCoSell}
}

// Visibility is how much of the opportunity AWS Sales may see.
type Visibility string

// Enum values for Visibility.
const (
	VisibilityFull    Visibility = "Full"
	VisibilityLimited Visibility = "Limited"
)

// Values returns the known values of Visibility. The slice is the caller's.
func (Visibility) Values() []Visibility {
	return []Visibility{VisibilityFull, VisibilityLimited}
}

// SortOrder is the direction of a sort.
type SortOrder string

// Enum values for SortOrder.
const (
	SortOrderAscending  SortOrder = "ASCENDING"
	SortOrderDescending SortOrder = "DESCENDING"
)

// Values returns the known values of SortOrder. The slice is the caller's.
func (SortOrder) Values() []SortOrder {
	return []SortOrder{SortOrderAscending, SortOrderDescending}
}

// ListTasksSortName is the field that a List of tasks is sorted by.
type ListTasksSortName string

// Enum values for ListTasksSortName.
const (
	ListTasksSortNameStartTime ListTasksSortName = "StartTime"
)

// Values returns the known values of ListTasksSortName. The slice is the
// caller's.
func (ListTasksSortName) Values() []ListTasksSortName {
	return []ListTasksSortName{ListTasksSortNameStartTime}
}

// ValidationExceptionReason is why the service refused a request.
type ValidationExceptionReason string

// Enum values for ValidationExceptionReason.
const (
	// The request does not have the form that the service asks for.
	ValidationExceptionReasonRequestValidationFailed ValidationExceptionReason = "REQUEST_VALIDATION_FAILED"
	// The request breaks a rule of the business, such as the state of an
	// opportunity.
	ValidationExceptionReasonBusinessValidationFailed ValidationExceptionReason = "BUSINESS_VALIDATION_FAILED"
)

// Values returns the known values of ValidationExceptionReason. The slice is
// the caller's.
func (ValidationExceptionReason) Values() []ValidationExceptionReason {
	return []ValidationExceptionReason{
		ValidationExceptionReasonRequestValidationFailed,
		ValidationExceptionReasonBusinessValidationFailed,
	}
}

// ValidationExceptionErrorCode is what is wrong with one field.
type ValidationExceptionErrorCode string

// Enum values for ValidationExceptionErrorCode.
const (
	ValidationExceptionErrorCodeRequiredFieldMissing ValidationExceptionErrorCode = "REQUIRED_FIELD_MISSING"
	ValidationExceptionErrorCodeInvalidEnumValue     ValidationExceptionErrorCode = "INVALID_ENUM_VALUE"
	ValidationExceptionErrorCodeInvalidStringFormat  ValidationExceptionErrorCode = "INVALID_STRING_FORMAT"
	ValidationExceptionErrorCodeInvalidValue         ValidationExceptionErrorCode = "INVALID_VALUE"
	ValidationExceptionErrorCodeNotEnoughValues      ValidationExceptionErrorCode = "NOT_ENOUGH_VALUES"
	ValidationExceptionErrorCodeTooManyValues        ValidationExceptionErrorCode = "TOO_MANY_VALUES"
	ValidationExceptionErrorCodeInvalidResourceState ValidationExceptionErrorCode = "INVALID_RESOURCE_STATE"
	ValidationExceptionErrorCodeDuplicateKeyValue    ValidationExceptionErrorCode = "DUPLICATE_KEY_VALUE"
	ValidationExceptionErrorCodeValueOutOfRange      ValidationExceptionErrorCode = "VALUE_OUT_OF_RANGE"
	ValidationExceptionErrorCodeActionNotPermitted   ValidationExceptionErrorCode = "ACTION_NOT_PERMITTED"
)

// Values returns the known values of ValidationExceptionErrorCode. The slice
// is the caller's.
func (ValidationExceptionErrorCode) Values() []ValidationExceptionErrorCode {
	return []ValidationExceptionErrorCode{
		ValidationExceptionErrorCodeRequiredFieldMissing,
		ValidationExceptionErrorCodeInvalidEnumValue,
		ValidationExceptionErrorCodeInvalidStringFormat,
		ValidationExceptionErrorCodeInvalidValue,
		ValidationExceptionErrorCodeNotEnoughValues,
		ValidationExceptionErrorCodeTooManyValues,
		ValidationExceptionErrorCodeInvalidResourceState,
		ValidationExceptionErrorCodeDuplicateKeyValue,
		ValidationExceptionErrorCodeValueOutOfRange,
		ValidationExceptionErrorCodeActionNotPermitted,
	}
}

// AccessDeniedExceptionErrorCode is why access was denied, where the service
// says so.
type AccessDeniedExceptionErrorCode string

// Enum values for AccessDeniedExceptionErrorCode.
const (
	// AWS does not explain this value for the Selling API. Reported when the
	// account was not registered as a partner in the catalog.
	AccessDeniedExceptionErrorCodeIncompatibleBenefitAwsPartnerState AccessDeniedExceptionErrorCode = "INCOMPATIBLE_BENEFIT_AWS_PARTNER_STATE"
)

// Values returns the known values of AccessDeniedExceptionErrorCode. The slice
// is the caller's.
func (AccessDeniedExceptionErrorCode) Values() []AccessDeniedExceptionErrorCode {
	return []AccessDeniedExceptionErrorCode{AccessDeniedExceptionErrorCodeIncompatibleBenefitAwsPartnerState}
}

// AwsSubmission says how an opportunity is submitted to AWS.
type AwsSubmission struct {
	// The involvement asked of AWS.
	//
	// This member is required.
	InvolvementType SalesInvolvementType `json:",omitempty"`

	// Who at AWS may see the opportunity. Optional; AWS documents the default
	// Full (on SubmitOpportunity).
	Visibility Visibility `json:",omitempty"`
}

// Tag is a key and value given to the resource snapshot job that a task
// creates.
type Tag struct {
	// 1 to 128 letters, separators, numbers or _.:/=+-@ .
	//
	// This member is required.
	Key *string `json:",omitempty"`

	// 0 to 256 of the same characters. May be empty, not nil.
	//
	// This member is required.
	Value *string `json:",omitempty"`
}

// ListTasksSortBase is the order of a List.
type ListTasksSortBase struct {
	// The field to sort by.
	//
	// This member is required.
	SortBy ListTasksSortName `json:",omitempty"`

	// The direction.
	//
	// This member is required.
	SortOrder SortOrder `json:",omitempty"`
}

// ValidationExceptionError is one refused field of a ValidationException.
type ValidationExceptionError struct {
	// What is wrong.
	Code ValidationExceptionErrorCode

	// The service's explanation.
	Message *string

	// The path of the field, such as ExpectedCustomerSpend.CurrencyCode.
	FieldName *string
}

func checkSort(p *validate.Problems, sort *ListTasksSortBase) {
	if sort != nil {
		p.Sort(string(sort.SortBy), string(sort.SortOrder))
	}
}

func checkTags(p *validate.Problems, tags []Tag) {
	if !p.Size("Tags", len(tags), tags == nil, 200) {
		return
	}
	for i, tag := range tags {
		p.Tag(i, tag.Key, tag.Value)
	}
}
