// Package partnercentralriver runs tasks of partnercentral on River, a job queue
// on the database that a service has anyway: PostgreSQL for many machines,
// SQLite for one process or for a few on one file.
//
// What is to be started is a row, written in the transaction of the caller:
//
//	tasks, err := partnercentralriver.New(riverpgxv5.New(pool), client, crm.TaskEnded)
//	err = tasks.Migrate(ctx)
//
//	tx, err := pool.Begin(ctx)
//	crm.MarkSubmitting(ctx, tx, dealID)
//	row, err := tasks.StartTx(ctx, tx, input) // started if and only if tx commits
//	err = tx.Commit(ctx)
//
// and somewhere, in as many processes as you like:
//
//	err = tasks.Work(ctx, nil)
//
// Of the processes that work, one holds the account: it starts the tasks, paced
// to the one write per second that an account has, and polls for all of them
// with one [partnercentral.TaskWaiter]. When it dies or freezes another takes
// over within seconds. The end of a task is recorded in the row, and a River job
// that becomes available in the same transaction calls the function given to
// [New], on any of the processes.
//
// Which part guarantees what when a process or the database stops at any point
// is described in docs/river-guarantees.md.
package partnercentralriver
