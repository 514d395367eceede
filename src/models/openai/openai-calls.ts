import { randomUUID } from "node:crypto";
import { readArguments } from "../tool-arguments.ts";
import type { WireCall } from "./openai-chunk.ts";

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly json: string;
  /** Where the server wants it back with the call. */
  readonly extra: unknown;
}

interface Open {
  readonly index: number;
  readonly id: string;
  name: string;
  json: string;
  extra: unknown;
}

/** The calls that their parts make up, also where all come at index 0 or without an id, and several with one id. */
export function joinCalls(parts: readonly WireCall[]): readonly Call[] {
  const calls: Open[] = [];
  for (const part of parts) {
    const index = part.index ?? 0;
    const last = calls.findLast((call) => call.index === index);
    const call =
      last && continues(part, last) ? last : { index, id: part.id ?? "", name: "", json: "", extra: undefined };
    if (call !== last) calls.push(call);
    call.name ||= part.function?.name ?? "";
    const args = part.function?.arguments ?? "";
    call.json += typeof args === "string" ? args : JSON.stringify(args);
    call.extra ??= part.extra_content;
  }
  const taken = new Set<string>();
  return calls.map((call) => {
    const id = call.id === "" || taken.has(call.id) ? `call_${randomUUID()}` : call.id;
    taken.add(id);
    return { id, name: call.name, json: call.json, extra: call.extra };
  });
}

/** Another id is another call, whatever its index says; without one, a name after arguments that are whole is. */
function continues(part: WireCall, open: Open): boolean {
  if (part.id) return part.id === open.id;
  const whole = open.json !== "" && typeof readArguments(open.json) === "object";
  return !(part.function?.name && whole);
}
