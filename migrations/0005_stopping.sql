-- The person who has told the run to end, from then on until it has.
alter table runs add column stop_asked_by text;
