/**
 * A process of ours outside each srt sandbox. The runtime knows one configuration per process, so each sandbox has a process
 * that owns one: it starts the sandbox with the runtime's proxy beside it, tells its parent what was refused, and ends with it.
 * Its environment is all that could leak inside; it is given none of the worker's.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { SandboxManager } from "@anthropic-ai/sandbox-runtime";
import type { Refusal } from "../../domain/sandbox.ts";
import { refusalOf, refusedAddress } from "./srt-network.ts";
import type { SrtPlan } from "./srt-plan.ts";

// Without the worker the sandbox ends by itself when its input does, if what runs in it lets it.
const endAll = () => process.kill(-process.pid, "SIGKILL");
process.once("disconnect", endAll);
if (!process.connected) endAll();

const plan: SrtPlan = JSON.parse(process.argv[2] ?? "");

await SandboxManager.initialize(plan.config, async ({ host, port }) => {
  const reason = refusalOf(host, port ?? 0, plan.network);
  if (reason === undefined) return true;
  tell({ host, port: port ?? 0, reason });
  return { allow: false, reason: `${host}:${port}: ${reason}` };
});
let told = 0;
const store = SandboxManager.getSandboxViolationStore();
store.subscribe((violations) => {
  const fresh = store.getTotalCount() - told;
  told += fresh;
  for (const { line } of fresh > 0 ? violations.slice(-fresh) : []) {
    const refused = refusedAddress(line);
    if (refused !== undefined) tell({ ...refused, reason: "forbidden_address" });
  }
});

const wrapped = await SandboxManager.wrapWithSandbox(plan.inside, undefined, undefined, undefined, {
  commandText: "sandbox",
});
const child = spawn("bash", ["-c", [...plan.outside, `exec ${wrapped}`].join("\n")], { stdio: "inherit" });
await once(child, "exit");
await SandboxManager.reset();
process.exit(child.exitCode ?? 1);

function tell(refusal: Omit<Refusal, "command">): void {
  if (process.connected) process.send?.(refusal);
}
