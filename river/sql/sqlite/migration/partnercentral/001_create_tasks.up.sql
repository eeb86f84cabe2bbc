-- A time that SQLite does not know is NULL there, and a CHECK lets NULL pass:
-- IS does not.
CREATE TABLE /* TEMPLATE: schema */partnercentral_task (
    id integer PRIMARY KEY AUTOINCREMENT,
    account text NOT NULL,
    token text NOT NULL,
    kind text NOT NULL,
    catalog text NOT NULL,
    object text NOT NULL,
    version integer NOT NULL,
    input text NOT NULL CHECK (json_valid(input)),
    status text NOT NULL DEFAULT 'QUEUED'
        CHECK (status IN ('QUEUED', 'STARTING', 'IN_PROGRESS', 'COMPLETE', 'FAILED', 'REFUSED')),
    task text CHECK (task IS NULL OR json_valid(task) AND json_type(task) = 'object'),
    start_token text NOT NULL,
    epoch integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    restarts integer NOT NULL DEFAULT 0,
    last_error text,
    job_id integer,
    created_at text NOT NULL DEFAULT (datetime('now', 'subsec')),
    queued_at text NOT NULL DEFAULT (datetime('now', 'subsec')),
    due_at text NOT NULL DEFAULT (datetime('now', 'subsec')),
    started_at text,
    ended_at text,
    handled_at text,
    CONSTRAINT partnercentral_task_token UNIQUE (account, token),
    CONSTRAINT partnercentral_task_end CHECK ((ended_at IS NOT NULL) = (status IN ('COMPLETE', 'FAILED', 'REFUSED'))),
    CONSTRAINT partnercentral_task_handled CHECK (handled_at IS NULL OR ended_at IS NOT NULL),
    CONSTRAINT partnercentral_task_known CHECK ((task IS NULL) = (status IN ('QUEUED', 'STARTING'))),
    CHECK (created_at IS datetime(created_at) OR created_at IS datetime(created_at, 'subsec')),
    CHECK (queued_at IS datetime(queued_at) OR queued_at IS datetime(queued_at, 'subsec')),
    CHECK (due_at IS datetime(due_at) OR due_at IS datetime(due_at, 'subsec')),
    CHECK (started_at IS datetime(started_at) OR started_at IS datetime(started_at, 'subsec')),
    CHECK (ended_at IS datetime(ended_at) OR ended_at IS datetime(ended_at, 'subsec')),
    CHECK (handled_at IS datetime(handled_at) OR handled_at IS datetime(handled_at, 'subsec'))
) STRICT;
CREATE INDEX /* TEMPLATE: schema */partnercentral_task_due ON partnercentral_task (account, due_at, id)
    WHERE status IN ('QUEUED', 'STARTING');
CREATE INDEX /* TEMPLATE: schema */partnercentral_task_open ON partnercentral_task (account)
    WHERE status = 'IN_PROGRESS';
CREATE INDEX /* TEMPLATE: schema */partnercentral_task_ended ON partnercentral_task (account)
    WHERE ended_at IS NOT NULL AND handled_at IS NULL;
CREATE INDEX /* TEMPLATE: schema */partnercentral_task_object ON partnercentral_task (object);

CREATE TABLE /* TEMPLATE: schema */partnercentral_lease (
    account text PRIMARY KEY,
    holder text NOT NULL,
    epoch integer NOT NULL,
    expires_at text NOT NULL CHECK (expires_at IS datetime(expires_at) OR expires_at IS datetime(expires_at, 'subsec')),
    next_write_at text NOT NULL CHECK (next_write_at IS datetime(next_write_at) OR next_write_at IS datetime(next_write_at, 'subsec')),
    gap_ms real NOT NULL
) STRICT;

CREATE TABLE /* TEMPLATE: schema */partnercentral_nudge (
    id integer PRIMARY KEY AUTOINCREMENT,
    account text NOT NULL,
    task text NOT NULL
) STRICT;
