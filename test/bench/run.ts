import { parseArgs } from "node:util";
import type { Bench, Measures } from "./bench.ts";
import { ingest } from "./ingest.ts";
import { start } from "./start.ts";
import { table } from "./table.ts";
import { turn } from "./turn.ts";

const benches: Readonly<Record<string, Bench>> = { ingest, start, turn };
const limitMs = 120_000;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "boolean" } } });
const names = positionals.length > 0 ? positionals : Object.keys(benches);
const unknown = names.filter((name) => !Object.hasOwn(benches, name));
const say = (line: string) => void process.stderr.write(`${line}\n`);

if (unknown.length > 0) {
  say(`There is no bench ${unknown.join(", ")}. The benches are: ${Object.keys(benches).join(", ")}.`);
  process.exitCode = 2;
} else {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => stop.abort(new Error(`Stopped by ${name}.`)));
  const measured: Record<string, Measures> = {};
  for (const name of names) {
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(limitMs)]);
    const measures = await benches[name]?.({ signal, say: (line) => say(`${name}  ${line}`) });
    if (measures !== undefined) measured[name] = measures;
  }
  process.stdout.write(`${values.json ? JSON.stringify({ benches: measured }, undefined, 2) : table(measured)}\n`);
}
