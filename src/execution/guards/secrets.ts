import { added, type DiffLine, type FileDiff, removed } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { findSecrets } from "../../domain/redact.ts";
import type { Guard } from "./guard-rule.ts";

const placeholder = /example|placeholder|dummy|fake|sample|your|xxxx|0000|1234567|abcdef|redacted|changeme/i;
const leastDistinct = 8;
const keyBody = /[A-Za-z0-9+/]{40}/;
const keyHeadLines = 5;

/** What has the shape of a token or a key must not leave: a branch is public at once, and for ever. */
export const secrets: Guard = ({ files }) =>
  files.flatMap((file) => {
    if (file.kind !== "text" && file.status !== "deleted") return rawFindings(file);
    const known = new Set(removed(file).flatMap(({ text }) => findSecrets(text).map(({ secret }) => secret)));
    return added(file).flatMap(({ text, n }, at, lines) =>
      findSecrets(text)
        .filter(({ kind, secret }) => kind !== "password" && !known.has(secret) && !isMadeUp(kind, secret))
        .filter(({ kind }) => kind !== "private key" || keyBody.test(bodyAt(lines, at)))
        .map(({ kind }) => found(file, n, kind)),
    );
  });

/** A NUL hides nothing, be it beside a token or, as in UTF-16, between its letters. */
function rawFindings(file: FileDiff): readonly GuardFinding[] {
  if (file.kind === "submodule") return [];
  if (file.raw === undefined) {
    const text =
      "nobody could look for secrets in it: the change has too many files, or they are too large to be pushed";
    return [{ rule: "secrets", severity: "blocks", file: file.path, line: null, text }];
  }
  const secretsOf = (text: string) => [...findSecrets(text), ...findSecrets(text.replaceAll("\0", ""))];
  const known = new Set(secretsOf(file.raw.old).map(({ secret }) => secret));
  const kinds = secretsOf(file.raw.now)
    .filter(({ kind, secret }) => kind !== "password" && !known.has(secret) && !isMadeUp(kind, secret))
    .filter(({ kind, secret }) => kind !== "private key" || keyBody.test(secret))
    .map(({ kind }) => kind);
  return [...new Set(kinds)].map((kind) => found(file, null, kind));
}

function found({ path }: FileDiff, line: number | null, kind: string): GuardFinding {
  return {
    ...{ rule: "secrets", severity: "blocks", file: path, line },
    text: `a ${kind} stands here, and must not leave: take it out, or make it at run time where a test needs one`,
  };
}

/** Where a key's first line stands alone, as in code that reads keys, there is none. */
function bodyAt(lines: readonly DiffLine[], at: number): string {
  return lines
    .slice(at, at + keyHeadLines)
    .map(({ text }) => text)
    .join("\n");
}

/** A word that merely begins like a token, or one that documentation uses. */
function isMadeUp(kind: string, secret: string): boolean {
  if (kind === "private key") return false;
  if (placeholder.test(secret) || new Set(secret).size < leastDistinct) return true;
  return kind === "model key" && !(/\d/.test(secret) && /[A-Z]/.test(secret));
}
