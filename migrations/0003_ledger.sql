-- What the ticket may cost in all, where a person has said so; else the operator's setting.
alter table tickets add column budget_usd numeric check (budget_usd >= 0 and budget_usd < 'Infinity');

-- One row per model call: reserved before it, settled after. Amounts have all their digits; nothing is rounded. To Postgres NaN
-- is more than infinity, so the checks refuse it.
create table ledger (
  id bigint generated always as identity primary key,
  run_id uuid not null references runs (id),
  ticket_id uuid not null references tickets (id),
  owner text not null,
  repo text not null,
  -- In UTC; a call counts on the day of its reservation, whenever it ends.
  day date not null,
  step text not null,
  model text not null,
  reserved_usd numeric not null check (reserved_usd >= 0 and reserved_usd < 'Infinity'),
  -- `null` while the call is under way.
  settled_usd numeric check (settled_usd >= 0 and settled_usd < 'Infinity'),
  usage jsonb,
  reserved_at timestamptz not null default now(),
  settled_at timestamptz
);
create index ledger_open on ledger (run_id) where settled_usd is null;
create index ledger_by_ticket on ledger (ticket_id);

-- What the ledger comes to for each budget: what was settled, and what is reserved for calls under way.
create table balances (
  budget text primary key,
  held_usd numeric not null check (held_usd < 'Infinity')
);

-- The budgets that a call counts against, in the order in which their balances are locked, so that no two calls wait for each
-- other. The one that all share comes last and is held for the shortest time.
create function budgets_of(ticket_id uuid, owner text, repo text, day date) returns text[] immutable language sql as $$
  select array[
    'ticket:' || ticket_id,
    'repository:' || lower(owner || '/' || repo) || ':' || to_char(day, 'YYYY-MM-DD'),
    'day:' || to_char(day, 'YYYY-MM-DD')
  ]
$$;

-- Functions, since a plan that is kept and one round trip are two thirds of the time, and no client holds a lock while it thinks.

-- No row when the lease is not the run's; a row without an id when a budget does not cover the call, and then nothing has changed.
create function reserve_call(
  of_run uuid, of_lease integer, of_step text, of_model text, of_day date, usd numeric,
  ticket_limit numeric, repository_limit numeric, day_limit numeric
) returns table (id bigint, kind text, repository text, limit_usd numeric, held_usd numeric) language plpgsql as $$
#variable_conflict use_column
declare
  mine record;
  names text[];
begin
  select ticket_id, owner, repo, coalesce(budget_usd, ticket_limit) as ticket_limit into mine
    from runs join tickets on tickets.id = ticket_id
    where runs.id = of_run and lease = of_lease and status = 'running' for update of runs;
  if not found then return; end if;
  names := budgets_of(mine.ticket_id, mine.owner, mine.repo, of_day);
  return query
    with raised as (
      insert into balances (budget, held_usd) select name, usd from unnest(names) with ordinality as n (name, at) order by at
      on conflict (budget) do update set held_usd = balances.held_usd + excluded.held_usd
      returning *
    )
    select null::bigint, budgets.kind, mine.owner || '/' || mine.repo, limit_usd, raised.held_usd - usd
      from unnest(
        array['ticket', 'repository_day', 'day'], names, array[mine.ticket_limit, repository_limit, day_limit]
      ) with ordinality as budgets (kind, budget, limit_usd, at)
      join raised on raised.budget = budgets.budget
      where raised.held_usd > limit_usd order by at limit 1;
  if found then
    update balances set held_usd = held_usd - usd where budget = any (names);
    return;
  end if;
  return query
    insert into ledger (run_id, ticket_id, owner, repo, day, step, model, reserved_usd)
    values (of_run, mine.ticket_id, mine.owner, mine.repo, of_day, of_step, of_model, usd)
    returning ledger.id, null::text, null::text, null::numeric, null::numeric;
end
$$;

-- Whether the call was still open.
create function settle_call(of_call bigint, usd numeric, of_usage jsonb) returns boolean language plpgsql as $$
declare
  call ledger;
begin
  -- Nobody waits for the disk: were it lost in a crash of the server, the reservation would count in full.
  perform set_config('synchronous_commit', 'off', true);
  update ledger set settled_usd = usd, usage = of_usage, settled_at = now()
    where id = of_call and settled_usd is null returning * into call;
  if not found then return false; end if;
  insert into balances (budget, held_usd)
    select name, call.settled_usd - call.reserved_usd
    from unnest(budgets_of(call.ticket_id, call.owner, call.repo, call.day)) with ordinality as n (name, at) order by at
    on conflict (budget) do update set held_usd = balances.held_usd + excluded.held_usd;
  return true;
end
$$;

-- A run that goes on from what was pushed for its ticket before, instead of from the base.
alter table runs add column goes_on boolean not null default false;

-- What people say to us in comments; obeyed once, and answered there.
create table commands (
  id uuid primary key default gen_random_uuid(),
  delivery_id text not null unique references deliveries (id),
  owner text not null,
  repo text not null,
  installation_id bigint not null,
  -- Of the issue, or of the pull request, whose conversation it stands in.
  number integer not null,
  comment_id bigint not null,
  command jsonb not null,
  by_login text not null,
  by_id bigint not null,
  -- What it came to, so that it is not done twice when only the answer has to be given again.
  outcome jsonb,
  answered_at timestamptz,
  created_at timestamptz not null default now()
);
create index commands_unanswered on commands (id) where answered_at is null;
