import { renderPrompt } from "../../agent/render-prompt.ts";
import type { KnownRed } from "../../agent/watch.ts";
import { explain, NightshiftError } from "../../domain/errors.ts";
import { quoteUntrusted } from "../../domain/quote-untrusted.ts";
import type { TestResult } from "../../domain/test-result.ts";
import type { PreparedGround } from "../ground.ts";
import { wordsOf } from "../orient/read-ticket.ts";
import { baseReport } from "../proof/base-report.ts";
import { knownRed } from "../proof/known-red.ts";
import { titleOf } from "../proof/test-key.ts";
import type { ReadyRequest } from "../sandboxes/ready-sandbox.ts";
import type { WorkflowContext } from "../workflow.ts";

const maxTests = 20;

/**
 * Tells the coder's own red tests from those that were red before: by the repository's tests on the base, in the sandbox and with the
 * result that will prove the change too. What goes wrong with that is told, and then nothing is excused.
 */
export function lookAtBase(
  context: WorkflowContext,
  { commands, triaged }: PreparedGround,
  at: ReadyRequest,
  workspace: string,
): KnownRed {
  const { test, reports } = commands;
  const wanted = { workspace, isBug: triaged.document.type === "bug", asked: wordsOf(context.ticket) };
  return async (run, { signal }) => {
    if (test === null) return undefined;
    try {
      const base = await baseReport({ ...context, signal }, { ...at, purpose: "verify" }, { test, reports });
      const red = knownRed(run, base, wanted);
      return red && { about: "known_red", text: await told(red) };
    } catch (error) {
      if (!(error instanceof NightshiftError) || error.code === "lease_lost" || signal.aborted) throw error;
      await context.tell({ type: "warned", message: `The tests could not be run on the base: ${explain(error)}` });
      return undefined;
    }
  };
}

async function told(red: readonly TestResult[]): Promise<string> {
  const names = red.slice(0, maxTests).map((test) => `- ${titleOf(test)}`);
  const more = red.length > maxTests ? [`- and ${red.length - maxTests} more`] : [];
  return (
    await renderPrompt("known-red", { tests: quoteUntrusted("tests red before", [...names, ...more].join("\n")) })
  ).text;
}
