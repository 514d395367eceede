import type { Evidence, TestReport } from "../../domain/evidence.ts";
import { quoteUntrusted } from "../../domain/quote-untrusted.ts";
import type { TestResult } from "../../domain/test-result.ts";
import { leavesOf } from "./leaves-of.ts";
import { isUnproven } from "./red-as-before.ts";
import { countsAgainst } from "./run-check.ts";
import { isForgiven } from "./tell-apart.ts";
import { titleOf } from "./test-key.ts";

const maxTests = 20;
const maxMessage = 600;

/** What speaks against a change, for the model that mends it: the tests by name and why, then what was printed. Bounded. */
export function tellFailures(seen: NonNullable<Evidence>): string {
  const { head, failures, checks = [] } = seen;
  const areGreen = head.passed || (isForgiven(failures) && !isUnproven(seen));
  const others = checks.filter(countsAgainst).map(({ command, head }) => {
    return `\`${command}\` fails with the change. It said:\n${quoteUntrusted("output", head.output_tail)}`;
  });
  return [...(areGreen ? [] : [...namedFailures(seen), outputOf(head)]), ...others].join("\n\n");
}

function namedFailures({ head, failures }: NonNullable<Evidence>): readonly string[] {
  if (failures === undefined) {
    return listed("Tests that fail:", head.tests?.filter(({ status }) => status === "failed") ?? []);
  }
  const { broken, asked = [], known_red } = failures;
  return [
    ...listed("Tests that fail with the change and not without it:", broken),
    ...listed("Tests that the ticket names, which fail as they do without the change:", asked),
    ...(isForgiven(failures) ? listed("Tests that fail as they do without the change:", known_red) : []),
  ];
}

function listed(title: string, tests: readonly TestResult[]): readonly string[] {
  const broken = leavesOf(tests);
  if (broken.length === 0) return [];
  const left = broken.length - maxTests;
  const told = broken.slice(0, maxTests).map((test) => {
    const { message = "" } = test;
    const why = gistOf(message).replaceAll(/^/gm, "  ");
    return `- ${titleOf(test)}${message === "" ? "" : `\n${why}`}`;
  });
  const more = left > 0 ? [`- and ${left} more`] : [];
  return [`${title}\n${quoteUntrusted("failed tests", [...told, ...more].join("\n"), 20_000)}`];
}

const cause = /^\s*(?:E {2,}\S|(?:Uncaught |Caused by: )?[\w.]*(?:Error|Exception)\b)/;

/** The beginning of a long message, and of the rest the lines that name an error. */
function gistOf(message: string): string {
  if (message.length <= maxMessage) return message;
  const half = maxMessage / 2;
  const causes = message
    .slice(half)
    .split("\n")
    .slice(1)
    .filter((line) => cause.test(line));
  const rest = causes.join("\n").slice(0, half);
  return rest === "" ? message.slice(0, maxMessage) : `${message.slice(0, half)}\n[…]\n${rest}`;
}

/** Bounded: the evidence holds no more of it. */
function outputOf({ command, timed_out, output_head, output_tail }: TestReport): string {
  const parts = output_head === undefined ? [output_tail] : [output_head, "[…]", output_tail];
  const ended = timed_out ? " did not end in time and was killed. It" : "";
  return `\`${command}\`${ended} said:\n${quoteUntrusted("test output", parts.join("\n"))}`;
}
