import { type Differing, replay } from "../agent/replay.ts";
import { coderToolsFor } from "../agent/tools/coder-tools.ts";
import type { Redact } from "../domain/redact.ts";
import type { Recording } from "./read-recording.ts";

export interface ReplayedConversation {
  readonly step: string;
  readonly turns: number;
  readonly differences: readonly Differing[];
}

/** Every conversation of a run, replayed with the tools that its agent has today. */
export async function replayRun(
  { conversations }: Recording,
  redact: Redact,
): Promise<readonly ReplayedConversation[]> {
  const replayed: ReplayedConversation[] = [];
  for (const conversation of conversations) {
    const tools = coderToolsFor(conversation.turns[0]?.head.models[0] ?? "");
    const differences = await replay(conversation, tools, redact);
    replayed.push({ step: conversation.step, turns: conversation.turns.length, differences });
  }
  return replayed;
}
