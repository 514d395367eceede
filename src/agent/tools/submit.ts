import { z } from "zod";
import { quoteUntrusted } from "../../domain/quote-untrusted.ts";
import { defineTool } from "./define-tool.ts";

export const submission = z.strictObject({
  title: z
    .string()
    .min(1)
    .max(120)
    .describe("What changes, as a commit's first line, without a type prefix, like: Round half cents up"),
  what: z.string().min(1).describe("What was changed, for the reviewer, in a few sentences of Markdown"),
  why: z.string().min(1).describe("What was wrong or wanted, and why this is the right change"),
  checked: z
    .array(
      z.strictObject({
        criterion: z.string().min(1).describe("The criterion, in the ticket's words"),
        how: z.string().min(1).describe("What you ran or looked at, and what it showed"),
      }),
    )
    .max(50)
    .optional()
    .describe("Each of the ticket's acceptance criteria, or what it asks for where it lists none"),
  confidence: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("How sure you are that this is what the ticket wants and that it is right, from 0 to 1"),
  no_regression_test_because: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe("Only for a bug whose change brings no test that fails without it: why there is none"),
});
/** What the coder says of its finished change. Said, not proven: the evidence is gathered elsewhere. */
export type Submission = Readonly<z.infer<typeof submission>>;

export const submit = defineTool<typeof submission, Submission>({
  name: "submit",
  description:
    "Hand in the change that is in the workspace. Ends your work; call it once, alone, when the tests pass, and say for each acceptance criterion how you checked it.",
  parameters: submission,
  readOnly: true,
  final: true,
  run: async (submitted) => ({ text: "Submitted.", submitted }),
});

/** The same for a ticket that says when it is done: a hand-in that leaves some of that out is not taken. */
export function submitFor(criteria: readonly string[]): typeof submit {
  if (criteria.length === 0) return submit;
  return defineTool<typeof submission, Submission>({
    ...submit,
    run: async (submitted, context) => {
      const { checked = [] } = submitted;
      if (checked.length >= criteria.length) return await submit.run(submitted, context);
      const list = quoteUntrusted("acceptance criteria", criteria.map((criterion) => `- ${criterion}`).join("\n"));
      return {
        text: `Nothing was handed in: \`checked\` has ${checked.length} of ${criteria.length} entries. Submit again, with one for each of these that says how you checked it, or that it cannot be checked here or is not about the code:\n${list}`,
        isError: true,
      };
    },
  });
}
