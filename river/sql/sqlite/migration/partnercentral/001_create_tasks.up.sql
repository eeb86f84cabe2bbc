CREATE TABLE /* TEMPLATE: schema */partnercentral_task (
    id integer PRIMARY KEY AUTOINCREMENT,
    account text NOT NULL,
    token text NOT NULL,
    kind text NOT NULL,
    catalog text NOT NULL,
    object text NOT NULL,
    version integer NOT NULL,
    input text NOT NULL,
    status text NOT NULL DEFAULT 'QUEUED'
        CHECK (status IN ('QUEUED', 'STARTING', 'IN_PROGRESS', 'COMPLETE', 'FAILED', 'REFUSED')),
    task text,
    start_token text NOT NULL,
    epoch integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    restarts integer NOT NULL DEFAULT 0,
    last_error text,
    job_id integer,
    created_at timestamp NOT NULL DEFAULT (datetime('now', 'subsec')),
    queued_at timestamp NOT NULL DEFAULT (datetime('now', 'subsec')),
    due_at timestamp NOT NULL DEFAULT (datetime('now', 'subsec')),
    started_at timestamp,
    ended_at timestamp,
    handled_at timestamp,
    CONSTRAINT partnercentral_task_token UNIQUE (account, token)
);
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
    expires_at timestamp NOT NULL,
    next_write_at timestamp NOT NULL,
    gap_ms real NOT NULL
);

CREATE TABLE /* TEMPLATE: schema */partnercentral_nudge (
    id integer PRIMARY KEY AUTOINCREMENT,
    account text NOT NULL,
    task text NOT NULL
);
