-- What was asked for a summary, and answered, word for word; `null` for what was recorded before it was kept.
alter table summaries add column asked jsonb;
