// Package partnercentral is a typed, thin client for the asynchronous task
// operations of the AWS Partner Central Selling API, with a waiter that drives
// tasks to their end and a runner that starts each of them once.
//
// It has two layers.
//
// The operation layer is what a generated client of the AWS SDK for Go v2 would
// be: [Client] with one method an operation, [Options], paginators, typed enums
// and errors, and one-method APIClient interfaces for mocks. A Start carries a
// ClientToken, which makes it safe to repeat, and is filled in when absent. A
// [Quota] paces calls to what the service allows an account.
//
// The task layer is what no SDK has, built on the interfaces of the operation
// layer:
//   - [Task] is what is known of a task, whatever started it: a plain value, and
//     its own resume token in JSON;
//   - [TaskWaiter] waits for any number of tasks with very few List calls;
//   - [Runner] starts tasks, waits for them, and survives lost answers, throttling
//     and crashes; [ClientTokenFor] gives the token that makes it so.
//
// A task that has FAILED is an answer of the operation layer, not an error, and a
// Start often answers when its task has ended: read TaskStatus, or hand the
// output's Task to a waiter.
//
// Package partnercentraltest is a fake of the service, to test against.
package partnercentral
