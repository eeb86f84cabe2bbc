// Package partnercentral is a typed, thin client for the asynchronous task
// operations of the AWS Partner Central Selling API.
//
// The operation layer is what a generated client of the AWS SDK for Go v2 would
// be: [Client] with one method an operation, [Options], paginators, typed enums
// and errors, and one-method APIClient interfaces for mocks. A Start carries a
// ClientToken, which makes it safe to repeat, and is filled in when absent.
//
// A task that has FAILED is an answer, not an error, and a Start often answers
// when its task has ended: look at TaskStatus first.
package partnercentral
