-- What a run tells, where it is still the lease's: what a worker says that has lost it is no part of its story. What it tells of was
-- recorded before, or is recorded after it by a commit that takes it along. append_event stays for workers of the version before.
create function append_run_event(of_run uuid, of_lease integer, of_type text, of_data jsonb) returns void language plpgsql as $$
begin
  perform commit_soon();
  insert into events (ticket_id, run_id, type, data)
    select ticket_id, id, of_type, of_data from runs where id = of_run and lease = of_lease;
end
$$;
