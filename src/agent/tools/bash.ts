import { z } from "zod";
import type { ShellResult } from "../../domain/sandbox.ts";
import { asSeen } from "./as-seen.ts";
import { defineTool } from "./define-tool.ts";

const defaultSeconds = 120;
const maxSeconds = 600;
const shownBytes = 12_000;

export const bash = defineTool({
  name: "bash",
  description: `Run a command line and get its output and exit code. The shell stays open: directory, variables and functions last from one call to the next, and it begins in the workspace. What you start with & goes on in the background; send its output to a file to read it later. There is no terminal and nobody to answer a prompt: what asks reads an end of file. It is stopped after \`seconds\`, ${defaultSeconds} where you and the operator say nothing else.`,
  parameters: z.strictObject({
    command: z.string().min(1).describe("A line for bash, like: npm test 2>&1 | tail -50"),
    seconds: z.number().int().min(1).max(maxSeconds).optional().describe("How long it may take"),
  }),
  async run({ command, ...asks }, { shell, signal, onOutput, commandSeconds = defaultSeconds }) {
    const { seconds = commandSeconds } = asks;
    const asked = { line: command, timeoutMs: seconds * 1000, keepBytes: shownBytes };
    const result = await shell.run(onOutput === undefined ? asked : { ...asked, onOutput }, { signal });
    const output = asSeen(result.output);
    const notes = [...saved(result), ...ended(result, seconds), ...replaced(result)];
    return {
      text: `${output}${output.endsWith("\n") || output === "" ? "" : "\n"}${notes.map((note) => `[${note}]`).join("\n")}`,
      isError: result.exitCode !== 0,
    };
  },
});

function saved({ savedTo }: ShellResult): readonly string[] {
  return savedTo === undefined ? [] : [`the whole output is in ${savedTo}; look at parts of it with grep, sed or tail`];
}

function ended({ timedOut, exitCode }: ShellResult, seconds: number): readonly string[] {
  return timedOut
    ? [`Stopped after ${seconds} s, with everything it had started. ${hint(seconds)}`]
    : [exitCode === null ? "exit code none: it was killed, perhaps for want of memory" : `exit code ${exitCode}`];
}

function hint(seconds: number): string {
  return seconds < maxSeconds
    ? `Give it more time with \`seconds\` (${maxSeconds} at most), run less at once, or start it with & and its output in a file.`
    : "Run less at once, or start it with & and its output in a file.";
}

function replaced(result: ShellResult): readonly string[] {
  return result.replaced
    ? ["The shell was replaced: the new one is in the workspace, without the old one's variables."]
    : [];
}
