import type { Question } from "../domain/asks.ts";
import { type Budget, exhausted } from "../domain/budget.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import type { EventSink } from "../domain/event.ts";
import { type AssistantMessage, type ToolMessage, textOf, toolCallsOf, type UserMessage } from "../domain/message.ts";
import type { Route } from "../domain/route.ts";
import type { Sandbox } from "../domain/sandbox.ts";
import type { ToolContext } from "../domain/tool.ts";
import { openConversation } from "./conversation.ts";
import { cutCall, nudge } from "./cut-off.ts";
import { type Journal, type RecordedTurn, workedMs } from "./journal.ts";
import { lazyShell } from "./lazy-shell.ts";
import { describeTools, isFinal, runTool, summarize, type Toolbox } from "./run-tool.ts";
import { streamOutput } from "./stream-output.ts";
import type { StopCause } from "./stuck.ts";
import type { Summarize } from "./summarize.ts";
import { askHumanName } from "./tools/ask-human.ts";
import { openWatch, type WatchParts } from "./watch.ts";

export interface AgentWork {
  readonly route: Route;
  readonly system: string;
  /** The first message: the task. */
  readonly opening: UserMessage;
  readonly tools: Toolbox;
  readonly sandbox: Sandbox;
  /** How long a command may take that does not say. */
  readonly commandSeconds?: number;
  readonly budget: Budget;
  readonly maxOutputTokens: number;
  readonly journal: Journal;
  readonly tell: EventSink;
  readonly signal: AbortSignal;
  /** Fires when a person ends the work: then it is stopped like by a limit, and what was done can be kept. */
  readonly stop?: AbortSignal;
  /** Whether nobody would try again after this error: then it stops the work like a limit. */
  readonly isFinal?: (error: NightshiftError) => boolean;
  /** What people have said to the question that the recorded turns end with, if they do. */
  readonly answer?: { readonly turn: number; readonly text: string };
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  /** Asked before red tests count against it. Default: they do. */
  readonly knownRed?: WatchParts["knownRed"];
  /** As a replay has them. */
  readonly limitNotes?: WatchParts["limitNotes"];
  /** Where summaries of old turns come from. Default: the route. */
  readonly summarize?: Summarize;
}

export type AgentEnd = (
  | { readonly status: "submitted"; readonly submission: unknown }
  | { readonly status: "stopped"; readonly cause: StopCause; readonly reason: string }
  /** Waits for people; their answer is given by another call, as `answer`. */
  | { readonly status: "asked"; readonly question: Question }
) & { readonly turns: number; readonly costUsd: number };

const askAlone = "Nobody was asked. Call ask_human alone, without other tools in the same turn.";
const interrupted =
  "Interrupted before it finished; the workspace is as it was after the turn before. Look before you do it again.";

/**
 * The loop: ask the model, record its answer, run the tools it asked for, record what they said, until it submits or a limit ends it.
 * Recorded turns are taken up again and not paid twice.
 * @throws NightshiftError what the model or the sandbox throws; every paid turn is in the journal then.
 */
export async function runAgent(of: AgentWork): Promise<AgentEnd> {
  const { journal, clock } = of;
  const before = workedMs(journal.recorded);
  // The limit on time also ends what is under way: one turn may hold many long commands.
  const deadline = AbortSignal.timeout(Math.max(0, of.budget.timeMs - before));
  const stop = of.stop ?? new AbortController().signal;
  const work = { ...of, signal: AbortSignal.any([of.signal, deadline, stop]) };
  await using shell = lazyShell(work.sandbox);
  await using files = lazyShell(work.sandbox);
  const { sandbox, commandSeconds } = work;
  const context: ToolContext = { sandbox, shell, files, commandSeconds, signal: work.signal };
  const started = clock() - before;
  const timeMs = () => Math.round(clock() - started);
  // What was too long once stays short, so that work that is taken up again asks what it would have asked.
  const level = Math.max(0, ...journal.recorded.map((turn) => turn.level ?? 0));
  const conversation = openConversation({ ...work, tools: describeTools(work.tools), level });
  let usd = 0;
  const paidUsd = () => usd + conversation.summariesUsd();
  let turns = 0;
  const watch = openWatch(work);
  const stopped = (why: { readonly cause: StopCause; readonly reason: string }): AgentEnd => ({
    status: "stopped",
    cause: why.cause,
    reason: why.reason,
    turns,
    costUsd: paidUsd(),
  });

  /** Why the work ends here although something was thrown: what was done so far must not be lost. */
  const endOf = (error: unknown) => {
    if (of.signal.aborted) return undefined;
    if (stop.aborted) return { cause: "stopped", reason: explain(stop.reason) } as const;
    if (deadline.aborted) return exhausted(of.budget, { turns, timeMs: of.budget.timeMs });
    if (!(error instanceof NightshiftError)) return undefined;
    const reason = explain(error);
    if (error.code === "budget_exhausted") return { cause: "money", reason } as const;
    if (turns === 0) return undefined;
    if (error.code === "context_overflow") return { cause: "overflow", reason } as const;
    if (error.code === "model_refused") return { cause: "refused", reason } as const;
    return of.isFinal?.(error) === true ? ({ cause: "failed", reason } as const) : undefined;
  };

  for (const turn of journal.recorded) {
    usd += turn.costUsd;
    turns = turn.n;
    if (turn.reply.stopReason === "refusal") return stopped(refusal(turn.reply));
    const asked = turn.results === undefined ? await questionOf(turn, work, context) : undefined;
    if (asked !== undefined) return { status: "asked", question: asked, turns, costUsd: paidUsd() };
    const results = turn.results ?? (await answerOpen(turn, work));
    conversation.add(turn.reply, results);
    watch.add({ ...turn, results });
  }

  const handedIn = await submittedBefore(work, context);
  if (handedIn !== undefined) return { status: "submitted", submission: handedIn, turns, costUsd: paidUsd() };

  const converse = async (): Promise<AgentEnd> => {
    for (let spent = { turns, timeMs: timeMs() }; ; ) {
      work.signal.throwIfAborted();
      const stuck = watch.stuck();
      if (stuck !== undefined) return stopped(stuck);
      const limit = exhausted(work.budget, spent);
      if (limit !== undefined) return stopped(limit);

      const { reply, costUsd, left, asked } = await conversation.ask({ signal: work.signal });
      usd += costUsd;
      turns += 1;
      // Before the tools, not after: a paid turn is always recorded first. What is told of it is written while that waits for the disk.
      await Promise.all([
        journal.paid({ n: turns, asked, reply, costUsd, timeMs: timeMs() }),
        work.tell({ type: "turn_finished", n: turns, usage: reply.usage, costUsd, text: textOf(reply) }),
      ]);

      if (reply.stopReason === "refusal") return stopped(refusal(reply));
      const { submission, asked: question, ...said } = await respond(reply, turns, work, context);
      // The turn stays open: its results are what people will answer.
      if (question !== undefined) return { status: "asked", question, turns, costUsd: paidUsd() };
      spent = { turns, timeMs: timeMs() };
      const turn = { n: turns, reply, results: said.results };
      const results = submission === undefined ? await watch.take(turn, spent, left) : said.results;
      await journal.answered({ n: turns, reply, results, changed: mayChange(reply, work.tools) });
      conversation.add(reply, results);
      if (submission !== undefined) return { status: "submitted", submission, turns, costUsd: paidUsd() };
    }
  };
  try {
    return await converse();
  } catch (error) {
    const why = endOf(error);
    if (why === undefined) throw error;
    return stopped(why);
  }
}

function refusal(reply: AssistantMessage) {
  return { cause: "declined", reason: `the model declined: ${textOf(reply) || "without a reason"}` } as const;
}

interface Response {
  readonly results: ToolMessage | UserMessage;
  readonly submission: unknown;
  readonly asked: Question | undefined;
}

async function respond(
  reply: AssistantMessage,
  n: number,
  { tools, tell, clock }: AgentWork,
  context: ToolContext,
): Promise<Response> {
  const calls = toolCallsOf(reply);
  if (calls.length === 0) {
    return { results: { role: "user", text: nudge(reply, tools) }, submission: undefined, asked: undefined };
  }

  const results: ToolMessage["results"] = [];
  let submission: unknown;
  let question: Question | undefined;
  for (const call of calls) {
    const started = clock();
    const tellOutput = (text: string) => tell({ type: "output_streamed", n, tool: call.name, text });
    const stream = streamOutput(tellOutput, clock, started);
    const told = { ...context, onOutput: stream.onOutput };
    const { result: answer, submitted, event, asked } = await runTool(call, tools, told);
    await stream.settled();
    const result = { ...answer, text: cutCall(call, reply, tools) ?? answer.text };
    if (asked !== undefined && calls.length === 1) question = asked;
    results.push(asked !== undefined && calls.length > 1 ? { ...result, text: askAlone, isError: true } : result);
    submission ??= submitted;
    await tell({
      type: "tool_finished",
      n,
      tool: call.name,
      summary: summarize(call),
      isError: result.isError,
      durationMs: clock() - started,
    });
    if (event !== undefined) await tell(event);
  }
  return { results: { role: "tool", results }, submission, asked: question };
}

/** What the last recorded turn handed in, when the work was interrupted just after it. */
async function submittedBefore({ journal, tools }: AgentWork, context: ToolContext): Promise<unknown> {
  const last = journal.recorded.at(-1);
  if (last?.results?.role !== "tool") return undefined;
  const accepted = new Set(last.results.results.filter((result) => !result.isError).map((result) => result.callId));
  const call = toolCallsOf(last.reply).find(({ id, name }) => accepted.has(id) && isFinal(name, tools));
  return call === undefined ? undefined : (await runTool(call, tools, context)).submitted;
}

function mayChange(reply: AssistantMessage, tools: Toolbox): boolean {
  return toolCallsOf(reply).some((call) => tools.find(({ name }) => name === call.name)?.readOnly !== true);
}

/** What the turn has asked people, while they have not answered. */
async function questionOf(
  { n, reply }: RecordedTurn,
  { tools, answer }: AgentWork,
  context: ToolContext,
): Promise<Question | undefined> {
  const [call, ...others] = toolCallsOf(reply);
  if (call?.name !== askHumanName || others.length > 0 || answer?.turn === n) return undefined;
  return (await runTool(call, tools, context)).asked;
}

/** Results for a turn that has none: what people have answered, else that it was interrupted. */
async function answerOpen(
  turn: RecordedTurn,
  { journal, answer, tools }: AgentWork,
): Promise<ToolMessage | UserMessage> {
  const calls = toolCallsOf(turn.reply);
  const said = answer?.turn === turn.n ? { text: answer.text, isError: false } : { text: interrupted, isError: true };
  const results: ToolMessage | UserMessage =
    calls.length === 0
      ? { role: "user", text: nudge(turn.reply, tools) }
      : {
          role: "tool",
          results: calls.map(({ id, name }) => ({ callId: id, name, ...said })),
        };
  await journal.answered({ n: turn.n, reply: turn.reply, results, changed: false });
  return results;
}
