import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { RecordedTurn } from "../../src/agent/journal.ts";
import { withNotes } from "../../src/agent/notes.ts";
import { renderPrompt } from "../../src/agent/render-prompt.ts";
import type { AgentWork } from "../../src/agent/run-agent.ts";
import { coderTools } from "../../src/agent/tools/coder-tools.ts";
import type { RunEvent } from "../../src/domain/event.ts";
import type { AssistantMessage, ToolMessage } from "../../src/domain/message.ts";
import type { Sandbox } from "../../src/domain/sandbox.ts";
import { routeOf } from "../../src/models/route.ts";
import { type MemoryJournal, memoryJournal } from "./memory-journal.ts";
import { aCall, calling, type PlayedModel, playedModel } from "./played-model.ts";
import { pocket } from "./pocket.ts";
import { processSandbox } from "./process-sandbox.ts";

export const opening = { role: "user", text: "Solve this ticket." } as const;
export const nudge = {
  role: "user",
  text: "You called no tool. Go on with the tools; when the work is done, hand it in with `submit`.",
} as const;
/** What is told at the second idle answer in a row. */
export const nudgedAgain = withNotes(nudge, [
  { about: "idle", text: (await renderPrompt("nudge-idle", { times: "2" })).text },
]);
export const change = { title: "Round half cents up", what: "Rounding.", why: "Shares did not add up." };
export const submitting = calling(aCall("submit", change));
export const listing = calling(aCall("bash", { command: "ls" }));

export interface AgentRig {
  readonly work: AgentWork;
  readonly model: PlayedModel;
  readonly journal: MemoryJournal;
  readonly told: RunEvent[];
}

type Changes = Partial<AgentWork> & { readonly recorded?: readonly RecordedTurn[]; readonly usd?: number };

/** A coder's work in a sandbox of its own for each test of this file. */
export function agentRigs() {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await processSandbox();
  });
  afterEach(() => sandbox[Symbol.asyncDispose]());
  return {
    rig: (replies: readonly AssistantMessage[], changes: Changes = {}) => agentRig(sandbox, replies, changes),
    sandbox: () => sandbox,
    inWorkspace: (path: string) => join(sandbox.workspace, path),
  };
}

/** Work for the agent, with what it leaves behind; the default usage of a reply costs 0.1 USD. */
function agentRig(sandbox: Sandbox, replies: readonly AssistantMessage[], changes: Changes): AgentRig {
  const { recorded = [], usd = 10, ...more } = changes;
  const spentUsd = recorded.reduce((sum, turn) => sum + turn.costUsd, 0);
  const [model, journal] = [playedModel(replies), memoryJournal(recorded)];
  const told: RunEvent[] = [];
  const work: AgentWork = {
    route: routeOf({ models: [model], purse: pocket(usd, spentUsd) }),
    system: "You are the coder.",
    opening,
    tools: coderTools,
    sandbox,
    budget: { turns: 10, timeMs: 60_000 },
    maxOutputTokens: 100,
    journal,
    tell: async (event) => void told.push(event),
    signal: new AbortController().signal,
    clock: () => 0,
    ...more,
  };
  return { work, model, journal, told };
}

export function answers(
  ...results: readonly { readonly name: string; readonly text: string; readonly isError?: boolean }[]
) {
  const message: ToolMessage = {
    role: "tool",
    results: results.map(({ name, text, isError = false }) => ({ callId: `call-${name}`, name, text, isError })),
  };
  return message;
}
