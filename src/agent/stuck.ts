import { isDeepStrictEqual } from "node:util";
import { type AssistantMessage, type ToolMessage, toolCallsOf, type UserMessage } from "../domain/message.ts";
import { isWellFormed, type Toolbox } from "./run-tool.ts";

/** What ends an agent's work before it hands in. */
export const stopCauses = [
  "idle",
  "repeating",
  "malformed",
  "turns",
  "time",
  "money",
  "declined",
  "overflow",
  "refused",
  "stopped",
] as const;
export type StopCause = (typeof stopCauses)[number];

export interface Turn {
  readonly reply: AssistantMessage;
  readonly results: ToolMessage | UserMessage;
}

interface Stuck {
  readonly cause: "idle" | "repeating" | "malformed";
  readonly reason: string;
}

const idleTurns = 3;
const sameFailures = 4;
const malformedCalls = 3;

/** What shows in its last turns that an agent gets no further; `undefined` while it may. Four turns suffice to tell. */
export function stuckBy(recent: readonly Turn[], tools: Toolbox): Stuck | undefined {
  const idle = recent.slice(-idleTurns);
  if (idle.length === idleTurns && idle.every(({ results }) => results.role === "user")) {
    return { cause: "idle", reason: "the model answered without using a tool, several times" };
  }
  const calls = recent.flatMap(callsWithResults);
  const malformed = calls.slice(-malformedCalls);
  if (malformed.length === malformedCalls && malformed.every(({ call }) => !isWellFormed(call, tools))) {
    return { cause: "malformed", reason: `${malformedCalls} tool calls in a row could not be read` };
  }
  const last = calls.slice(-sameFailures);
  const [first] = last;
  if (first?.result.isError && last.length === sameFailures && last.every((it) => isSame(it, first))) {
    return {
      cause: "repeating",
      reason: `the same call of ${first.call.name} failed in the same way ${sameFailures} times in a row`,
    };
  }
  return undefined;
}

type Answered = ReturnType<typeof callsWithResults>[number];

function callsWithResults({ reply, results }: Turn) {
  if (results.role === "user") return [];
  return toolCallsOf(reply).flatMap((call) => {
    const result = results.results.find(({ callId }) => callId === call.id);
    return result === undefined ? [] : [{ call, result }];
  });
}

function isSame({ call, result }: Answered, other: Answered): boolean {
  return (
    call.name === other.call.name &&
    result.isError &&
    result.text === other.result.text &&
    isDeepStrictEqual(call.arguments, other.call.arguments)
  );
}
