import { after, before, type DiffLine, type FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { matchesPattern } from "../../domain/matches-pattern.ts";
import { type FoundSecret, findSecrets } from "../../domain/redact.ts";
import { disguisedIn } from "./disguised-text.ts";
import type { GuardedChange } from "./guard-rule.ts";
import { lintSecrets } from "./lint-secrets.ts";
import { isMadeUp } from "./made-up-secrets.ts";

export interface Secrets {
  readonly findings: readonly GuardFinding[];
  /** What was found, for nobody but who takes it out of what the other rules quote. */
  readonly values: readonly string[];
}

/** What has the shape of a token or a key must not leave: a branch is public at once, and for ever. */
export async function secrets({ files, basePaths, settings }: GuardedChange): Promise<Secrets> {
  const all: Secrets[] = [];
  // One after the other: together they would keep the worker from everything else.
  for (const file of files) {
    all.push(allowedIn(settings.test_secrets, file, await secretsOf(file)));
    all.push(allowedIn(settings.test_secrets, file, await secretsOfName(file, basePaths)));
  }
  return { findings: all.flatMap(({ findings }) => findings), values: all.flatMap(({ values }) => values) };
}

const nothing: Secrets = { findings: [], values: [] };

async function secretsOf(file: FileDiff): Promise<Secrets> {
  if (file.status === "deleted" || file.kind === "submodule") return nothing;
  if (file.kind !== "text") return await secretsOfRaw(file);
  const lines = after(file);
  if (lines.every(({ mark }) => mark === " ")) return nothing;
  const text = textOf(lines);
  const fresh = freshOf(await allSecretsIn(text, file.path), await allSecretsIn(textOf(before(file)), file.path));
  const lineOf = lineReader(text);
  const found = fresh.flatMap(({ kind, secret, at, said }) => {
    const first = lineOf(at);
    const line = lines.slice(first, lineOf(at + (said ?? secret).length - 1) + 1).find(({ mark }) => mark === "+");
    return line === undefined ? [] : [{ values: valuesOf(secret, said, text), finding: foundIn(file, line.n, kind) }];
  });
  return { findings: found.map(({ finding }) => finding), values: found.flatMap(({ values }) => values) };
}

/** What of a file's text must not be quoted, once a secret was found in it. */
function valuesOf(secret: string, said: string | undefined, text: string): readonly string[] {
  if (said === undefined) return [secret];
  const parts = [...text.matchAll(literal)].flatMap(([, part = ""]) => (secret.includes(part) ? [part] : []));
  return [secret, ...said.split("\n"), ...parts];
}
const literal = /["'`]([\w+/=.~:@-]{8,300})["'`]/g;

/** A branch with such a name is as public as one with such a text. */
async function secretsOfName(file: FileDiff, basePaths: ReadonlySet<string>): Promise<Secrets> {
  if (file.status !== "added" && file.status !== "renamed") return nothing;
  const found = (await secretsIn(file.path, "a name")).filter(({ secret }) => isNewName(secret, basePaths));
  const findings = found.map(({ kind }): GuardFinding => {
    const text = `a ${kind} stands in the name of the file, and must not leave: give it another name`;
    return { rule: "secrets", severity: "blocks", file: file.path, line: null, text };
  });
  return { findings, values: found.map(({ secret }) => secret) };
}

function isNewName(secret: string, basePaths: ReadonlySet<string>): boolean {
  for (const path of basePaths) if (path.includes(secret)) return false;
  return true;
}

/** A NUL hides nothing, be it beside a token or, as in UTF-16, between its letters. */
async function secretsOfRaw(file: FileDiff): Promise<Secrets> {
  const { raw } = file;
  if (raw === undefined) {
    const text =
      "nobody could look for secrets in it, since it is too large, or the change has too many files: leave out what need not be there";
    return { findings: [{ rule: "secrets", severity: "blocks", file: file.path, line: null, text }], values: [] };
  }
  const bothWays = async (text: string) => [
    ...(await secretsIn(text, file.path)),
    ...(text.includes("\0") ? await secretsIn(text.replaceAll("\0", ""), file.path) : []),
  ];
  const fresh = freshOf(await bothWays(raw.now), await bothWays(raw.old));
  const kinds = new Set(fresh.map(({ kind }) => kind));
  return {
    findings: [...kinds].map((kind) => foundIn(file, null, kind)),
    values: fresh.map(({ secret }) => secret),
  };
}

/** Of both tables, ours first: it also knows keys that are too short, or too new, for the other. */
async function secretsIn(text: string, path: string): Promise<readonly FoundSecret[]> {
  const ours = findSecrets(text).filter(({ kind }) => kind !== "password");
  const theirs = (await lintSecrets(text, path)).filter(
    ({ at, secret }) => !ours.some((it) => it.at < at + secret.length && at < it.at + it.secret.length),
  );
  return [...ours, ...theirs].filter((it) => !isMadeUp(it)).map(shortened);
}

type Said = FoundSecret & {
  /** The text that says it in another form. */
  readonly said?: string;
};

/** Those that stand there as they are, then those that a program would put together. */
async function allSecretsIn(text: string, path: string): Promise<readonly Said[]> {
  const plain = await secretsIn(text, path);
  const disguised = disguisedIn(text);
  if (disguised.length === 0) return plain;
  // All at once, with a gap that no secret goes over.
  const gap = "\n\n";
  const starts: number[] = [];
  let length = 0;
  for (const { text: part } of disguised) {
    starts.push(length);
    length += part.length + gap.length;
  }
  const found = await secretsIn(disguised.map(({ text: part }) => part).join(gap), path);
  const hidden = found.flatMap(({ kind, secret, at }): readonly Said[] => {
    const it = disguised[starts.findLastIndex((start) => start <= at)];
    // Without a digit it may be a row of words.
    if (it === undefined || !/\d/.test(secret)) return [];
    if (plain.some((other) => other.at < it.to && it.from < other.at + other.secret.length)) return [];
    return [{ kind: `${kind}, ${it.form},`, secret, at: it.from, said: text.slice(it.from, it.to) }];
  });
  return [...plain, ...hidden];
}

/** A key without an end goes as far as its text does: its head is enough to know it by. */
function shortened({ kind, secret, at }: FoundSecret): FoundSecret {
  return { kind, secret: secret.slice(0, longest), at };
}
const longest = 500;

/** What the file did not hold before, each once. */
function freshOf<Found extends FoundSecret>(now: readonly Found[], old: readonly FoundSecret[]): readonly Found[] {
  const known = new Set(old.map(({ secret }) => secret));
  return now.filter(({ secret }) => {
    const isNew = !known.has(secret);
    known.add(secret);
    return isNew;
  });
}

/** The repository says on its default branch that there are no real ones in it. */
function allowedIn(patterns: readonly string[], file: FileDiff, found: Secrets): Secrets {
  if (!patterns.some((pattern) => matchesPattern(pattern, file.path))) return found;
  const text = "what looks like a secret stands here, which `test_secrets` allows";
  return { ...found, findings: found.findings.map((it) => ({ ...it, severity: "note", text })) };
}

function foundIn({ path }: FileDiff, line: number | null, kind: string): GuardFinding {
  return {
    ...{ rule: "secrets", severity: "blocks", file: path, line },
    text: `a ${kind} stands here, and must not leave: take it out, or make it at run time where a test needs one`,
  };
}

function textOf(lines: readonly DiffLine[]): string {
  return lines.map(({ text }) => text).join("\n");
}

/** The line, from 0, in which a character of the text stands. */
function lineReader(text: string): (at: number) => number {
  const starts = [0];
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return (at) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  };
}
