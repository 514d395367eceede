-- What the model was asked in a turn, by what is not in the conversation itself: the artifact that holds prompt and tools, and the
-- messages that were sent in a shorter form from this turn on.
alter table turns add column request jsonb;
