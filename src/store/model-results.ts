import { sql } from "kysely";
import { z } from "zod";
import { type TicketDocument, ticketTypes } from "../domain/ticket.ts";
import type { Db } from "./schema.ts";

const row = z.object({
  model: z.string(),
  ticketType: z.enum(ticketTypes),
  tries: z.number(),
  passed: z.number(),
  meanCostUsd: z.number(),
  meanTurns: z.number(),
});

/** How one model has done at one type of ticket. */
export interface ModelResult {
  readonly model: string;
  readonly ticketType: TicketDocument["type"];
  /** Runs in which it was asked for code and the tests could tell. */
  readonly tries: number;
  /** Of these, those in which the tests passed with a change that it had handed in. */
  readonly passed: number;
  /** `passed` of `tries`, from 0 to 1. */
  readonly share: number;
  readonly meanCostUsd: number;
  readonly meanTurns: number;
}

/**
 * What the steps of all runs say of the models, by ticket type. A model's rounds of one run count as one try.
 * What was never tested tells nothing: repositories without a test command, and rounds whose model was not asked.
 */
export async function modelResults(db: Db): Promise<readonly ModelResult[]> {
  const { rows } = await sql`
    with tries as (
      select coded.run_id, coded.output ->> 'model' as model, tickets.type as ticket_type,
        bool_or(coalesce(verified.output ->> 'passed', verified.output -> 'head' ->> 'passed') = 'true' and coded.output -> 'unfinished' = 'null') as passed,
        sum(paid.usd) as cost_usd,
        sum((coded.output ->> 'turns')::numeric) as turns
      from steps coded
        join runs on runs.id = coded.run_id
        join tickets on tickets.id = runs.ticket_id
        left join steps verified
          on verified.run_id = coded.run_id and verified.name = regexp_replace(coded.name, '^code', 'verify')
        -- Others may have been asked in the same step; what they cost is not this model's.
        cross join lateral (
          select coalesce(sum(coalesce(settled_usd, reserved_usd)), 0) as usd from ledger
          where run_id = coded.run_id and step = coded.name and model = coded.output ->> 'model'
        ) paid
      where coded.name ~ '^code( [0-9]+)?$'
        and (coded.output ->> 'turns')::numeric > 0
        and verified.output is distinct from 'null'
        -- A run that takes up another one has its steps as well.
        and coded.finished_at >= runs.created_at
      group by 1, 2, 3
    )
    select model, ticket_type, count(*) as tries, count(*) filter (where passed) as passed,
      avg(cost_usd) as mean_cost_usd, avg(turns) as mean_turns
    from tries
    group by model, ticket_type
    order by model, ticket_type`.execute(db);
  return z
    .array(row)
    .parse(rows)
    .map((result) => ({ ...result, share: result.passed / result.tries }));
}
