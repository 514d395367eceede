import { NightshiftError } from "../../domain/errors.ts";
import type { EventSink } from "../../domain/event.ts";
import type { Repository } from "../../domain/repository.ts";
import { repositorySettingsPath } from "../../domain/settings.ts";
import { openPreparation } from "../../store/preparations.ts";
import type { Factory } from "../workflow.ts";
import { removeSandbox } from "./check-out.ts";
import { choosePreparation } from "./preparation.ts";
import { makeReady, snapshotOf, snapshotsOf, wantedOf } from "./ready-sandbox.ts";
import { explainSetUp } from "./set-up.ts";
import { sweepSandboxes } from "./sweep-sandboxes.ts";

export interface PrepareOptions {
  readonly tell: EventSink;
  readonly signal: AbortSignal;
}

/**
 * `unsupported`: where sandboxes are not kept, or none is wanted; `incomplete`: parts of the checkout are to be had only in the name of
 * somebody who asks for work, so that the set-up has to wait for them.
 */
export type PreparationOutcome = "kept" | "kept already" | "unsupported" | "incomplete";

/**
 * A snapshot that the newest commit of the default branch starts from without any set-up is there afterwards, so that the next ticket
 * need not wait for one.
 * @throws NightshiftError `bad_settings` for settings of the repository that cannot be used, `sandbox_failed` for a set-up that fails.
 */
export async function prepareSnapshot(
  repo: Repository,
  factory: Factory,
  { tell, signal }: PrepareOptions,
): Promise<PreparationOutcome> {
  const store = snapshotsOf(factory);
  if (store === undefined) return "unsupported";
  const { settings, forge } = factory;
  const mirror = await forge.mirror(repo, { signal });
  const sha = mirror.headSha;
  const files = await forge.committedFiles(mirror, sha);
  const parsed = factory.parseRepositorySettings((await files.read(repositorySettingsPath)) ?? "");
  if (!parsed.ok) throw new NightshiftError("bad_settings", parsed.problems.join("\n"));

  const { preparation } = await choosePreparation(repo, parsed.settings, files, settings.sandbox.images);
  const parts = await forge.checkoutParts(mirror, { repo, sha, reader: undefined, signal });
  if (parts.warnings.length > 0) return "incomplete";

  const request = { repo, mirror, sha, baseSha: sha, preparation, parts, purpose: "prepare" } as const;
  const wanted = wantedOf(request);
  const snapshot = await store.find(wanted);
  if (snapshot?.key === wanted.key) return "kept already";

  await sweepSandboxes({ factory, tell });
  await using open = await openPreparation(factory.db, repo);
  const context = { factory, lease: open.lease, tell, signal };
  const { sandbox, failure } = await makeReady(context, request, snapshot && { store, snapshot });
  try {
    if (failure !== undefined) throw new NightshiftError("sandbox_failed", explainSetUp(failure, settings.sandbox));
    await store.keep(sandbox, snapshotOf(request));
  } finally {
    await removeSandbox(sandbox, context);
  }
  // After the sandbox is gone: what is in use cannot be removed.
  const removed = await store.trim(settings.sandbox.snapshots_mb);
  if (removed.some(({ key }) => key === wanted.key)) {
    await tell({
      type: "warned",
      message: "The snapshot alone takes more than `sandbox.snapshots_mb`, and was removed.",
    });
  }
  return "kept";
}
