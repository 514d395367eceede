import { added, type DiffLine, removed } from "../../domain/diff.ts";
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
    const known = new Set(removed(file).flatMap(({ text }) => findSecrets(text).map(({ secret }) => secret)));
    return added(file).flatMap(({ text, n }, at, lines) =>
      findSecrets(text)
        .filter(({ kind, secret }) => kind !== "password" && !known.has(secret) && !isMadeUp(kind, secret))
        .filter(({ kind }) => kind !== "private key" || keyBody.test(bodyAt(lines, at)))
        .map(
          ({ kind }): GuardFinding => ({
            ...{ rule: "secrets", severity: "blocks", file: file.path, line: n },
            text: `a ${kind} stands here, and must not leave: take it out, or make it at run time where a test needs one`,
          }),
        ),
    );
  });

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
