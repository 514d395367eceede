import type { Evidence } from "../../domain/evidence.ts";
import { ranIn } from "../proof/gone-tests.ts";
import { titleOf } from "../proof/test-key.ts";
import { quoteCode } from "./quote-code.ts";

const shown = 10;

/** That fewer tests ran than before, and which: an honest change may delete some, and a reviewer has to see it at once. */
export function goneLines({ base, head, gone }: NonNullable<Evidence>): readonly string[] {
  if (gone === undefined) return [];
  const [was, is] = [ranIn(base), ranIn(head)];
  const ran =
    is === undefined
      ? "With this change no tests were counted"
      : `${is} ${is === 1 ? "test" : "tests"} ran with this change`;
  const names = gone.tests.slice(0, shown).map((test) => quoteCode(titleOf(test)));
  const left = gone.tests.length + gone.more - names.length;
  const which =
    names.length === 0 ? "" : ` These no longer run: ${names.join(", ")}${left > 0 ? ` and ${left} more` : ""}.`;
  return [`**${ran}, ${was} on the base.**${which}`, ""];
}
