import { expect, test } from "vitest";
import { transcript } from "../../../../src/execution/record/transcript.ts";

const head = {
  system: "You are a coder.",
  tools: [{ name: "bash", description: "", parameters: {} }],
  models: ["played/one"],
  maxOutputTokens: 100,
  prompts: { system: [], opening: [] },
};
const usage = { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 };
const request = { head: "abc", level: 0, shortened: [] };
const command = { type: "tool_call", id: "1", name: "bash", arguments: { command: "ls\ncat a", seconds: 5 } } as const;

test("a conversation reads from its prompt to its last turn, each prompt once", () => {
  const written = transcript(
    "code",
    [
      { n: 0, messages: [{ role: "user", text: "Mend it." }], costUsd: 0, checkpoint: null, request: null },
      {
        n: 1,
        costUsd: 0.5,
        checkpoint: null,
        request,
        messages: [
          {
            role: "assistant",
            content: [{ type: "text", text: "# Look\nfirst." }, command],
            stopReason: "tool_calls",
            usage,
            model: "played/one",
          },
          { role: "tool", results: [{ callId: "1", name: "bash", text: "```\nno fence ends it\n```", isError: true }] },
        ],
      },
      { n: 2, messages: [{ role: "user", text: "Go on." }], costUsd: 0.25, checkpoint: null, request },
    ],
    new Map([["abc", head]]),
  );
  expect(written).toBe(`# code: 2 turns, $0.7500

## System prompt

\`\`\`text
You are a coder.
\`\`\`

Its tools: bash

## Task

\`\`\`text
Mend it.
\`\`\`

## Turn 1, $0.5000

> # Look
> first.

**bash**

\`\`\`text
command: ls
cat a
seconds: 5
\`\`\`

bash failed:

\`\`\`\`text
\`\`\`
no fence ends it
\`\`\`
\`\`\`\`

## Turn 2, $0.2500

\`\`\`text
Go on.
\`\`\`
`);
});
