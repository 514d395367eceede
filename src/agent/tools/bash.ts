import { z } from "zod";
import { headAndTail } from "../head-and-tail.ts";
import { defineTool } from "./define-tool.ts";

const defaultSeconds = 120;
const maxSeconds = 600;

export const bash = defineTool({
  name: "bash",
  description: `Run a command line in the workspace and get its output and exit code. Each call is a new shell: directory and variables do not carry over. There is no terminal and nobody to answer a prompt. Stopped after ${defaultSeconds} s unless timeout_seconds says otherwise.`,
  parameters: z.strictObject({
    command: z.string().min(1).describe("A line for bash, like: npm test 2>&1 | tail -50"),
    timeout_seconds: z.number().int().min(1).max(maxSeconds).optional(),
  }),
  async run({ command, timeout_seconds = defaultSeconds }, { sandbox, signal }) {
    const result = await sandbox.run({ line: command, timeoutMs: timeout_seconds * 1000 }, { signal });
    const output = headAndTail(result.output, 12_000);
    const end = result.timedOut
      ? `Stopped after ${timeout_seconds} s, with everything it had started. Give it more time, or run less at once.`
      : `exit code ${result.exitCode ?? "none: it was killed"}`;
    return {
      text: `${output}${output.endsWith("\n") || output === "" ? "" : "\n"}[${end}]`,
      isError: result.exitCode !== 0,
    };
  },
});
