-- What is written in every turn of an agent: functions, as for the ledger, since each is one round trip with a plan that is kept, and
-- the fence stands in the same statement as the write.

-- Whether the run is the lease's; if so, it stays so until the transaction ends.
create function hold_run(of_run uuid, of_lease integer) returns boolean language plpgsql as $$
begin
  perform from runs where id = of_run and lease = of_lease and status = 'running' for update;
  return found;
end
$$;

-- For writes that nobody has to wait for until they are on the disk. The log is written in order: whatever is committed later takes them
-- there with it, and only a crash of the server, not of a worker, can lose them, together with all that came after them. The whole
-- transaction is committed so; it has to be a small one.
create function commit_soon() returns void language sql as $$
  select set_config('synchronous_commit', 'off', true)
$$;

-- As it was sent, letter by letter: jsonb would sort the keys of a call's arguments, and a conversation that is taken up again would no
-- longer be in the provider's cache.
alter table turns alter column messages type json using messages::json;

-- A paid answer. False where the lease is not the run's.
create function record_turn(
  of_run uuid, of_lease integer, of_step text, of_n integer, said json, of_usage jsonb, usd numeric, asked jsonb
) returns boolean language plpgsql as $$
begin
  if not hold_run(of_run, of_lease) then return false; end if;
  insert into turns (run_id, step, n, messages, usage, cost_usd, request)
    values (of_run, of_step, of_n, said, of_usage, usd, asked);
  return true;
end
$$;

-- The answer with its results. Were it lost, the turn would be one that was interrupted, as it had been a moment before; and nothing is
-- asked and no step ends before a later commit has taken it to the disk.
create function complete_turn(
  of_run uuid, of_lease integer, of_step text, of_n integer, said json, of_checkpoint text
) returns boolean language plpgsql as $$
begin
  if not hold_run(of_run, of_lease) then return false; end if;
  perform commit_soon();
  update turns set messages = said, checkpoint = of_checkpoint where run_id = of_run and step = of_step and n = of_n;
  return true;
end
$$;

-- What has happened. What it tells of was recorded before, or is recorded after it by a commit that takes it along.
create function append_event(of_ticket uuid, of_run uuid, of_type text, of_data jsonb) returns void language plpgsql as $$
begin
  perform commit_soon();
  insert into events (ticket_id, run_id, type, data) values (of_ticket, of_run, of_type, of_data);
end
$$;
