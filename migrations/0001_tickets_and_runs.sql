-- Who we are, among several Nightshifts on one machine. One row.
create table installation (
  id uuid primary key default gen_random_uuid(),
  only_row boolean not null default true unique check (only_row)
);
insert into installation default values;

-- A delivery's id is GitHub's and stays the same when GitHub delivers again.
create table deliveries (
  id text primary key,
  event text not null,
  action text,
  received_at timestamptz not null default now()
);

create table tickets (
  id uuid primary key default gen_random_uuid(),
  owner text not null,
  repo text not null,
  installation_id bigint not null,
  source text not null,
  external_id text not null,
  type text not null,
  priority text not null,
  title text not null,
  body text not null,
  requested_by_login text not null,
  requested_by_id bigint not null,
  state text not null default 'queued',
  branch text,
  head_sha text,
  pull_number integer,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- One wish, one ticket.
  unique (owner, repo, source, external_id)
);

create table runs (
  id uuid primary key default gen_random_uuid(),
  ticket_id uuid not null references tickets (id),
  kind text not null,
  status text not null default 'queued',
  requested_by_login text not null,
  requested_by_id bigint not null,
  -- Raised by every worker that takes the run; a write under an older lease changes nothing.
  lease integer not null default 0,
  reason text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);

-- At most one run of a ticket is under way.
create unique index runs_one_live_per_ticket on runs (ticket_id) where status in ('queued', 'running');

create table artifacts (
  -- SHA-256 of the content, in hex.
  hash text primary key,
  kind text not null,
  content bytea not null,
  created_at timestamptz not null default now()
);

create table steps (
  run_id uuid not null references runs (id),
  name text not null,
  output jsonb not null,
  finished_at timestamptz not null default now(),
  primary key (run_id, name)
);

create table turns (
  run_id uuid not null references runs (id),
  step text not null,
  -- 0 holds the opening; from 1 on, one model call with the tool results that followed it.
  n integer not null,
  messages jsonb not null,
  usage jsonb,
  cost_usd numeric(14, 8) not null default 0,
  checkpoint text references artifacts (hash),
  recorded_at timestamptz not null default now(),
  primary key (run_id, step, n)
);

create table events (
  id bigint generated always as identity primary key,
  ticket_id uuid not null references tickets (id),
  run_id uuid references runs (id),
  type text not null,
  data jsonb not null,
  at timestamptz not null default now()
);
create index events_by_run on events (run_id, id);
create index events_by_ticket on events (ticket_id, id);
