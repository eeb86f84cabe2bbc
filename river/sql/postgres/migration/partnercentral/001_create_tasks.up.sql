CREATE TABLE /* TEMPLATE: schema */partnercentral_task (
    id bigserial PRIMARY KEY,
    account text NOT NULL,
    token text NOT NULL,
    kind text NOT NULL,
    catalog text NOT NULL,
    object text NOT NULL,
    version integer NOT NULL,
    input json NOT NULL,
    status text NOT NULL DEFAULT 'QUEUED'
        CHECK (status IN ('QUEUED', 'STARTING', 'IN_PROGRESS', 'COMPLETE', 'FAILED', 'REFUSED')),
    task jsonb CHECK (jsonb_typeof(task) = 'object'),
    start_token text NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    restarts integer NOT NULL DEFAULT 0,
    last_error text,
    job_id bigint,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp() CHECK (isfinite(created_at)),
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp() CHECK (isfinite(queued_at)),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp() CHECK (isfinite(due_at)),
    started_at timestamptz CHECK (isfinite(started_at)),
    ended_at timestamptz CHECK (isfinite(ended_at)),
    handled_at timestamptz CHECK (isfinite(handled_at)),
    CONSTRAINT partnercentral_task_token UNIQUE (account, token),
    CONSTRAINT partnercentral_task_end CHECK ((ended_at IS NOT NULL) = (status IN ('COMPLETE', 'FAILED', 'REFUSED'))),
    CONSTRAINT partnercentral_task_handled CHECK (handled_at IS NULL OR ended_at IS NOT NULL),
    CONSTRAINT partnercentral_task_known CHECK ((task IS NULL) = (status IN ('QUEUED', 'STARTING')))
);
CREATE INDEX partnercentral_task_due ON /* TEMPLATE: schema */partnercentral_task (account, due_at, id)
    WHERE status IN ('QUEUED', 'STARTING');
CREATE INDEX partnercentral_task_open ON /* TEMPLATE: schema */partnercentral_task (account)
    WHERE status = 'IN_PROGRESS';
CREATE INDEX partnercentral_task_ended ON /* TEMPLATE: schema */partnercentral_task (account)
    WHERE ended_at IS NOT NULL AND handled_at IS NULL;
CREATE INDEX partnercentral_task_object ON /* TEMPLATE: schema */partnercentral_task (object);

CREATE TABLE /* TEMPLATE: schema */partnercentral_lease (
    account text PRIMARY KEY,
    holder text NOT NULL,
    epoch bigint NOT NULL,
    expires_at timestamptz NOT NULL CHECK (isfinite(expires_at)),
    next_write_at timestamptz NOT NULL CHECK (isfinite(next_write_at)),
    gap_ms double precision NOT NULL
);

CREATE TABLE /* TEMPLATE: schema */partnercentral_nudge (
    id bigserial PRIMARY KEY,
    account text NOT NULL,
    task jsonb NOT NULL
);
