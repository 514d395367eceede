import { writeFile } from "node:fs/promises";
import { readConfiguration } from "../compose/configuration.ts";
import { visitDatabase } from "../compose/database.ts";
import { readRecordedRun, replayRecordedRun } from "../compose/records.ts";
import { composeRedact } from "../compose/redact.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import { scriptOf, scriptText } from "../playground/model/script-of.ts";
import type { Verb } from "./verb.ts";

type Replayed = Awaited<ReturnType<typeof replayRecordedRun>>[number];
type Differing = Replayed["differences"][number];

export const replay: Verb<{ readonly run: string; readonly script?: string }> = {
  name: "replay",
  summary:
    "go through a finished run again, offline and for nothing, and say where its model would be asked something else today",
  example: "nightshift replay 3f2a --script run.yaml",
  configure: (command) =>
    command
      .argument("<run>", "a run's id, or its first characters: see `nightshift runs`")
      .option(
        "--script <file>",
        "write the run as a script for the scripted model instead, so that it can become a test; a file that is there is left alone",
      ),
  async run({ run, script }, { answer, config }) {
    const configuration = await readConfiguration(process.env, process.cwd(), config);
    const redact = composeRedact(configuration);
    await using database = await visitDatabase(configuration);
    const recording = await readRecordedRun(database, run);
    if (script !== undefined) {
      const text = scriptText(scriptOf(recording.conversations, redact));
      await writeFile(script, text, { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
        const bad = (why: string, of: object = {}) =>
          new NightshiftError("bad_input", `The script cannot be written: ${why}`, of);
        throw cause.code === "EEXIST"
          ? bad(`${script} is there already. Name another file.`)
          : bad(explain(cause), { cause });
      });
      answer({ run: recording.runId, script }, `Written to ${script}.`);
      return 0;
    }
    const steps = await replayRecordedRun(recording, redact);
    const same = steps.every(({ differences }) => differences.length === 0);
    answer({ run: recording.runId, same, steps }, [`Run ${recording.runId}`, ...steps.flatMap(linesOf)].join("\n"));
    return same ? 0 : 1;
  },
};

function linesOf({ step, turns, differences }: Replayed): readonly string[] {
  const count = `${turns} ${turns === 1 ? "turn" : "turns"}`;
  if (differences.length === 0) return [`${step}: ${count}, asked the same today.`];
  return [`${step}: ${count}, asked otherwise today:`, ...differences.flatMap(differenceLines)];
}

function differenceLines({ fromTurn, toTurn, part, recorded, today }: Differing): readonly string[] {
  const turns = fromTurn === toTurn ? `turn ${fromTurn}` : `turns ${fromTurn} to ${toTurn}`;
  return [`  ${turns}: ${part}`, ...recorded.map((line) => `    - ${line}`), ...today.map((line) => `    + ${line}`)];
}
