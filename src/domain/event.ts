import { z } from "zod";
import { testCounts } from "./evidence.ts";
import { usage } from "./message.ts";
import { refusalReasons } from "./sandbox.ts";
import { ticketStates } from "./ticket.ts";

/** What happened in a run: the audit log and the live feed. */
export const runEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("delivery_accepted"), deliveryId: z.string(), event: z.string() }),
  z.object({ type: z.literal("ticket_queued"), ticket: z.string(), title: z.string(), by: z.string() }),
  z.object({ type: z.literal("budget_set"), usd: z.number(), by: z.string() }),
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
  z.object({
    type: z.literal("tests_finished"),
    on: z.enum(["base", "head"]),
    command: z.string(),
    passed: z.boolean(),
    counts: testCounts.nullable(),
    durationMs: z.number(),
  }),
  z.object({ type: z.literal("branch_pushed"), branch: z.string(), sha: z.string() }),
  z.object({ type: z.literal("pull_request_opened"), number: z.number(), url: z.string(), draft: z.boolean() }),
  z.object({ type: z.literal("warned"), message: z.string() }),
  z.object({ type: z.literal("run_ended"), status: z.string(), reason: z.string() }),
]);
export type RunEvent = Readonly<z.infer<typeof runEvent>>;

/** Takes what happened, before the run goes on. */
export type EventSink = (event: RunEvent) => Promise<void>;
