import type { Differing } from "../../agent/found-differences.ts";
import { replay } from "../../agent/replay.ts";
import { replayAsked } from "../../agent/replay-asked.ts";
import type { Toolbox } from "../../agent/run-tool.ts";
import { askHuman, askHumanName } from "../../agent/tools/ask-human.ts";
import { coderToolsFor } from "../../agent/tools/coder-tools.ts";
import { plannerTools } from "../../agent/tools/planner-tools.ts";
import type { RecordedConversation } from "../../domain/recording.ts";
import type { Redact } from "../../domain/redact.ts";
import { assessment, triageStep } from "../planning/triage.ts";
import type { Recording } from "./read-recording.ts";

export interface ReplayedConversation {
  readonly step: string;
  readonly turns: number;
  readonly differences: readonly Differing[];
}

/** Every conversation of a run, replayed with the tools that its agent has today, or the form of answer that it is asked for. */
export async function replayRun(
  { conversations }: Recording,
  redact: Redact,
): Promise<readonly ReplayedConversation[]> {
  const replayed: ReplayedConversation[] = [];
  for (const conversation of conversations) {
    const differences =
      conversation.step === triageStep
        ? await replayAsked(conversation, assessment, redact)
        : await replay(conversation, toolsOf(conversation), redact);
    replayed.push({ step: conversation.step, turns: conversation.turns.length, differences });
  }
  return replayed;
}

/** Those of its agent; whether people could be asked is up to where it worked. */
function toolsOf({ step, turns }: RecordedConversation): Toolbox {
  if (step.startsWith("plan")) return plannerTools;
  const asked = turns[0]?.head.tools.some(({ name }) => name === askHumanName) === true;
  const tools = coderToolsFor(turns[0]?.head.models[0] ?? "");
  return asked ? [...tools, askHuman(0)] : tools;
}
