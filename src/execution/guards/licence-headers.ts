import { posix } from "node:path";
import { after } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import type { Guard } from "./guard-rule.ts";
import { isSource } from "./test-language.ts";

const header = /copyright|licen[cs]e|SPDX-License-Identifier/i;
const leastNeighbours = 3;
const headerLines = 12;

/** New files without a licence header, where most of their neighbours carry one. */
export const licenceHeaders: Guard = ({ files, neighbours }) =>
  files.flatMap((file): readonly GuardFinding[] => {
    const beside = neighbours.get(posix.dirname(file.path)) ?? [];
    const carry = beside.filter((text) => header.test(text)).length;
    const isUsual = beside.length >= leastNeighbours && carry * 2 > beside.length;
    if (file.status !== "added" || file.kind !== "text" || !isSource(file.path) || !isUsual) return [];
    const head = after(file).slice(0, headerLines);
    if (head.some(({ text }) => header.test(text))) return [];
    const text = `${carry} of ${beside.length} source files beside it begin with a licence, and this one does not`;
    return [{ rule: "licence-headers", severity: "note", file: file.path, line: 1, text }];
  });
