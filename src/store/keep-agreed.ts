import { sql } from "kysely";
import type { Tx } from "./schema.ts";
import { lotStep } from "./steps.ts";

/**
 * What a ticket's newest run before this one was found to be about, what people said to that, and the plan, stand in this one as well:
 * nobody is asked or pays for it twice. The work itself begins anew, and with it the coder's questions.
 * By which run the order of the models was drawn stands there too, since a judgement counts the models that it passes over.
 * What came to nothing, for want of money say, or was never answered, is not kept.
 */
export async function keepAgreed(tx: Tx, ticketId: string, runId: string): Promise<void> {
  await sql`insert into steps (run_id, name, output, finished_at)
    with kept as (
      select name, output, finished_at from steps
      where run_id = (select id from runs where ticket_id = ${ticketId} and id <> ${runId} order by created_at desc limit 1)
    )
    select ${runId}::uuid, name, output, finished_at from kept
    where (name ~ '^plan( [0-9]+)?$' and output ->> 'status' = 'planned')
      or (name like 'answer %' and output -> 'asks' ->> 'step' ~ '^(triage|plan( [0-9]+)?)$')
      or (name = 'triage' and output -> 'assessment' <> 'null' and (
        output -> 'questions' = '[]'
        or exists (select from kept said where said.name like 'answer %' and said.output -> 'asks' ->> 'step' = 'triage')
      ))
    union all
    select ${runId}::uuid, ${lotStep}, coalesce(
        (select output from steps where run_id = before.id and name = ${lotStep}), to_jsonb(before.id::text)
      ), now()
    from (
      select id from runs where ticket_id = ${ticketId} and id <> ${runId} order by created_at desc limit 1
    ) before`.execute(tx);
}
