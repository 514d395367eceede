import { explain, NightshiftError } from "../../domain/errors.ts";
import type { Mirror } from "../../domain/forge.ts";
import type { Survey } from "../../domain/survey.ts";
import type { WorkflowContext } from "../workflow.ts";

/** The work can do without: what goes wrong is told and no more. */
export async function surveyOf(
  { factory, tell, signal }: Pick<WorkflowContext, "factory" | "tell" | "signal">,
  mirror: Mirror,
  sha: string,
): Promise<Survey | undefined> {
  try {
    return await factory.forge.survey(mirror, sha, { signal });
  } catch (error) {
    if (signal.aborted || !(error instanceof NightshiftError)) throw error;
    await tell({ type: "warned", message: `No map of the repository could be made: ${explain(error)}` });
    return undefined;
  }
}
