import { createHash } from "node:crypto";
import { explain, NightshiftError } from "../../domain/errors.ts";
import { fullName, type Repository } from "../../domain/repository.ts";
import type { Sandbox, Snapshot, SnapshotStore, SnapshotWanted } from "../../domain/sandbox.ts";
import type { Factory, WorkflowContext } from "../workflow.ts";
import { type Checkout, checkOut, cleanAll, removeSandbox } from "./check-out.ts";
import { git } from "./git-inside.ts";
import { heldSandbox } from "./held-sandbox.ts";
import type { Preparation } from "./preparation.ts";
import { type SetUpFailure, setUp } from "./set-up.ts";
import { isToolFile, namedIn, toolPathspecs } from "./tool-files.ts";

export interface ReadyRequest extends Omit<Checkout, "snapshot" | "image" | "from"> {
  readonly repo: Repository;
  /** Of the base. */
  readonly preparation: Preparation;
  readonly baseSha: string;
}

export interface Ready {
  readonly sandbox: Sandbox;
  /** The set-up that did not end well, if so. */
  readonly failure: SetUpFailure | undefined;
}

type Context = Pick<WorkflowContext, "factory" | "lease" | "signal" | "tell">;

/**
 * A sandbox at one commit with the set-up done: from the snapshot of it, from an older one of the repository with the set-up on top,
 * or from scratch; evidence never rests on the second. A snapshot that cannot be used is dropped and costs the run nothing but time.
 * What had to be set up for work is kept for the next run: as it is now, before anybody else touches it.
 */
export async function readySandbox(context: Context, request: ReadyRequest): Promise<Ready> {
  const store = snapshotsOf(context.factory);
  const snapshot = store && (await findSnapshot(context, store, request));
  const ready = await makeReady(context, request, snapshot && { store, snapshot });
  const isWhole = (request.parts?.warnings.length ?? 0) === 0 && ready.failure === undefined;
  if (store === undefined || request.purpose !== "work" || !isWhole || !ready.isNew) return ready;
  return { ...ready, sandbox: keeping(context, store, request, ready.sandbox) };
}

/** Where sandboxes are kept, if they are. */
export function snapshotsOf({ settings, sandboxes }: Factory): SnapshotStore | undefined {
  return settings.sandbox.snapshots_mb > 0 ? sandboxes.snapshots : undefined;
}

/** What to look for. */
export function wantedOf(request: ReadyRequest): SnapshotWanted {
  const { image } = request.preparation;
  return { ...namesOf(request), ...(image !== null && { image }) };
}

/** What is kept. */
export function snapshotOf(request: ReadyRequest): Omit<Snapshot, "reference"> {
  return { ...namesOf(request), sha: request.sha };
}

/** With the submodules that were granted, also for an older one: who may not read one must not find it in a snapshot. */
function namesOf({ repo, preparation: { key }, parts }: ReadyRequest): Pick<Snapshot, "key" | "repository"> {
  const repository = fullName(repo).toLowerCase();
  const granted = (parts?.submodules ?? []).map(({ within, path, from }) => [within, path, Object.values(from)]);
  if (granted.length === 0) return { key, repository };
  const suffix = createHash("sha256").update(JSON.stringify(granted)).digest("hex");
  return { key: `${key}+${suffix}`, repository: `${repository}+${suffix}` };
}

interface Found {
  readonly store: SnapshotStore;
  readonly snapshot: Snapshot;
}

interface Made extends Ready {
  /** No snapshot has this key yet. */
  readonly isNew: boolean;
}

/** From what was found where that can be used, else from scratch. Nothing is kept yet. */
export async function makeReady(context: Context, request: ReadyRequest, found: Found | undefined): Promise<Made> {
  return (found && (await fromSnapshot(context, request, found))) ?? (await fromScratch(context, request));
}

async function findSnapshot(
  { tell, signal }: Context,
  store: SnapshotStore,
  request: ReadyRequest,
): Promise<Snapshot | undefined> {
  try {
    return await store.find(wantedOf(request));
  } catch (error) {
    signal.throwIfAborted();
    await tell({ type: "warned", message: `No snapshot can be looked for: ${explain(error)}` });
    return undefined;
  }
}

async function fromSnapshot(
  context: Context,
  request: ReadyRequest,
  { store, snapshot }: Found,
): Promise<Made | undefined> {
  const fits = snapshot.key === namesOf(request).key;
  // A set-up may install into the home folder, where nobody can tell what an older one has left.
  if (!fits && request.purpose === "verify") return undefined;
  const giveUp = async (why: string) => {
    context.signal.throwIfAborted();
    await context.tell({ type: "warned", message: `A snapshot of ${snapshot.sha.slice(0, 12)} is dropped: ${why}` });
    await store
      .drop(snapshot)
      .catch((error: unknown) =>
        context.tell({ type: "warned", message: `A snapshot could not be removed: ${explain(error)}` }),
      );
    return undefined;
  };
  let sandbox: Sandbox;
  try {
    sandbox = await checkOut(context, { ...request, snapshot, from: fits ? "snapshot" : "older snapshot" });
  } catch (error) {
    // What may be gone at the next attempt, an engine without an answer say, says nothing of the snapshot.
    if (error instanceof NightshiftError && error.retryable) throw error;
    return await giveUp(explain(error));
  }
  try {
    const needed = fits ? await setUpNeeded(request, snapshot, sandbox, context.signal) : "again";
    if (needed === "from scratch") {
      await removeSandbox(sandbox, context);
      return undefined;
    }
    if (fits && needed === "again") await git(sandbox, cleanAll, {}, context.signal);
    const failure = needed === "none" ? undefined : await setUp(context, sandbox, request.preparation.setup);
    // What an older set-up left may be in the way of a newer one. The change's own fault would be one from scratch as well.
    if (failure === undefined || fits) return { sandbox, failure, isNew: !fits };
  } catch (error) {
    await removeSandbox(sandbox, context);
    throw error;
  }
  await removeSandbox(sandbox, context);
  return await giveUp("the set-up fails on top of it");
}

async function fromScratch(context: Context, request: ReadyRequest): Promise<Made> {
  const sandbox = await withoutSnapshot(context, request);
  try {
    return { sandbox, failure: await setUp(context, sandbox, request.preparation.setup), isNew: true };
  } catch (error) {
    await removeSandbox(sandbox, context);
    throw error;
  }
}

async function withoutSnapshot(context: Context, request: ReadyRequest): Promise<Sandbox> {
  const { image } = request.preparation;
  if (image === null) return await checkOut(context, { ...request, from: "scratch" });
  try {
    return await checkOut(context, { ...request, image, from: "scratch" });
  } catch (error) {
    if (!(error instanceof NightshiftError && error.code === "sandbox_unavailable")) throw error;
    const message = `The operator's image is used: ${image}, which the repository's devcontainer names, is not on the engine. \`docker pull ${image}\` brings it there.`;
    await context.tell({ type: "warned", message });
    return await checkOut(context, { ...request, from: "scratch" });
  }
}

/** What the set-up that the snapshot holds is to the commit which is now checked out on it. */
async function setUpNeeded(
  { preparation, purpose, sha, baseSha }: ReadyRequest,
  snapshot: Snapshot,
  sandbox: Sandbox,
  signal: AbortSignal,
): Promise<"none" | "again" | "from scratch"> {
  if (preparation.setup === null || snapshot.sha === sha) return "none";
  // A coder builds what it needs. Evidence must not rest on what another commit's set-up has built.
  if (purpose !== "verify") return "none";
  if (sha !== baseSha && (await changesSetUp(preparation.setup, { BASE: baseSha, SHA: sha }, sandbox, signal))) {
    return "from scratch";
  }
  return preparation.dependenciesOnly ? "none" : "again";
}

/** Whether a file that the set-up goes by is another one. */
async function changesSetUp(
  setup: string,
  commits: Readonly<Record<"BASE" | "SHA", string>>,
  sandbox: Sandbox,
  signal: AbortSignal,
): Promise<boolean> {
  const named = [...namedIn(setup)].filter((path) => /^(?!\.\.?(?:\/|$))[^/:]/.test(path));
  const pathspecs = [...toolPathspecs, ...named].map((each) => `'${each}'`).join(" ");
  const line = `git diff --name-only --no-renames -z "$BASE" "$SHA" -- ${pathspecs}`;
  const { output } = await git(sandbox, line, commits, signal);
  return output.split("\0").some((path) => isToolFile(path) || named.includes(path) || path.endsWith("package.json"));
}

/**
 * Keeps the sandbox while the model thinks about its first answer: nobody touches it before that is done.
 * A failure is told and no more.
 */
function keeping(context: Context, store: SnapshotStore, request: ReadyRequest, sandbox: Sandbox): Sandbox {
  const { factory, tell, signal } = context;
  const warn = (error: unknown) =>
    // Where nothing can be told any more, the run's own next event fails, and that is where it is handled.
    tell({ type: "warned", message: `No snapshot was kept: ${explain(error)}` }).catch(() => undefined);
  const kept = store.keep(sandbox, snapshotOf(request)).then(() => undefined, warn);
  const trimmed = kept.then(() => store.trim(factory.settings.sandbox.snapshots_mb)).then(() => undefined, warn);
  return heldSandbox(sandbox, kept, trimmed, signal);
}
