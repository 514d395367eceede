import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join, relative, resolve } from "node:path";
import { typeOfIssue } from "../app/type-of-issue.ts";
import { parseRepositorySettings } from "../config/parse-repository-settings.ts";
import { branchOf } from "../domain/branch-name.ts";
import type { RunEvent } from "../domain/event.ts";
import type { LocalWish } from "../domain/intent.ts";
import type { RepositorySettings } from "../domain/settings.ts";
import type { Ticket } from "../domain/ticket.ts";
import { executeRun } from "../execution/execute-run.ts";
import type { Factory } from "../execution/workflow.ts";
import { refuseForeign } from "../forge/bring-change.ts";
import { createGit, type Git } from "../forge/git.ts";
import { localForge } from "../forge/local/local-forge.ts";
import { localEmail } from "../forge/local/local-identity.ts";
import { hasUncommitted, mirrorLocal } from "../forge/local/local-mirror.ts";
import {
  asRepository,
  findLocalRepository,
  type LocalRepository,
  parentOf,
  refuseUnwritable,
} from "../forge/local/local-repository.ts";
import { acceptLocal } from "../store/accept-local.ts";
import { holdRun } from "../store/hold-run.ts";
import type { Store } from "../store/open-store.ts";
import { getRun } from "../store/runs.ts";
import type { Configuration } from "./configuration.ts";
import type { Log } from "./log.ts";
import { composeModels } from "./models.ts";
import { recordFolder } from "./records.ts";
import { composeFactory } from "./worker.ts";

/** What somebody wants done in a repository of this machine. */
export interface SolveRequest {
  readonly repo: string;
  readonly base?: string | undefined;
  readonly title: string;
  readonly body: string;
  /** Default: by how the title sounds. */
  readonly type?: Ticket["type"] | undefined;
  /** Instead of what the repository says of itself. */
  readonly commands: Pick<RepositorySettings, "setup" | "test">;
}

/** Disposal waits until no sandbox is left. */
export interface ReadySolve extends AsyncDisposable {
  readonly runId: string;
  /** Goes on with a run that was stopped. */
  readonly resumed: boolean;
  /** From what an earlier run has left on the ticket's branch. */
  readonly goesOn: boolean;
  readonly repository: LocalRepository;
  /** Tracked files differ from the commit: those differences are not worked on. */
  readonly uncommitted: boolean;
  readonly factory: Factory;
  /** Does the run in this process. @throws what the same call may mend later: the run can be gone on with. */
  readonly execute: (listen: (event: RunEvent) => void) => Promise<void>;
}

/** Makes one wish at a repository of this machine ready to be worked on, by the ordinary workflow. */
export async function composeSolve(
  configuration: Configuration,
  store: Store,
  log: Log,
  { signal, ...request }: SolveRequest & { readonly signal: AbortSignal },
): Promise<ReadySolve> {
  await using parts = new AsyncDisposableStack();
  // Refuses before anything is written down where there is no model.
  composeModels(configuration);
  const dataDir = resolve(configuration.settings.data_dir);
  const git = createGit(process.env);
  const repository = await findLocalRepository(git, request.repo, { ref: request.base, signal });
  await refuseUnwritable(git, repository, signal);
  // Ours is not to be seen as theirs.
  if (!relative(repository.path, dataDir).startsWith("..")) await ignoreAll(dataDir);
  const mirror = await mirrorLocal(git, repository, { dataDir, signal });
  const uncommitted = await hasUncommitted(git, mirror, repository, signal);

  const { runId, resumed } = await acceptLocal(store.db, wishOf(request, repository), (ticket) =>
    mayGoOn(git, repository, ticket, signal),
  );
  parts.use(await holdRun(store.url, runId));
  const email = (await localEmail(repository.path, process.env)) ?? `${person()}@localhost`;
  const forge = localForge(git, { repository, dataDir, recordDir: recordFolder(configuration, runId), email });
  const factory = { ...(await composeFactory(configuration, store, log, forge)), ...saying(request.commands) };
  parts.defer(() => factory.sandboxes[Symbol.asyncDispose]?.());
  const { goesOn } = await getRun(store.db, runId);
  const owned = parts.move();
  return {
    ...{ runId, resumed, goesOn, repository, uncommitted, factory },
    execute: (listen) =>
      executeRun(runId, factory, {
        signal,
        // What nobody expected ends the run: here is nobody else to try it again.
        attempt: Number.POSITIVE_INFINITY,
        lastAttempt: false,
        listen: (_, event) => listen(event),
        onError: log.report,
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** From what an earlier run has left on the ticket's branch, where that still stands there, on the same base. */
async function mayGoOn(git: Git, repository: LocalRepository, ticket: Ticket, signal: AbortSignal): Promise<boolean> {
  const branch = ticket.branch ?? branchOf(ticket);
  const tip = await refuseForeign(git, repository, { branch, ours: [ticket.headSha] }, signal);
  return tip !== undefined && (await parentOf(git, repository, tip, signal)) === repository.baseSha;
}

function wishOf({ title, body, type }: SolveRequest, repository: LocalRepository): LocalWish {
  const externalId = createHash("sha256").update(title).digest("hex").slice(0, 8);
  return {
    ...{ title, body, externalId },
    repo: asRepository(repository),
    ticketType: type ?? typeOfIssue([], title),
    priority: "medium",
    requestedBy: { login: person(), id: 0 },
  };
}

/** What was said on the command line goes before what the repository says of itself. */
function saying({ setup, test }: SolveRequest["commands"]): Pick<Factory, "parseRepositorySettings"> {
  const said = { ...(setup !== undefined && { setup }), ...(test !== undefined && { test }) };
  return {
    parseRepositorySettings: (text) => {
      const parsed = parseRepositorySettings(text);
      return parsed.ok ? { ok: true, settings: { ...parsed.settings, ...said } } : parsed;
    },
  };
}

async function ignoreAll(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, ".gitignore"), "*\n");
}

function person(): string {
  try {
    return userInfo().username;
  } catch {
    return "somebody"; // A user without a name, as in some containers.
  }
}
