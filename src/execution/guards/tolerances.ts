import { added, type DiffLine, type FileDiff, removed } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import type { Guard } from "./guard-rule.ts";
import { isTestPath } from "./test-language.ts";

const number = String.raw`(\d[\d_]*(?:\.\d+)?(?:e[-+]?\d+)?)`;
const digits = /\btoBeCloseTo\([^,]+,\s*(\d+)\s*\)|\bplaces\s*=\s*(\d+)/;
const distance = [
  new RegExp(String.raw`\b(?:abs|rel|delta|atol|rtol|epsilon|eps|tolerance|tol)\s*[=:]\s*${number}`, "i"),
  new RegExp(String.raw`\b(?:closeTo|within|be_within|offset)\(\s*(?:[^,()]+,\s*)?${number}\s*\)`, "i"),
];
/** Where what may differ stands last, after what is compared. */
const named =
  /\b(?:assertEquals|assertArrayEquals|In(?:Delta|Epsilon)|EXPECT_NEAR|ASSERT_NEAR|XCTAssertEqual|math\.Abs|abs)\b!?\(/;
const last = new RegExp(String.raw`[,>]=?\s*${number}[fFdD]?\s*\)?\s*[;{]?\s*$`);

const hugely = 10;
const leastWide = 0.01;

/** What is compared may differ by more than before. */
export const tolerances: Guard = ({ files }) => files.filter(({ path }) => isTestPath(path)).flatMap(wider);

function wider(file: FileDiff): readonly GuardFinding[] {
  const were = new Map(removed(file).flatMap((line) => shapeOf(line) ?? []));
  return added(file).flatMap((line): readonly GuardFinding[] => {
    const [shape, now] = shapeOf(line)?.[0] ?? ["", 0];
    const was = were.get(shape);
    if (was === undefined || now <= was) return [];
    const severity = now >= was * hugely && now >= leastWide ? "blocks" : "note";
    const text = `what is compared may differ by ${told(now)}, before by ${told(was)}`;
    return [{ rule: "weakened-tests", severity, file: file.path, line: line.n, text }];
  });
}

/** The line without its tolerance, and that. */
function shapeOf({ text }: DiffLine): readonly (readonly [string, number])[] | undefined {
  const inDigits = digits.exec(text);
  if (inDigits !== null) return [[shaped(text, inDigits), 10 ** -Number(inDigits[1] ?? inDigits[2]) / 2]];
  const found = distance.map((pattern) => pattern.exec(text)).find((it) => it !== null) ?? lastOf(text);
  const value = Number((found?.[1] ?? "").replaceAll("_", ""));
  return found && Number.isFinite(value) ? [[shaped(text, found), value]] : undefined;
}

function lastOf(text: string): RegExpExecArray | null {
  const found = named.test(text) ? last.exec(text) : null;
  // Of two values the second is what is compared.
  const isThird = found !== null && (found[0].startsWith(">") || text.slice(0, found.index).includes(","));
  return isThird ? found : null;
}

function shaped(text: string, { 0: found, index }: RegExpExecArray): string {
  return `${text.slice(0, index)}…${text.slice(index + found.length)}`.trim();
}

function told(value: number): string {
  return String(Number(value.toPrecision(3)));
}
