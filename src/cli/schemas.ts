import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { evidence } from "../domain/evidence.ts";
import { plan } from "../domain/plan.ts";
import { runRecord } from "../domain/run-record.ts";
import { operatorSettings, repositorySettings } from "../domain/settings.ts";
import { comparison } from "../domain/test-report.ts";
import { ticketDocument } from "../domain/ticket.ts";
import type { Verb } from "./verb.ts";

const folder = join(import.meta.dirname, "../../schemas");

/** Every message between agents and every file that people write. What people write may leave out what has a default. */
const documents = {
  ticket: z.toJSONSchema(ticketDocument, { io: "input" }),
  plan: z.toJSONSchema(plan, { io: "input" }),
  "test-report": z.toJSONSchema(comparison),
  evidence: z.toJSONSchema(evidence),
  "run-record": z.toJSONSchema(runRecord),
  "operator-settings": z.toJSONSchema(operatorSettings, { io: "input" }),
  "repository-settings": z.toJSONSchema(repositorySettings, { io: "input" }),
};

export const schemas: Verb<{ readonly check?: boolean }> = {
  name: "schemas",
  summary: "write schemas/*.schema.json from the code, or compare them with it",
  example: "nightshift schemas --check",
  configure: (command) => command.option("--check", "write nothing; exit 1 when a file is stale"),
  async run({ check = false }, { answer }) {
    const expected = Object.entries(documents).map(([name, schema]) => ({
      file: `${name}.schema.json`,
      text: `${JSON.stringify(schema, undefined, 2)}\n`,
    }));
    await mkdir(folder, { recursive: true });
    const present = (await readdir(folder)).filter((file) => file.endsWith(".schema.json"));
    const orphans = present.filter((file) => !expected.some((it) => it.file === file));
    const stale: string[] = [...orphans];
    for (const { file, text } of expected) {
      const found = present.includes(file) ? await readFile(join(folder, file), "utf8") : undefined;
      if (found !== text) stale.push(file);
      if (!check && found !== text) await writeFile(join(folder, file), text);
    }
    if (!check) for (const orphan of orphans) await rm(join(folder, orphan));

    const list = stale.join(", ");
    if (stale.length === 0) answer({ ok: true, stale }, "schemas/ is up to date.");
    else if (check) answer({ ok: false, stale }, `Stale in schemas/: ${list}. Run: npm run nightshift -- schemas`);
    else answer({ ok: true, written: stale }, `Written to schemas/: ${list}`);
    return check && stale.length > 0 ? 1 : 0;
  },
};
