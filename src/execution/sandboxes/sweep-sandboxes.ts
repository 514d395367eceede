import { explain } from "../../domain/errors.ts";
import { isInUse } from "../../store/preparations.ts";
import type { WorkflowContext } from "../workflow.ts";

/** The worker before may have died with its sandboxes. What cannot be removed now does not stand in the way of what is to be done. */
export async function sweepSandboxes({ factory, tell }: Pick<WorkflowContext, "factory" | "tell">): Promise<void> {
  try {
    await factory.sandboxes.sweep((runId, lease) => isInUse(factory.db, { runId, lease }));
  } catch (error) {
    await tell({ type: "warned", message: `Old sandboxes could not be removed: ${explain(error)}` });
  }
}
