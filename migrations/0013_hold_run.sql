-- Whether the run is the lease's; if so, it stays so until the transaction ends. Who only names the run, as an event does, need not wait for that.
create or replace function hold_run(of_run uuid, of_lease integer) returns boolean language plpgsql as $$
begin
  perform from runs where id = of_run and lease = of_lease and status = 'running' for no key update;
  return found;
end
$$;
