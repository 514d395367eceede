import { readFile } from "node:fs/promises";
import { Option } from "commander";
import { type Configuration, readConfiguration } from "../compose/configuration.ts";
import { openDatabase } from "../compose/database.ts";
import { openLog } from "../compose/log.ts";
import { readRunRecord, recordFolder, writeRecord } from "../compose/records.ts";
import { composeSolve, type ReadySolve } from "../compose/solve.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { ticketTypes } from "../domain/ticket.ts";
import { withoutControls } from "../domain/without-controls.ts";
import { parseUsd } from "./parse-usd.ts";
import { solved } from "./solved.ts";
import { timelineLine } from "./timeline.ts";
import { titled } from "./titled.ts";
import type { ExitCode, Verb, VerbContext } from "./verb.ts";

interface SolveOptions {
  readonly repo: string;
  readonly title?: string;
  readonly body?: string;
  readonly issue?: string;
  readonly type?: (typeof ticketTypes)[number];
  readonly base?: string;
  readonly test?: string;
  readonly setup?: string;
  readonly budget?: number;
}

export const solve: Verb<SolveOptions> = {
  name: "solve",
  summary:
    "do one piece of work in a git repository of this machine, without GitHub: leaves a branch with a tested commit and nothing else",
  example: 'nightshift solve --repo ../shop --title "Sum of an empty cart is NaN" --body "It should be 0."',
  configure: (command) =>
    command
      // Without a default: by `npm run` it would be Nightshift itself, wherever one stands.
      .requiredOption("--repo <path>", "the repository; its committed state is worked on")
      .option("--title <words>", "what is wanted, in one line")
      .option("--body <text>", "and the rest of it")
      .addOption(
        new Option("--issue <file>", "both from a Markdown file: its first heading is the title").conflicts([
          "title",
          "body",
        ]),
      )
      .addOption(
        new Option(
          "--type <type>",
          "names the branch fix/…, feat/… or chore/… (default: by how the title sounds)",
        ).choices(ticketTypes),
      )
      .option("--base <ref>", "branch, tag or commit to start from (default: what is checked out)")
      .option("--setup <command>", "prepares a fresh checkout, instead of what the repository says")
      .option("--test <command>", "proves the change, instead of what the repository says")
      .option("--budget <usd>", "what this ticket may cost in all (default: budget.ticket_usd)", parseUsd)
      .addHelpText(
        "after",
        "\nThe same title at the same repository is the same ticket: a call that was stopped goes on where it stood, and another\none goes on from its branch. Here 0 means that the tests pass with the change, but for some that fail without it too; 1 that it is\nunfinished or they do not: what there is stays on the branch.",
      ),
  async run(options, context) {
    const request = {
      ...{ repo: options.repo, base: options.base, type: options.type },
      ...(await wishOf(options)),
      commands: { setup: options.setup, test: options.test },
    };
    const own = await readConfiguration(process.env, process.cwd(), context.config);
    const configuration = options.budget === undefined ? own : withBudget(own, options.budget);
    const log = openLog(configuration.environment);
    await using database = await openDatabase(configuration);
    await using work = await composeSolve(configuration, database, log, { ...request, signal: context.signal });
    begin(work, context);
    await execute(work, context);

    const { runId } = work;
    const record = await readRunRecord(database, runId);
    if (record.status === "queued" || record.status === "running") {
      throw new NightshiftError("lease_lost", `Another process has taken run ${runId} over. See \`nightshift logs\`.`);
    }
    const folder = recordFolder(configuration, runId);
    await writeRecord(configuration, database, { runId, folder, signal: context.signal });
    const { document, text } = solved(work, record, folder);
    context.answer(document, text);
    return exitCode(record.status);
  },
};

async function wishOf({ title, body = "", issue }: SolveOptions): Promise<{ title: string; body: string }> {
  if (issue !== undefined) {
    const text = await readFile(issue, "utf8").catch((cause: unknown) => {
      throw new NightshiftError("bad_input", `The issue cannot be read: ${explain(cause)}`, { cause });
    });
    const found = titled(text);
    if (found !== undefined) return found;
    throw new NightshiftError("bad_input", `${issue} has no heading. Begin it with "# " and what is wanted.`);
  }
  const words = withoutControls(title ?? "")
    .replaceAll(/\s+/g, " ")
    .trim();
  if (words !== "") return { title: words, body };
  throw new NightshiftError("bad_input", "What is to be done? Give --title and --body, or --issue.");
}

/** More than the operator allows one ticket may be asked for here: it is the operator who calls. */
function withBudget(of: Configuration, usd: number): Configuration {
  return { ...of, settings: { ...of.settings, budget: { ...of.settings.budget, ticket_usd: usd } } };
}

function begin({ resumed, goesOn, runId, repository, uncommitted, factory }: ReadySolve, { say }: VerbContext): void {
  const { path, base, baseSha } = repository;
  const earlier = goesOn ? ", with what an earlier run has left on its branch" : "";
  say(
    `${resumed ? "Goes on with" : "Begins"} run ${runId} in ${path}, from ${base} at ${baseSha.slice(0, 12)}${earlier}.`,
  );
  if (uncommitted) say("What is not committed there is left as it is and not seen: the work starts from the commit.");
  if (factory.sandboxes.warning !== undefined) say(factory.sandboxes.warning);
}

async function execute(work: ReadySolve, { say, signal }: VerbContext): Promise<void> {
  const started = performance.now();
  try {
    await work.execute((event) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
      say(`${seconds} s  ${timelineLine(event)}`);
    });
  } catch (error) {
    if (!signal.aborted && !(error instanceof NightshiftError && error.retryable)) throw error;
    const why = signal.aborted ? "Stopped." : explain(error);
    throw new NightshiftError("cancelled", `${why} The same command goes on where it stood.`);
  }
}

function exitCode(status: RunRecord["status"]): ExitCode {
  if (status === "succeeded") return 0;
  // The repository's settings cannot be used, say: nothing was tried.
  return status === "waiting" ? 2 : 1;
}
