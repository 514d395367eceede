-- Attempts to replace the oldest turns of a conversation by a summary, in their order. Paid like turns, and none.
create table summaries (
  run_id uuid not null references runs (id),
  step text not null,
  n integer not null,
  -- So many turns had been recorded.
  after_turn integer not null,
  -- What it stands for and what it says; `null` where none came of it.
  made jsonb,
  cost_usd numeric(14, 8) not null,
  recorded_at timestamptz not null default now(),
  primary key (run_id, step, n)
);
