// Package partnercentral is a client for the asynchronous tasks of the AWS Partner
// Central Selling API. It has two layers.
//
// The operations are what a generated client of the AWS SDK for Go v2 would be:
// [Client] with one method for each operation, [Options], paginators, typed enums
// and errors, and one-method APIClient interfaces for mocks. Each Start has a
// ClientToken, which makes it safe to repeat and is filled in when absent. A
// [Quota] paces calls to what the service allows an account.
//
// The tasks are built on the interfaces of the operations:
//   - [Task] is what is known of a task: a plain value, and in JSON its own resume
//     token;
//   - [TaskWaiter] waits for any number of tasks with very few List calls;
//   - [Runner] starts tasks and waits for them, and survives lost answers,
//     throttling and crashes, with a token from [ClientTokenFor].
//
// A task that has FAILED is an answer of the operations, not an error, and a Start
// often answers only when its task has ended. Read TaskStatus, or hand the output's
// Task to a waiter, which returns a [*TaskFailedError].
//
// Every feature has an example below. The pages in the folder docs describe waiting,
// running, errors, quotas, permissions and telemetry. Package partnercentraltest is a
// fake of the service to test against, partnercentralevents reads its events.
package partnercentral
