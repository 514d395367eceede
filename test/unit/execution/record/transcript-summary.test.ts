import { expect, test } from "vitest";
import { transcript } from "../../../../src/execution/record/transcript.ts";
import { saying } from "../../../support/played-model.ts";

const words = (text: string) => ({ role: "user", text }) as const;
const row = { costUsd: 0.5, checkpoint: null };
const request = { head: "abc", level: 0, shortened: [] };
const opening = { ...row, n: 0, messages: [words("Judge it.")], costUsd: 0, request: null };
const head = { system: "You judge.", tools: [], models: [], maxOutputTokens: 1, prompts: { system: [], opening: [] } };

test("what was asked between two turns stands between them, with what came of it", () => {
  const turns = [opening, ...[1, 2].map((n) => ({ ...row, n, messages: [saying(`Answer ${n}.`)], request }))];
  const summary = { goal: "x", done: [], open: [], state: [], tests: [], decisions: [] };
  const asked = (shownTo: number) => ({ shownTo, messages: [words("Note it down."), saying("{}")] });
  const written = transcript("code", turns, new Map(), [
    { after: 1, made: null, costUsd: 0.25, asked: asked(1) },
    { after: 2, made: { upTo: 1, summary, text: "" }, costUsd: 0.25, asked: asked(1) },
  ]);
  const said = "```text\nNote it down.\n```\n\n> {}\n";
  expect(written).toBe(`# code: 2 turns, $1.5000

## Task

\`\`\`text
Judge it.
\`\`\`

## Turn 1, $0.5000

> Answer 1.

## Asked for a summary, $0.2500

Nothing came of it.

${said}
## Turn 2, $0.5000

> Answer 2.

## Asked for a summary, $0.2500

From here on the answer stands for turns 1 to 1. It was shown its turns to 1: more was too long.

${said}`);
});

test("an answer that was to be data is shown with its form, and with what others proposed for it", () => {
  const answer = { name: "answer", schema: { type: "object" } };
  const proposals = [saying("One."), saying("Two.")].map((reply, at) => ({ ...reply, model: `local/${at}` }));
  const turn = { ...row, n: 1, messages: [saying("{}")], request: { ...request, proposals } };
  const written = transcript("triage", [opening, turn], new Map([["abc", { ...head, answer }]]));
  expect(written).toContain('Its answer is to be JSON of this form:\n\n```text\n{\n  "type": "object"\n}\n```\n');
  expect(written).toMatch(
    /^# triage: 1 turn, .*## Turn 1, .*local\/0 proposed:\n\n> One\.\n\nlocal\/1 proposed:\n\n> Two\.\n\n> \{\}\n$/s,
  );
});
