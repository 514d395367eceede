import { execFile } from "node:child_process";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { onTestFinished } from "vitest";
import { z } from "zod";
import type { AddRepository, PullRequestView } from "../../src/playground/github/github-look-alike.ts";
import type { TurnScript } from "../../src/playground/model/model-script.ts";
import { anIssue, type Rig, type RigOptions, startRig } from "./rig.ts";
import { smallShop, solveSmallShop } from "./small-shop.ts";

export const label = "ready-for-robot";

export type Repo = Awaited<ReturnType<typeof anIssue>>["repo"];

/** What is bad about it; all the rest is a small shop with one bug, and a model that mends it. */
export interface BadInput extends Partial<Omit<RigOptions, "script">> {
  readonly files?: AddRepository["files"];
  readonly defaultBranch?: string;
  readonly title?: string;
  readonly body?: string;
  readonly turns?: readonly TurnScript[];
  /** Done to the repository before anybody asks for anything. */
  readonly arrange?: (rig: Rig, repo: Repo) => Promise<unknown>;
}

export interface Worked {
  readonly rig: Rig;
  readonly repo: Repo;
  readonly number: number;
  /** How the run and its ticket ended. */
  readonly ended: { readonly run: string; readonly ticket: string | undefined };
  readonly reason: string;
  /** What stands on the issue, as a person reads it; without the table of costs. */
  readonly issue: readonly string[];
  readonly pull: PullRequestView | undefined;
  /** What stands at the top of the pull request. */
  readonly warnings: readonly string[];
  /** What the tools told the model, call by call. */
  readonly answers: readonly string[];
  /** All that went to the model. */
  readonly sent: string;
  /** What the operator's log of the run warns of. */
  readonly warned: readonly string[];
}

/** A rig for this test, gone with it. */
export async function badRig(input: BadInput = {}): Promise<Rig> {
  const { turns } = input;
  const script = turns === undefined ? solveSmallShop : { turns: [...turns] };
  const rig = await startRig({ sandbox: "process", ...input, script });
  onTestFinished(() => rig[Symbol.asyncDispose]());
  return rig;
}

/** From the label to the end of the run, and all that can be seen of it. */
export async function work(input: BadInput): Promise<Worked> {
  const rig = await badRig(input);
  const { repo, number } = await anIssue(rig, { files: smallShop, ...input });
  await input.arrange?.(rig, repo);
  await rig.github.addLabel(repo, number, label, "ada");
  const { status, reason } = await rig.runEnded();
  const pull = (await rig.github.pullRequests(repo)).at(-1);
  return {
    ...{ rig, repo, number, reason, pull },
    ended: { run: status, ticket: await ticketState(rig) },
    issue: shown(rig, repo, number),
    warnings: warningsOf(pull?.body ?? ""),
    answers: toolAnswers(rig),
    sent: JSON.stringify(rig.model.requests.map(({ body }) => body)),
    warned: rig.events.flatMap((event) => (event.type === "warned" ? [placeless(rig, event.message)] : [])),
  };
}

export function shown(rig: Rig, repo: Repo, number: number): readonly string[] {
  return rig.github.comments(repo, number).map(({ body }) =>
    placeless(rig, body)
      .replace(/<!--.*?-->/s, "")
      .replace(/\n\n\| Step \|.*? may cost\./s, "")
      .trim(),
  );
}

/** Without the address of its look-alike, which is another one each time. */
function placeless({ github }: Rig, text: string): string {
  return text.replaceAll(github.url, "https://github.test");
}

function warningsOf(body: string): readonly string[] {
  const [, block = ""] = /> \[!WARNING\]\n((?:> .*\n)+)/.exec(body) ?? [];
  return block.split("\n").flatMap((line) => (line === "" ? [] : [line.slice(2)]));
}

const again = `To start over, remove the label \`${label}\` and add it again.`;
const pullUrl = "https://github.test/acme/shop/pull/2";

/** How a ticket ends that nothing is wrong with. */
export const done = {
  ended: { run: "succeeded", ticket: "ready" },
  issue: [`Done for @ada: ${pullUrl} is tested and ready to be reviewed.`],
  warnings: [],
} as const;

/** How it ends with a draft, and the doubt that is said of it. */
export function draft(doubt: string) {
  return {
    ended: { run: "needs_human", ticket: "needs_human" },
    issue: [`This needs a person, @ada.\n\n${pullUrl} is a draft: ${doubt}.\n\n${again}`],
    warnings: [`${doubt[0]?.toUpperCase()}${doubt.slice(1)}.`],
  } as const;
}

/** How it ends without a pull request, and what is said then. */
export function handedOver(reason: string) {
  return {
    ended: { run: "needs_human", ticket: "needs_human" },
    issue: [`This needs a person, @ada.\n\n${reason}\n\n${again}`],
    pull: undefined,
  } as const;
}

/** How it ends where it could not be worked on. */
export function failed(reason: string) {
  return {
    ended: { run: "failed", ticket: "failed" },
    issue: [`Nightshift could not finish this, @ada.\n\n${reason}\n\n${again}`],
    pull: undefined,
  } as const;
}

export async function ticketState({ store }: Rig): Promise<string | undefined> {
  return (await store.db.selectFrom("tickets").select("state").executeTakeFirst())?.state;
}

const text = z.object({ type: z.literal("text"), text: z.string() }).transform((part) => part.text);
const other = z.unknown().transform(() => "");
const result = z.object({
  type: z.literal("tool_result"),
  content: z.union([z.string(), z.array(z.union([text, other])).transform((parts) => parts.join(""))]),
});
const request = z.object({ messages: z.array(z.object({ content: z.unknown() })) });

function toolAnswers({ model }: Rig): readonly string[] {
  const asked = request.safeParse(model.requests.at(-1)?.body);
  const parts = asked.data?.messages.flatMap(({ content }) => (Array.isArray(content) ? content : [])) ?? [];
  return parts.flatMap((part) => result.safeParse(part).data?.content ?? []);
}

/** A model's turn with one call. */
export function call(name: string, args: Readonly<Record<string, unknown>> = {}): TurnScript {
  return { reply: { tool_calls: [{ name, arguments: args }] } };
}

export const bash = (command: string): TurnScript => call("bash", { command });

/** Commits files on top of a branch in one go, as bytes: what no text can hold, and what is too much to be sent. */
export async function importFiles(
  { configuration }: Rig,
  repo: Repo,
  files: Iterable<readonly [path: string, content: Uint8Array | string]>,
  branch = "main",
): Promise<void> {
  const path = join(configuration.settings.data_dir, "github", repo.owner, `${repo.name}.git`);
  const git = execFile("git", ["-C", path, "fast-import", "--quiet"]);
  const ended = new Promise<void>((resolve, reject) => {
    git.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`git fast-import: exit code ${code}`))));
  });
  if (git.stdin === null) throw new Error("git has no standard input");
  await pipeline(Readable.from(importStream(branch, files)), git.stdin);
  await ended;
}

function* importStream(branch: string, files: Iterable<readonly [path: string, content: Uint8Array | string]>) {
  yield `commit refs/heads/${branch}\ncommitter Ada <ada@example.org> 1700000000 +0000\ndata 4\nMore\nfrom refs/heads/${branch}^0\n`;
  for (const [path, content] of files) {
    const bytes = Buffer.from(content);
    yield Buffer.concat([
      Buffer.from(`M 100644 inline ${JSON.stringify(path)}\ndata ${bytes.length}\n`),
      bytes,
      Buffer.from("\n"),
    ]);
  }
}
