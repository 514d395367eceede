import { explain, NightshiftError } from "../domain/errors.ts";
import type { RunEvent } from "../domain/event.ts";
import type { Outcome, Run } from "../domain/run.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { TicketEvent } from "../domain/transition.ts";
import { appendEvent } from "../store/events.ts";
import { isLeaseAlive, type Lease, takeRun } from "../store/runs.ts";
import { findStep, saveStep } from "../store/steps.ts";
import { concludeRun, getTicket, moveTicket } from "../store/tickets.ts";
import { implement } from "./implement.ts";
import { reportProgress } from "./progress-comment.ts";
import { saidInLine } from "./said.ts";
import type { Factory, Step, Workflow, WorkflowContext } from "./workflow.ts";

const workflows: Readonly<Record<Run["kind"], Workflow>> = { implement };

/** What a run tells while it goes on, besides what it writes down. */
export type Listener = (ticketId: string, event: RunEvent) => void;

export interface ExecuteOptions {
  readonly signal: AbortSignal;
  /** No attempt follows this one: what would be tried again ends the run instead. */
  readonly lastAttempt: boolean;
  readonly listen?: Listener;
}

/**
 * Takes the run, does its workflow from where it stood, and ends it so that a person sees how.
 * Returns quietly when the run has ended, or when another worker takes it over meanwhile.
 * @throws NightshiftError a retryable one, when another attempt follows.
 */
export async function executeRun(runId: string, factory: Factory, options: ExecuteOptions): Promise<void> {
  const run = await takeRun(factory.db, runId);
  if (run === undefined) return;
  const ticket = await getTicket(factory.db, run.ticketId);
  const context = contextOf(run, ticket, factory, options);
  try {
    // The worker before may have died with its sandboxes.
    await factory.sandboxes.sweep((id, lease) => isLeaseAlive(factory.db, { runId: id, lease }));
    await context.tell({
      type: "run_started",
      lease: run.lease,
      model: factory.model.name,
      sandbox: factory.sandboxes.name,
    });
    await end(context, await workflows[run.kind](context));
  } catch (error) {
    if (error instanceof NightshiftError && error.code === "lease_lost") return;
    // A worker that is told to stop leaves the run to the next one.
    if (options.signal.aborted) throw error;
    const retryable = error instanceof NightshiftError ? error.retryable : false;
    await context.tell({ type: "warned", message: explain(error) });
    if (retryable && !options.lastAttempt) throw error;
    await endRegardless(context, { status: "failed", reason: saidInLine(explain(error)) });
    if (!(error instanceof NightshiftError)) throw error;
  }
}

/** Ends a run whose attempts are used up, so that silence never follows 👀. */
export async function abandonRun(runId: string, factory: Factory, listen?: Listener): Promise<void> {
  const run = await takeRun(factory.db, runId);
  if (run === undefined) return;
  const ticket = await getTicket(factory.db, run.ticketId);
  const signal = new AbortController().signal;
  const context = contextOf(run, ticket, factory, { signal, lastAttempt: true, ...(listen && { listen }) });
  await end(context, {
    status: "failed",
    reason: "Its worker died several times in a row. The log of the workers says why.",
  });
}

function contextOf(run: Run, ticket: Ticket, factory: Factory, { signal, listen }: ExecuteOptions): WorkflowContext {
  const { db } = factory;
  const lease: Lease = { runId: run.id, lease: run.lease };
  const tell = async (event: RunEvent) => {
    listen?.(ticket.id, event);
    await appendEvent(db, { ticketId: ticket.id, runId: run.id }, event);
  };
  const step: Step = async (name, schema, act) => {
    const done = await findStep(db, run.id, name, schema);
    if (done !== undefined) return done.output;
    signal.throwIfAborted();
    const output = await act();
    await saveStep(db, lease, name, output);
    return output;
  };
  const move = async (event: TicketEvent) => {
    const moved = await moveTicket(db, lease, ticket.id, event);
    if (moved.from !== moved.to) await tell({ type: "state_changed", ...moved });
  };
  return { run, ticket, lease, factory, step, move, tell, signal };
}

const endings = {
  succeeded: "readied",
  needs_human: "handed_to_human",
  waiting: "paused",
  failed: "failed",
  cancelled: "cancelled",
} as const satisfies Record<Outcome["status"], TicketEvent>;

async function end(context: WorkflowContext, outcome: Outcome): Promise<void> {
  // A refusal to somebody without the right to ask was told already, and started nothing to report on.
  if (outcome.status !== "cancelled") await reportProgress(context, outcome);
  await conclude(context, outcome);
}

/** As `end`, but also when nobody can be told: the run must not stay open for that. */
async function endRegardless(context: WorkflowContext, outcome: Outcome): Promise<void> {
  await reportProgress(context, outcome).catch((error: unknown) =>
    context.tell({ type: "warned", message: `The end of the run could not be told on the issue: ${explain(error)}` }),
  );
  await conclude(context, outcome);
}

async function conclude({ factory, lease, ticket, tell }: WorkflowContext, outcome: Outcome): Promise<void> {
  const moved = await concludeRun(factory.db, lease, ticket.id, endings[outcome.status], outcome);
  await tell({ type: "state_changed", ...moved });
  await tell({
    type: "run_ended",
    status: outcome.status,
    reason: outcome.status === "succeeded" ? outcome.summary : outcome.reason,
  });
}
