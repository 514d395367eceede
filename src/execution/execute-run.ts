import { z } from "zod";
import { explain, NightshiftError } from "../domain/errors.ts";
import { type RunEvent, runEvent } from "../domain/event.ts";
import { redacted } from "../domain/redact.ts";
import { type Outcome, outcome, type Run } from "../domain/run.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { TicketEvent } from "../domain/transition.ts";
import type { Enqueue } from "../store/accept.ts";
import { appendRunEvent } from "../store/events.ts";
import { type Lease, takeRun } from "../store/runs.ts";
import { goOnWhereMoreWasGiven } from "../store/set-budget.ts";
import { findStep, lotStep, saveStep } from "../store/steps.ts";
import { concludeRun, getTicket, moveTicket } from "../store/tickets.ts";
import { Asked } from "./asked.ts";
import { implement } from "./implement.ts";
import { keepWork } from "./keep-work.ts";
import { recordedRounds } from "./round.ts";
import { sweepSandboxes } from "./sandboxes/sweep-sandboxes.ts";
import { watchForStop } from "./stop-watch.ts";
import { reportProgress } from "./wording/progress-comment.ts";
import { saidInLine } from "./wording/said.ts";
import type { Factory, Step, Workflow, WorkflowContext } from "./workflow.ts";

const workflows: Readonly<Record<Run["kind"], Workflow>> = { implement };

/** What a run tells while it goes on, besides what it writes down. */
export type Listener = (ticketId: string, event: RunEvent) => void;

export interface ExecuteOptions {
  readonly signal: AbortSignal;
  /** 0 for the first. */
  readonly attempt: number;
  /** No attempt follows this one: what would be tried again ends the run instead. */
  readonly lastAttempt: boolean;
  readonly listen?: Listener;
  /** Without it no run goes on by itself with what a budget has stopped. */
  readonly enqueue?: Enqueue;
  /** Told of what nobody expected. */
  readonly onError?: (error: unknown) => void;
}

type Telling = Pick<ExecuteOptions, "listen" | "enqueue">;

/** What is not an error of ours may be a passing one, of a driver say, or a defect: it gets this many attempts. */
const unexpectedAttempts = 3;

/**
 * Takes the run, does its workflow from where it stood, and ends it so that a person sees how.
 * How it ended is a step of its own: if it cannot be told now, only the telling is tried again.
 * Returns quietly when the run has ended, or when another worker takes it over meanwhile.
 * @throws whatever another attempt may mend.
 */
export async function executeRun(runId: string, factory: Factory, options: ExecuteOptions): Promise<void> {
  const run = await takeRun(factory.db, runId);
  if (run === undefined) return;
  const ticket = await getTicket(factory.db, run.ticketId);
  using watch = await watchForStop(factory.db, runId);
  const lot = await drawnWith(factory, run);
  const context = contextOf(run, ticket, factory, { ...options, lot, stop: watch.signal });
  try {
    await sweepSandboxes(context);
    await context.tell({
      type: "run_started",
      lease: run.lease,
      model: context.factory.models.namesOf("code")[0],
      sandbox: factory.sandboxes.name,
    });
    // A person's stop ends the work and not the telling of it.
    const step = stepsOf(context, context.keeping);
    const ended = await step("outcome", outcome, async () =>
      redacted(await settle(context, options), outcome, factory.redact),
    );
    await (options.lastAttempt ? endRegardless(context, ended, options) : end(context, ended, options));
  } catch (error) {
    if (error instanceof NightshiftError && error.code === "lease_lost") return;
    throw error;
  }
}

/** The workflow's outcome, also when it failed for good. @throws what another attempt may mend. */
async function settle(context: WorkflowContext, options: ExecuteOptions): Promise<Outcome> {
  try {
    const ended = await workflows[context.run.kind](context);
    // There is nothing to answer any more.
    if (ended.status === "waiting" && context.stop.aborted) {
      return await stopped(context, explain(context.stop.reason));
    }
    await tellAsked(context, ended);
    return ended;
  } catch (error) {
    // A worker that is told to stop leaves the run to the next one.
    if (options.signal.aborted || (error instanceof NightshiftError && error.code === "lease_lost")) throw error;
    if (context.stop.aborted) return await stopped(context, explain(context.stop.reason));
    if (error instanceof Asked) {
      await tellAsked(context, error.outcome);
      return error.outcome;
    }
    const mayPass = error instanceof NightshiftError ? error.retryable : options.attempt + 1 < unexpectedAttempts;
    if (mayPass && !options.lastAttempt) {
      const byItself = context.ticket.source !== "local";
      await context.tell({ type: "run_waiting", reason: explain(error), byItself });
      throw error;
    }
    await context.tell({ type: "warned", message: explain(error) });
    if (!(error instanceof NightshiftError)) options.onError?.(error);
    return await failed(context, saidInLine(explain(error)));
  }
}

/** A person has ended the run. */
async function stopped(context: WorkflowContext, by: string): Promise<Outcome> {
  const kept = await keepWork({ ...context, signal: context.keeping }, "stopped");
  return { status: "cancelled", reason: `${by} ${kept ?? "Nothing had been changed."}` };
}

/** What it came to is not lost with it. */
async function failed(context: WorkflowContext, reason: string): Promise<Outcome> {
  try {
    const kept = await keepWork(context, "failed");
    return { status: "failed", reason: kept === undefined ? reason : `${reason}\n\n${kept}` };
  } catch (error) {
    if (context.signal.aborted || (error instanceof NightshiftError && error.code === "lease_lost")) throw error;
    await context.tell({ type: "warned", message: explain(error) });
    return { status: "failed", reason };
  }
}

async function tellAsked({ tell }: WorkflowContext, ended: Outcome): Promise<void> {
  if (ended.status !== "waiting" || ended.asks === undefined) return;
  await tell({ type: "asked", kind: ended.asks.kind, text: ended.reason });
}

/** Ends a run whose attempts are used up, so that silence never follows 👀. */
export async function abandonRun(runId: string, factory: Factory, options: Telling = {}): Promise<void> {
  const run = await takeRun(factory.db, runId);
  if (run === undefined) return;
  const ticket = await getTicket(factory.db, run.ticketId);
  const { signal } = new AbortController();
  const context = contextOf(run, ticket, factory, { ...options, signal, stop: signal, lot: run.id, lastAttempt: true });
  const settled = await findStep(factory.db, runId, "outcome", outcome);
  const reason = "Its worker died several times in a row. The log of the workers says why.";
  await endRegardless(context, settled?.output ?? (await failed(context, reason)), options);
}

/** What the order of its models is drawn by: a run that takes up another keeps that one's. */
async function drawnWith({ db }: Factory, run: Run): Promise<string> {
  return (await findStep(db, run.id, lotStep, z.string()))?.output ?? run.id;
}

function contextOf(
  run: Run,
  ticket: Ticket,
  factory: Factory,
  {
    signal: keeping,
    stop,
    lot,
    listen,
    lastAttempt,
  }: Pick<ExecuteOptions, "signal" | "listen" | "lastAttempt"> & { readonly stop: AbortSignal; readonly lot: string },
): WorkflowContext {
  const { db } = factory;
  const lease: Lease = { runId: run.id, lease: run.lease };
  const tell = async (told: RunEvent) => {
    // Whatever words it brings, other people will read them.
    const event = redacted(told, runEvent, factory.redact);
    listen?.(ticket.id, event);
    await appendRunEvent(db, lease, event);
  };
  const signal = AbortSignal.any([keeping, stop]);
  const step = stepsOf({ factory, lease }, signal);
  const move = async (event: TicketEvent) => {
    const moved = await moveTicket(db, lease, ticket.id, event);
    if (moved.from !== moved.to) await tell({ type: "state_changed", ...moved });
  };
  // Chosen once for the whole run: its rounds count the models that they pass over.
  const models = factory.models.forRun(lot);
  return { run, ticket, lease, factory: { ...factory, models }, step, move, tell, signal, stop, keeping, lastAttempt };
}

function stepsOf({ factory: { db }, lease }: Pick<WorkflowContext, "factory" | "lease">, signal: AbortSignal): Step {
  return async (name, schema, act) => {
    const done = await findStep(db, lease.runId, name, schema);
    if (done !== undefined) return done.output;
    signal.throwIfAborted();
    const output = await act();
    await saveStep(db, lease, name, output);
    return output;
  };
}

const endings = {
  succeeded: "readied",
  needs_human: "handed_to_human",
  waiting: "paused",
  failed: "failed",
  cancelled: "cancelled",
} as const satisfies Record<Outcome["status"], TicketEvent>;

async function end(context: WorkflowContext, ended: Outcome, options: Telling): Promise<void> {
  await tellEnd(context, ended);
  await conclude(context, ended, options);
}

/** As `end`, but also when nobody can be told: the run must not stay open for that. */
async function endRegardless(context: WorkflowContext, ended: Outcome, options: Telling): Promise<void> {
  await tellEnd(context, ended).catch((error: unknown) =>
    context.tell({ type: "warned", message: `The end of the run could not be told on the issue: ${explain(error)}` }),
  );
  await conclude(context, ended, options);
}

async function tellEnd(context: WorkflowContext, ended: Outcome): Promise<void> {
  // A refusal to somebody without the right to ask was told already, and started nothing to report on.
  if (ended.status !== "cancelled" || context.stop.aborted) await reportProgress(context, ended);
}

async function conclude(context: WorkflowContext, settled: Outcome, options: Telling): Promise<void> {
  const { factory, lease, ticket, tell } = context;
  const { enqueue } = options;
  const last = (await recordedRounds(factory.db, lease.runId)).at(-1);
  const mayGoOn = last?.work.stop === "money" && settled.status === "needs_human";
  const event = endings[settled.status];
  const concluded = await concludeRun(factory.db, lease, ticket.id, event, settled, async (tx) => {
    if (mayGoOn && enqueue) await goOnWhereMoreWasGiven(tx, { runId: lease.runId, ticketId: ticket.id }, enqueue);
  });
  if ("stoppedBy" in concluded) {
    // While its question was told.
    const ended = redacted(await stopped(context, `Stopped by @${concluded.stoppedBy}.`), outcome, factory.redact);
    await conclude(context, ended, options);
    return await reportProgress(context, ended);
  }
  await tell({ type: "state_changed", ...concluded.moved });
  await tell({
    type: "run_ended",
    status: settled.status,
    reason: settled.status === "succeeded" ? settled.summary : settled.reason,
  });
}
