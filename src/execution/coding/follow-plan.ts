import { explain } from "../../domain/errors.ts";
import type { EventSink, PlanItem } from "../../domain/event.ts";
import { reportProgress } from "../wording/progress-comment.ts";
import type { WorkflowContext } from "../workflow.ts";

/** Tells what happened, and shows a plan in the progress comment, beside the work: nobody waits for GitHub. */
export function followPlan(context: WorkflowContext): {
  readonly tell: EventSink;
  /** Waits until the comment shows the newest plan. */
  shown(): Promise<void>;
} {
  let newest: readonly PlanItem[] | undefined;
  let showing = Promise.resolve();
  const show = async () => {
    if (newest === undefined) return;
    const plan = newest;
    newest = undefined;
    try {
      await reportProgress(context, "coding", plan);
    } catch (error) {
      await context.tell({ type: "warned", message: `The plan is not shown on the issue: ${explain(error)}` });
    }
  };
  return {
    async tell(event) {
      await context.tell(event);
      if (event.type !== "plan_updated") return;
      newest = event.items;
      // What is newer by then goes with the next; thrown by `shown`.
      showing = showing.then(show);
      showing.catch(() => undefined);
    },
    shown: () => showing,
  };
}
