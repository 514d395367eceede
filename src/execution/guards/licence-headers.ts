import { posix } from "node:path";
import { after, before, type DiffLine, type FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import type { Guard } from "./guard-rule.ts";
import { isSource } from "./test-language.ts";

const header = /copyright|licen[cs]e|SPDX-License-Identifier/i;
const leastNeighbours = 3;
const headerLines = 12;

/** New files without a licence header, where most of their neighbours carry one, and files that lose theirs. */
export const licenceHeaders: Guard = ({ files, neighbours }) =>
  files.flatMap((file): readonly GuardFinding[] => {
    if (losesHeader(file)) {
      const text = "the licence at its head is gone";
      return [{ rule: "licence-headers", severity: "draft", file: file.path, line: null, text }];
    }
    const beside = neighbours.get(posix.dirname(file.path)) ?? [];
    const carry = beside.filter((text) => header.test(text)).length;
    const isUsual = beside.length >= leastNeighbours && carry * 2 > beside.length;
    if (file.status !== "added" || file.kind !== "text" || !isSource(file.path) || !isUsual) return [];
    const head = after(file).slice(0, headerLines);
    if (head.some(({ text }) => header.test(text))) return [];
    const text = `${carry} of ${beside.length} source files beside it begin with a licence, and this one does not`;
    return [{ rule: "licence-headers", severity: "note", file: file.path, line: 1, text }];
  });

function losesHeader(file: FileDiff): boolean {
  if (file.status === "added" || file.status === "deleted" || !isSource(file.path)) return false;
  const inHead = (lines: readonly DiffLine[]) => lines.slice(0, headerLines).filter(({ text }) => isNotice(text));
  return inHead(before(file)).some(({ mark }) => mark === "-") && !after(file).some(({ text }) => isNotice(text));
}

/** In a comment, where a program may well be about licences. */
function isNotice(text: string): boolean {
  return header.test(text) && /^\s*(?:\/\/|\/?\*|#|--|;|<!--|"""|\(c\)|copyright|SPDX|licen[cs]ed)/i.test(text);
}
