import type { RunEvent } from "../domain/event.ts";
import type { TestCounts } from "../domain/evidence.ts";
import { forTerminal } from "./for-terminal.ts";

const seconds = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** One line for people about what happened. */
export function timelineLine(event: RunEvent): string {
  return forTerminal(lineOf(event));
}

function lineOf(event: RunEvent): string {
  switch (event.type) {
    case "delivery_accepted":
      return `delivery  ${event.event} ${event.deliveryId}`;
    case "ticket_queued":
      return `ticket    ${event.ticket} "${event.title}", asked for by @${event.by}`;
    case "budget_set":
      return `budget    $${event.usd.toFixed(2)} in all, set by @${event.by}`;
    case "stop_asked":
      return `stop      asked for by @${event.by}`;
    case "waived":
      return `waived    ${event.rules.join(", ")} by @${event.by}${event.reason === null ? "" : `: ${firstLine(event.reason)}`}`;
    case "answered":
      return `answer    ${event.approved ? "yes, " : ""}by ${event.by.map((login) => `@${login}`).join(", ")}`;
    case "plan_made":
      return `plan      ${event.steps} ${event.steps === 1 ? "step" : "steps"}: ${firstLine(event.goal)}`;
    case "asked":
      return `asked     ${event.kind}: ${firstLine(event.text)}`;
    case "run_started":
      return `run       started with ${event.model} in ${event.sandbox} sandboxes${event.lease > 1 ? `, attempt ${event.lease}` : ""}`;
    case "state_changed":
      return `state     ${event.from} → ${event.to}`;
    case "sandbox_started":
      return `sandbox   ${event.id} for ${event.purpose}${event.from === undefined ? "" : ` from ${event.from}`}, checked out in ${seconds(event.durationMs)}`;
    case "sandbox_removed":
      return `sandbox   ${event.id} removed`;
    case "setup_finished":
      return `set-up    ${event.command}: exit code ${event.exitCode ?? "none"} after ${seconds(event.durationMs)}`;
    case "egress_refused":
      return `blocked   ${event.host}:${event.port} (${event.reason})${event.command === null ? "" : `, by ${firstLine(event.command)}`}`;
    case "turn_finished":
      return `turn ${String(event.n).padEnd(4)} ${event.text === "" ? "(no words)" : firstLine(event.text)}`;
    case "summarized":
      return `summary   of turns ${event.fromTurn} to ${event.toTurn}: some ${event.tokensAfter.toLocaleString("en")} tokens instead of ${event.tokensBefore.toLocaleString("en")}`;
    case "model_failed":
      return `model     ${event.model} failed${event.retryInMs === null ? "" : `, again in ${seconds(event.retryInMs)}`}: ${firstLine(event.reason)}`;
    case "model_skipped":
      return `model     ${event.model} passed over: ${event.reason}`;
    case "model_switched":
      return `model     ${event.to} instead of ${event.from}`;
    case "output_streamed":
      return `    … ${event.tool}  ${firstLine(event.text.trim().split("\n").at(-1) ?? "")}`;
    case "tool_finished":
      return `  ${event.isError ? "✗" : "·"} ${event.tool}  ${event.summary}  (${seconds(event.durationMs)})`;
    case "noted":
      return `  ! ${event.about.replaceAll("_", " ")}  ${firstLine(event.text.replace(/^Note from Nightshift: /, ""))}`;
    case "plan_updated": {
      const done = event.items.filter(({ status }) => status === "done").length;
      const now = event.items.find(({ status }) => status === "doing");
      return `plan      ${done} of ${event.items.length} done${now === undefined ? "" : `: ${firstLine(now.text)}`}`;
    }
    case "tests_finished":
      return `tests     ${event.on}: ${event.passed ? "green" : "red"}${counted(event.counts)}, ${event.command} took ${seconds(event.durationMs)}`;
    case "check_finished":
      return `check     ${event.check} on ${event.on}: ${event.passed ? "green" : "red"}, ${event.command} took ${seconds(event.durationMs)}`;
    case "guard_finding":
      return `guard     ${event.rule} (${event.severity}) ${event.file}${event.line === null ? "" : `:${event.line}`}: ${firstLine(event.text)}`;
    case "questions_asked":
      return `asked     ${event.questions.map(firstLine).join(" ")}`;
    case "assessed":
      return `assessed  ${event.kind}, complexity ${event.complexity.toFixed(2)}, ${event.model} begins: ${firstLine(event.reason)}`;
    case "refining":
      return `round ${String(event.round).padEnd(3)} ${event.model} mends its change (${event.refinement} of ${event.of}): ${firstLine(event.reason)}`;
    case "escalated":
      return `round ${String(event.round).padEnd(3)} ${event.to} takes over from ${event.from} (${event.why}): ${firstLine(event.reason)}`;
    case "branch_pushed":
      return `push      ${event.branch} at ${event.sha.slice(0, 12)}`;
    case "pull_request_opened":
      return event.number === null
        ? `branch    ${event.url}${event.draft ? " (draft)" : ""}`
        : `pull      #${event.number}${event.draft ? " (draft)" : ""} ${event.url}`;
    case "warned":
      return `warning   ${event.message}`;
    case "run_waiting":
      return `run       ${event.byItself ? "waits and goes on by itself" : "stops here, and the same command goes on"}: ${event.reason}`;
    case "run_ended":
      return `run       ${event.status}: ${firstLine(event.reason)}`;
    default:
      return event satisfies never;
  }
}

function counted(counts: TestCounts | null): string {
  return counts === null ? "" : ` (${counts.passed} passed, ${counts.failed} failed)`;
}

function firstLine(text: string): string {
  const line = text.trim().split("\n")[0] ?? "";
  return line.length <= 140 ? line : `${line.slice(0, 139)}…`;
}
