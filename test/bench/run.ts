import { parseArgs } from "node:util";
import type { Bench, Measures } from "./bench.ts";
import { edit } from "./edit.ts";
import { ingest } from "./ingest.ts";
import { map } from "./map.ts";
import { models } from "./models.ts";
import { sandboxes } from "./sandboxes.ts";
import { shell } from "./shell.ts";
import { start } from "./start.ts";
import { table } from "./table.ts";
import { tokens } from "./tokens.ts";
import { turn } from "./turn.ts";

const benches: Readonly<Record<string, Bench>> = { edit, ingest, map, models, sandboxes, shell, start, tokens, turn };
const limitMs = 300_000;

process.exitCode = await main();

/** 0: measured; 2: could not be, and why is told. */
async function main(): Promise<0 | 2> {
  const asked = readArguments();
  if (typeof asked === "string") {
    say(`${asked}\nnpm run bench -- [NAME…] [--json]; the benches are: ${Object.keys(benches).join(", ")}.`);
    return 2;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => stop.abort(new Error(`Stopped by ${name}.`)));
  }
  const measured: Record<string, Measures> = {};
  for (const [name, bench] of asked.chosen) {
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(limitMs)]);
    try {
      measured[name] = await bench({ signal, say: (line) => say(`${name}  ${line}`) });
    } catch (error) {
      if (!signal.aborted) throw error;
      say(`${name}  ${stop.signal.aborted ? "stopped" : `not done within ${limitMs / 1000} s; is the machine busy?`}`);
      return 2;
    }
  }
  process.stdout.write(`${asked.json ? JSON.stringify({ benches: measured }, undefined, 2) : table(measured)}\n`);
  return 0;
}

function readArguments(): { readonly json: boolean; readonly chosen: readonly [string, Bench][] } | string {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "boolean" } } });
    const all = Object.entries(benches);
    const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
    if (unknown.length > 0) return `There is no bench ${unknown.join(", ")}.`;
    const chosen = positionals.length === 0 ? all : all.filter(([name]) => positionals.includes(name));
    return { json: values.json ?? false, chosen };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
