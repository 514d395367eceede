import { z } from "zod";
import { mayWrite } from "../domain/forge.ts";
import { fullName } from "../domain/repository.ts";
import { misnamedSettingsPath, repositorySettings, repositorySettingsPath } from "../domain/settings.ts";
import { issueNumber } from "../domain/ticket.ts";
import { allOf } from "./all-of.ts";
import { reportProgress } from "./wording/progress-comment.ts";
import type { WorkflowContext } from "./workflow.ts";

export const admission = z.discriminatedUnion("refused", [
  z.object({ refused: z.literal(false), settings: repositorySettings }),
  z.object({
    refused: z.literal(true),
    outcome: z.object({ status: z.enum(["cancelled", "waiting"]), reason: z.string() }),
  }),
]);
export type Admission = z.infer<typeof admission>;

/**
 * Whether this work may begin: who asked, and what the repository's default branch says about us.
 * A refusal is told on the issue.
 */
export async function admit(context: WorkflowContext): Promise<Admission> {
  const { ticket, run, factory } = context;
  const { forge } = factory;
  const issue = issueNumber(ticket);
  const asker = run.requestedBy.login;

  const [permission, text] = await allOf(
    forge.permission(ticket.repo, asker),
    forge.readFile(ticket.repo, repositorySettingsPath),
  );
  if (!mayWrite(permission)) {
    const body = `Thank you, @${asker}. The label \`${factory.settings.label}\` starts work on this repository, so it takes somebody with write access to ${fullName(ticket.repo)} to set it; nothing was started. A maintainer can remove the label and add it again.`;
    await forge.ensureComment(ticket.repo, issue, "refused", body);
    return {
      refused: true,
      outcome: { status: "cancelled", reason: `@${asker} has no write access to ${fullName(ticket.repo)}` },
    };
  }

  // Else it would be ignored in silence, with all that it protects.
  if (text === undefined && (await forge.readFile(ticket.repo, misnamedSettingsPath)) !== undefined) {
    return await wait(
      context,
      `\`${misnamedSettingsPath}\` is not read: rename it to \`${repositorySettingsPath}\` on the default branch.`,
    );
  }
  const parsed = factory.parseRepositorySettings(text ?? "");
  if (!parsed.ok) {
    const reason = `\`${repositorySettingsPath}\` cannot be used:\n\n\`\`\`text\n${parsed.problems.join("\n").replaceAll("```", "'''")}\n\`\`\``;
    return await wait(context, reason);
  }

  return { refused: false, settings: parsed.settings };
}

async function wait(context: WorkflowContext, reason: string): Promise<Admission> {
  await reportProgress(context, { status: "waiting", reason });
  return { refused: true, outcome: { status: "waiting", reason } };
}
