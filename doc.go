// Package partnercentral is a client for the asynchronous tasks of the AWS Partner
// Central Selling API. It has two layers.
//
// The operations are those that a generated client of the AWS SDK for Go v2
// would have: [Client] with one method for each operation, [Options],
// paginators, typed enums and errors, and one-method APIClient interfaces for
// mocks. Each Start has a ClientToken, which makes it safe to repeat. If you
// set none, the client fills one in. A [Quota] paces calls to what the service
// allows an account.
//
// The tasks are built on the interfaces of the operations:
//   - [Task] is what is known of a task: a plain value, and in JSON its own resume
//     token;
//   - [TaskWaiter] waits for any number of tasks with very few List calls;
//   - [Runner] starts tasks and waits for them, and survives lost answers,
//     throttling and crashes, with a token from [ClientTokenFor].
//
// A FAILED task is an answer of an operation, not an error, and a Start often
// answers only when its task has ended. Read TaskStatus, or hand the output's
// Task to a waiter, which returns a [*TaskFailedError].
//
// Every feature has an example below. The pages in the folder docs describe
// the client, waiting, running, errors, quotas, permissions, telemetry and
// testing. Package partnercentraltest is a fake of the service to test
// against, partnercentralevents reads the service's events.
package partnercentral
