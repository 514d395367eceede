import { NightshiftError } from "../domain/errors.ts";
import { type ToolResult, toolCallsOf } from "../domain/message.ts";
import type { RecordedExchange } from "../domain/recording.ts";
import type { Sandbox } from "../domain/sandbox.ts";
import { withoutNotes } from "./notes.ts";
import { isWellFormed, type Toolbox } from "./run-tool.ts";

export interface ReplayedTools {
  readonly tools: Toolbox;
  readonly sandbox: Sandbox;
  /** From now on the tools say what they said in this turn. */
  play(turn: RecordedExchange): void;
}

/** Tools that look like these and say what was recorded. Arguments still meet the schemas of today. */
export function replayedTools(tools: Toolbox): ReplayedTools {
  let waiting: (ToolResult | undefined)[] = [];
  return {
    sandbox: noSandbox,
    play({ reply, results }) {
      const plain = results && withoutNotes(results);
      const said = plain?.role === "tool" ? plain.results : [];
      // A call whose arguments are refused today does not come as far as its tool.
      const run = toolCallsOf(reply).filter((call) => isWellFormed(call, tools));
      waiting = run.map((call) => said.find(({ callId }) => callId === call.id));
    },
    tools: tools.map((tool) => ({
      ...tool,
      run: async (args) => {
        const said = waiting.shift();
        if (said === undefined) throw recordingEnds();
        const handedIn = tool.final === true && !said.isError;
        return { text: said.text, isError: said.isError, ...(handedIn && { submitted: args }) };
      },
    })),
  };
}

/** Ends the loop as a limit does. */
export function recordingEnds(): NightshiftError {
  return new NightshiftError("budget_exhausted", "The recording ends here.");
}

const nothing = () => Promise.reject(new Error("A replay has no sandbox."));
const noSandbox: Sandbox = {
  id: "replay",
  provider: "process",
  workspace: "/workspace",
  mirror: "/mirror",
  scratch: "/scratch",
  run: nothing,
  openShell: nothing,
  readFile: nothing,
  writeFile: nothing,
  [Symbol.asyncDispose]: async () => undefined,
};
