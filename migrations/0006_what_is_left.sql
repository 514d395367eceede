-- As before, and a call that is covered is told what is left: an agent hears of it before its money ends.
drop function reserve_call(uuid, integer, text, text, date, numeric, numeric, numeric, numeric);

-- No row when the lease is not the run's; a row without an id when a budget does not cover the call, and then nothing has changed.
create function reserve_call(
  of_run uuid, of_lease integer, of_step text, of_model text, of_day date, usd numeric,
  ticket_limit numeric, repository_limit numeric, day_limit numeric
) returns table (
  id bigint, kind text, repository text, limit_usd numeric, held_usd numeric,
  -- What the tightest budget still has, and what the ticket may cost in all.
  left_usd numeric, ticket_usd numeric
) language plpgsql as $$
#variable_conflict use_column
declare
  mine record;
  names text[];
  tightest record;
begin
  select ticket_id, owner, repo, coalesce(budget_usd, ticket_limit) as ticket_limit into mine
    from runs join tickets on tickets.id = ticket_id
    where runs.id = of_run and lease = of_lease and status = 'running' for update of runs;
  if not found then return; end if;
  names := budgets_of(mine.ticket_id, mine.owner, mine.repo, of_day);
  with raised as (
    insert into balances (budget, held_usd) select name, usd from unnest(names) with ordinality as n (name, at) order by at
    on conflict (budget) do update set held_usd = balances.held_usd + excluded.held_usd
    returning *
  )
  select budgets.kind, limit_usd, raised.held_usd, raised.held_usd > limit_usd as is_passed into tightest
    from unnest(
      array['ticket', 'repository_day', 'day'], names, array[mine.ticket_limit, repository_limit, day_limit]
    ) with ordinality as budgets (kind, budget, limit_usd, at)
    join raised on raised.budget = budgets.budget
    -- Of those that are passed the first, of those that are not the one with the least left.
    order by raised.held_usd <= limit_usd, case when raised.held_usd > limit_usd then at else limit_usd - raised.held_usd end
    limit 1;
  if tightest.is_passed then
    update balances set held_usd = held_usd - usd where budget = any (names);
    return query select null::bigint, tightest.kind, mine.owner || '/' || mine.repo, tightest.limit_usd,
      tightest.held_usd - usd, null::numeric, null::numeric;
    return;
  end if;
  return query
    insert into ledger (run_id, ticket_id, owner, repo, day, step, model, reserved_usd)
    values (of_run, mine.ticket_id, mine.owner, mine.repo, of_day, of_step, of_model, usd)
    returning ledger.id, null::text, null::text, null::numeric, null::numeric,
      tightest.limit_usd - tightest.held_usd, mine.ticket_limit;
end
$$;
