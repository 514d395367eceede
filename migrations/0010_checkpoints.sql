-- A checkpoint comes with the turn that names it: a worker that dies between the two, or that has lost its run, leaves no bytes behind.
-- Runs with the same work share one. Who names it holds it until the commit, so that nobody lets it go meanwhile. The function of before
-- stays for workers that still run beside this version.
create function complete_turn(
  of_run uuid, of_lease integer, of_step text, of_n integer, said json, of_checkpoint text, of_work bytea
) returns boolean language plpgsql as $$
begin
  if not hold_run(of_run, of_lease) then return false; end if;
  perform commit_soon();
  if of_work is not null then
    insert into artifacts as kept (hash, kind, content) values (of_checkpoint, 'checkpoint', of_work)
      on conflict (hash) do update set kind = kept.kind;
  end if;
  update turns set messages = said, checkpoint = of_checkpoint where run_id = of_run and step = of_step and n = of_n;
  return true;
end
$$;

-- What was left behind so far.
delete from artifacts where kind = 'checkpoint' and not exists (select from turns where turns.checkpoint = artifacts.hash);
