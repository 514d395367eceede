import { stripVTControlCharacters } from "node:util";
import type { CommandResult, Sandbox } from "../../domain/sandbox.ts";
import type { OperatorSettings } from "../../domain/settings.ts";
import { withoutControls } from "../../domain/without-controls.ts";
import type { WorkflowContext } from "../workflow.ts";

type SandboxSettings = OperatorSettings["sandbox"];

/** A set-up that did not end well. */
export interface SetUpFailure {
  readonly command: string;
  readonly result: CommandResult;
}

/** Runs the repository's set-up command; gives what went wrong, or nothing. */
export async function setUp(
  context: Pick<WorkflowContext, "factory" | "signal" | "tell">,
  sandbox: Sandbox,
  command: string | null,
): Promise<SetUpFailure | undefined> {
  if (command === null) return undefined;
  const { setup_minutes: minutes } = context.factory.settings.sandbox;
  const result = await sandbox.run({ line: command, timeoutMs: minutes * 60_000 }, { signal: context.signal });
  await context.tell({ type: "setup_finished", command, exitCode: result.exitCode, durationMs: result.durationMs });
  return result.exitCode === 0 ? undefined : { command, result };
}

/** What went wrong, for people, with both ends of its output and a way out. */
export function explainSetUp(
  { command, result }: SetUpFailure,
  { provider, network, setup_minutes }: SandboxSettings,
): string {
  const why = result.timedOut
    ? `did not end within ${setup_minutes} minutes`
    : result.diskFull
      ? "wrote more than `sandbox.disk_mb` allows"
      : `failed with exit code ${result.exitCode ?? "none (killed)"}`;
  const offline =
    !network.allow.includes("*") && provider !== "process"
      ? "\n\nThe sandbox reaches package registries and the git host only. If the set-up needs another host, the operator can add it to `sandbox.network.allow` in `nightshift.yaml`."
      : "";
  const output = bothEnds(result.output);
  const shown = output === "" ? ", and printed nothing." : `:\n\n\`\`\`text\n${output}\n\`\`\``;
  return `The set-up \`${command}\` ${why}${shown}${offline}`;
}

/** Some tools say at once what is wrong and end with pages of help, as `npm ci` does; most say it last. */
function bothEnds(output: string): string {
  const beginning = firstLines(output, 20).split("\n").slice(0, 12);
  const left = plainLines(output).length - 20 - beginning.length;
  const gap = left > 0 ? [`[… ${left} lines …]`] : [];
  return [...beginning, ...gap, lastLines(output, 20)].join("\n").trim();
}

/** The end of an output, for people, in a fence of Markdown: without what only a terminal understands. */
export function lastLines(output: string, count: number): string {
  return fenceable(plainLines(output).slice(-count).join("\n").slice(-4000));
}

/** The beginning of what `lastLines` leaves out, likewise. */
export function firstLines(output: string, count: number): string {
  return fenceable(plainLines(output).slice(0, -count).slice(0, count).join("\n").slice(0, 4000));
}

function plainLines(output: string): readonly string[] {
  const plain = withoutControls(stripVTControlCharacters(output));
  return plain.trimEnd().split("\n");
}

function fenceable(text: string): string {
  return text.replaceAll("```", "'''").toWellFormed();
}
