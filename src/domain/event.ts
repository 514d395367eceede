import { z } from "zod";
import { checkNames, testCounts } from "./evidence.ts";
import { guardFinding, guardRules } from "./guard-finding.ts";
import { noteKinds, usage } from "./message.ts";
import { refusalReasons } from "./sandbox.ts";
import { ticketStates, ticketTypes } from "./ticket.ts";

/** What shows that another model should go on. */
export const escalationReasons = ["tests", "stuck", "invalid", "turns", "confidence"] as const;

/** One step of an agent's own plan. */
export const planItem = z.strictObject({
  text: z.string().min(1).max(200).describe("What is done in it, in a few words"),
  status: z.enum(["open", "doing", "done"]),
});
export type PlanItem = Readonly<z.infer<typeof planItem>>;

/** What happened in a run: the audit log and the live feed. */
export const runEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("delivery_accepted"), deliveryId: z.string(), event: z.string() }),
  z.object({ type: z.literal("ticket_queued"), ticket: z.string(), title: z.string(), by: z.string() }),
  z.object({ type: z.literal("budget_set"), usd: z.number(), by: z.string() }),
  // A person has told the run to end.
  z.object({ type: z.literal("stop_asked"), by: z.string() }),
  // A person has accepted what these rules found.
  z.object({
    type: z.literal("waived"),
    by: z.string(),
    rules: z.array(z.enum(guardRules)),
    findings: z.number(),
    reason: z.string().nullable(),
  }),
  // People have said what the ticket waited for.
  z.object({ type: z.literal("answered"), by: z.array(z.string()), approved: z.boolean() }),
  z.object({ type: z.literal("plan_made"), step: z.string(), goal: z.string(), steps: z.number() }),
  // From now on the ticket waits for people to say something.
  z.object({ type: z.literal("asked"), kind: z.enum(["question", "approval"]), text: z.string() }),
  z.object({ type: z.literal("run_started"), lease: z.number(), model: z.string(), sandbox: z.string() }),
  z.object({ type: z.literal("state_changed"), from: z.enum(ticketStates), to: z.enum(ticketStates) }),
  z.object({
    type: z.literal("sandbox_started"),
    id: z.string(),
    provider: z.string(),
    purpose: z.string(),
    /** What it began with; an older snapshot is of other lock files, say, and gets the set-up on top. */
    from: z.enum(["snapshot", "older snapshot", "scratch"]).optional(),
    durationMs: z.number(),
  }),
  z.object({ type: z.literal("sandbox_removed"), id: z.string() }),
  z.object({
    type: z.literal("setup_finished"),
    command: z.string(),
    exitCode: z.number().nullable(),
    durationMs: z.number(),
  }),
  z.object({
    type: z.literal("egress_refused"),
    host: z.string(),
    port: z.number(),
    reason: z.enum(refusalReasons),
    /** The command that asked for it, where one ran. */
    command: z.string().nullable(),
  }),
  z.object({ type: z.literal("turn_finished"), n: z.number(), usage, costUsd: z.number(), text: z.string() }),
  // From now on a summary stands for these turns of a conversation; tokens are reckoned.
  z.object({
    type: z.literal("summarized"),
    fromTurn: z.number(),
    toTurn: z.number(),
    tokensBefore: z.number(),
    tokensAfter: z.number(),
    costUsd: z.number(),
  }),
  z.object({
    type: z.literal("model_failed"),
    model: z.string(),
    reason: z.string(),
    /** What the failed call was billed. */
    costUsd: z.number(),
    /** When it is asked once more; `null` when it is not. */
    retryInMs: z.number().nullable(),
  }),
  // Passed over, because it failed too often of late.
  z.object({ type: z.literal("model_skipped"), model: z.string(), reason: z.string() }),
  z.object({ type: z.literal("model_switched"), from: z.string(), to: z.string() }),
  // What a command prints while it runs; bounded, and not all of it.
  z.object({ type: z.literal("output_streamed"), n: z.number(), tool: z.string(), text: z.string() }),
  z.object({
    type: z.literal("tool_finished"),
    n: z.number(),
    tool: z.string(),
    summary: z.string(),
    isError: z.boolean(),
    durationMs: z.number(),
  }),
  // The model was told that it gets no further, or which of its limits is near.
  z.object({ type: z.literal("noted"), n: z.number(), about: z.enum(noteKinds), text: z.string() }),
  // The whole plan, each time.
  z.object({ type: z.literal("plan_updated"), items: z.array(planItem) }),
  z.object({
    type: z.literal("tests_finished"),
    /** The third is for tests that fail only now and then; the last is the base with the tests of the change. */
    on: z.enum(["base", "head", "head again", "base with tests"]),
    command: z.string(),
    passed: z.boolean(),
    counts: testCounts.nullable(),
    durationMs: z.number(),
  }),
  z.object({
    type: z.literal("check_finished"),
    on: z.enum(["base", "head"]),
    check: z.enum(checkNames),
    command: z.string(),
    passed: z.boolean(),
    durationMs: z.number(),
  }),
  // What a rule found in a change.
  z.object({ type: z.literal("guard_finding"), ...guardFinding.shape }),
  // How hard the ticket was judged before anybody worked on it, and who begins therefore.
  z.object({
    type: z.literal("assessed"),
    kind: z.enum(ticketTypes),
    complexity: z.number(),
    reason: z.string(),
    model: z.string(),
  }),
  // What has to be known before anybody can work on the ticket, which waits for it.
  z.object({ type: z.literal("questions_asked"), questions: z.array(z.string()) }),
  // The same model mends its change, in this round.
  z.object({
    type: z.literal("refining"),
    round: z.number(),
    model: z.string(),
    refinement: z.number(),
    of: z.number(),
    reason: z.string(),
  }),
  // A later model of the route takes over, in this round.
  z.object({
    type: z.literal("escalated"),
    round: z.number(),
    from: z.string(),
    to: z.string(),
    why: z.enum(escalationReasons),
    reason: z.string(),
  }),
  z.object({ type: z.literal("branch_pushed"), branch: z.string(), sha: z.string() }),
  z.object({
    type: z.literal("pull_request_opened"),
    number: z.number().nullable(),
    url: z.string(),
    draft: z.boolean(),
  }),
  // `checkout`: a part of the repository could not be had, so that its folder or file is not what it should be.
  z.object({ type: z.literal("warned"), message: z.string(), about: z.literal("checkout").optional() }),
  // What went wrong may pass: it is taken up again, by itself or by the command that asked for it.
  z.object({ type: z.literal("run_waiting"), reason: z.string(), byItself: z.boolean().default(true) }),
  z.object({ type: z.literal("run_ended"), status: z.string(), reason: z.string() }),
]);
export type RunEvent = Readonly<z.infer<typeof runEvent>>;

/** Takes what happened, before the run goes on. */
export type EventSink = (event: RunEvent) => Promise<void>;
