import { z } from "zod";
import { askFor } from "../agent/ask-for.ts";
import { renderPrompt } from "../agent/render-prompt.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import { quoteUntrusted } from "../domain/quote-untrusted.ts";
import { ticketTypes } from "../domain/ticket.ts";
import { openPurse } from "../store/ledger.ts";
import type { Seen } from "./show-seen.ts";
import type { WorkflowContext } from "./workflow.ts";

const assessment = z.strictObject({
  kind: z.enum(ticketTypes),
  complexity: z.number().min(0).max(1).describe("How hard it will be to solve well"),
  reason: z.string().min(1).max(300).describe("One short line"),
});

export const assessed = z.object({
  /** `null` where there is nothing to choose, or no answer. */
  assessment: assessment.nullable(),
  /** How many models of the route for code are passed over. */
  from: z.number(),
  costUsd: z.number(),
});
export type Assessed = z.infer<typeof assessed>;

const maxOutputTokens = 1_000;
const unassessed = { assessment: null, from: 0, costUsd: 0 } as const;

/** Who begins: the first model, or the second where the ticket is judged to be hard. With one model nobody is asked. */
export async function assess(context: WorkflowContext, seen: Seen): Promise<Assessed> {
  const { factory, tell } = context;
  const [first, second] = factory.models.namesOf("code");
  if (second === undefined) return unassessed;
  // Before anything is paid.
  await seen.shown();
  const asked = await judge(context);
  if (asked?.status !== "answered") return { ...unassessed, costUsd: asked?.costUsd ?? 0 };
  const { value, costUsd } = asked;
  const from = value.complexity >= factory.settings.llm.escalation.complexity ? 1 : 0;
  await tell({ type: "assessed", ...value, model: from === 0 ? first : second });
  return { assessment: value, from, costUsd };
}

/** The work can do without: what goes wrong is told and no more. */
async function judge({ factory, lease, ticket, tell, signal }: WorkflowContext) {
  const { budget } = factory.settings;
  const purse = openPurse(factory.db, lease, { step: "assess", budget, now: () => new Date() });
  const route = factory.models.route("triage", { purse, tell });
  const text = `${quoteUntrusted("issue title", ticket.title, 500)}\n\n${quoteUntrusted("issue", ticket.body)}`;
  const request = {
    system: (await renderPrompt("assess", {})).text,
    messages: [{ role: "user", text }],
    tools: [],
    maxOutputTokens,
  } as const;
  try {
    const asked = await askFor(route, request, assessment, { signal });
    if (asked.status !== "answered") {
      await tell({ type: "warned", message: `The ticket could not be judged: ${asked.reason}` });
    }
    return asked;
  } catch (error) {
    if (signal.aborted || !(error instanceof NightshiftError)) throw error;
    await tell({ type: "warned", message: `The ticket could not be judged: ${explain(error)}` });
    return undefined;
  }
}
