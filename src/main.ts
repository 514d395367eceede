#!/usr/bin/env node
import { existsSync } from "node:fs";
import { inspect } from "node:util";
import { Command, CommanderError } from "commander";
import { demo } from "./cli/demo.ts";
import { doctor } from "./cli/doctor.ts";
import { logs } from "./cli/logs.ts";
import { migrate } from "./cli/migrate.ts";
import { models } from "./cli/models.ts";
import { replay } from "./cli/replay.ts";
import { runs } from "./cli/runs.ts";
import { schemas } from "./cli/schemas.ts";
import { solve } from "./cli/solve.ts";
import { start } from "./cli/start.ts";
import { type ExitCode, verbCommand } from "./cli/verb.ts";
import { worker } from "./cli/worker.ts";

// Where the App's setup page leaves its credentials. Variables that are set already win.
if (existsSync(".env")) process.loadEnvFile(".env");

const stop = new AbortController();
// SIGHUP comes when a terminal is closed.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    // A second one does not wait for anything.
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new Error(`Stopped by ${name}.`));
  });
}

// Whoever reads our output may go away (`| head`): then there is nothing left to do but to end cleanly.
for (const stream of [process.stdout, process.stderr]) stream.on("error", (error) => stop.abort(error));

const finish = (code: ExitCode) => {
  process.exitCode = code;
};

const program = new Command("nightshift")
  .description("Turns labelled GitHub issues into tested pull requests.")
  .exitOverride()
  .addCommand(verbCommand(demo, finish, stop.signal))
  .addCommand(verbCommand(solve, finish, stop.signal))
  .addCommand(verbCommand(start, finish, stop.signal))
  .addCommand(verbCommand(worker, finish, stop.signal))
  .addCommand(verbCommand(migrate, finish, stop.signal))
  .addCommand(verbCommand(doctor, finish, stop.signal))
  .addCommand(verbCommand(models, finish, stop.signal))
  .addCommand(verbCommand(runs, finish, stop.signal))
  .addCommand(verbCommand(logs, finish, stop.signal))
  .addCommand(verbCommand(replay, finish, stop.signal))
  .addCommand(verbCommand(schemas, finish, stop.signal));
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) {
    // What nobody expected, with its stack. It could not run, which is not the 1 of "the answer is no".
    process.stderr.write(`${inspect(error)}\n`);
    process.exit(2);
  }
  // Help that was asked for is an answer; anything else could not run.
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
