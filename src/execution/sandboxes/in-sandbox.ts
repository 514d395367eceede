import type { WorkflowContext } from "../workflow.ts";
import { removeSandbox } from "./check-out.ts";
import { type Ready, type ReadyRequest, readySandbox } from "./ready-sandbox.ts";

/** Does something in a sandbox that is made ready for it and removed after. */
export async function inSandbox<Result>(
  context: WorkflowContext,
  request: ReadyRequest,
  act: (ready: Ready) => Promise<Result>,
): Promise<Result> {
  const ready = await readySandbox(context, request);
  try {
    return await act(ready);
  } finally {
    await removeSandbox(ready.sandbox, context);
  }
}
