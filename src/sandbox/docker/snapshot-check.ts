import { explain } from "../../domain/errors.ts";
import type { HealthCheck } from "../../domain/health.ts";
import type { SandboxProvider } from "../../domain/sandbox.ts";

const name = "snapshots";
const mb = 1024 * 1024;

/** How many snapshots there are, what they take, and whether the disk has room for what they may take. */
export async function checkSnapshots(
  { name: provider, snapshots }: Pick<SandboxProvider, "name" | "snapshots">,
  budgetMb: number,
): Promise<HealthCheck> {
  if (snapshots === undefined) return { name, ok: true, detail: `sandboxes of ${provider} are not kept` };
  try {
    const { count, bytes, freeBytes } = await snapshots.usage();
    const usedMb = Math.round(bytes / mb);
    const freeMb = freeBytes === undefined ? undefined : Math.floor(freeBytes / mb);
    const figures = { count, used_mb: usedMb, budget_mb: budgetMb, ...(freeMb !== undefined && { free_mb: freeMb }) };
    const free = freeMb === undefined ? "what is free on the engine's disk cannot be told" : `${freeMb} MB are free`;
    const detail = `${count} on the engine, ${usedMb} MB; the budget is ${budgetMb} MB (\`sandbox.snapshots_mb\`), ${free}`;
    if (freeMb === undefined || budgetMb <= usedMb + freeMb) return { name, ok: true, detail, figures };
    const remedy = `The disk is full before the budget is: set \`sandbox.snapshots_mb\` to ${usedMb + Math.floor(freeMb / 2)} or less in nightshift.yaml, or make room (\`docker system df\` shows what takes it).`;
    return { name, ok: false, detail, remedy, figures };
  } catch (error) {
    return { name, ok: false, detail: explain(error), remedy: "Read the engine's log, and run `docker system df`." };
  }
}
