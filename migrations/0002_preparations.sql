-- Snapshots that are made ready between tickets, each for as long as its worker says that it lives.
create table preparations (
  id uuid primary key default gen_random_uuid(),
  owner text not null,
  repo text not null,
  last_sign_at timestamptz not null default now()
);
