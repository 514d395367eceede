-- What people have accepted of what rules found in a ticket's changes, finding by finding: a later change is not covered by it.
create table waivers (
  ticket_id uuid not null references tickets (id),
  -- The commit that was looked at.
  head_sha text not null,
  rule text not null,
  file text not null,
  text text not null,
  by_login text not null,
  by_id bigint not null,
  reason text,
  waived_at timestamptz not null default now()
);
create index waivers_of_ticket on waivers (ticket_id);
