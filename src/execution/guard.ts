import { posix } from "node:path";
import type { CommittedFiles } from "../domain/committed-files.ts";
import type { FileDiff } from "../domain/diff.ts";
import type { GuardFinding } from "../domain/guard-finding.ts";
import type { RepositorySettings } from "../domain/settings.ts";
import { readArtifact } from "../store/artifacts.ts";
import { allOf } from "./all-of.ts";
import type { CodedChange } from "./coded.ts";
import { findingsOf } from "./guards/findings-of.ts";
import { isSource } from "./guards/test-language.ts";
import type { WorkflowContext } from "./workflow.ts";

/** The rules on what a change does to the files. No model takes part, and nothing of the change is run. */
export async function guard(
  { factory, ticket, tell, signal }: WorkflowContext,
  settings: RepositorySettings,
  { change }: Pick<CodedChange, "change">,
): Promise<GuardFinding[]> {
  const { forge, db } = factory;
  const mirror = await forge.mirror(ticket.repo, { signal });
  const [files, base] = await allOf(
    forge.diff(mirror, { ...change, bundle: await readArtifact(db, change.bundle) }, { signal }),
    forge.committedFiles(mirror, change.baseSha),
  );
  const neighbours = await neighboursOf(files, base);
  const findings = await findingsOf({ files, basePaths: new Set(base.hashes.keys()), neighbours, settings });
  for (const finding of findings) await tell({ type: "guard_finding", ...finding });
  return [...findings];
}

const mostNeighbours = 8;
const headChars = 1_000;

/** How the source files begin that were there before, in every folder that gets a new one. */
export async function neighboursOf(
  files: readonly FileDiff[],
  { hashes, read }: CommittedFiles,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const fresh = files.filter(({ status, path }) => status === "added" && isSource(path));
  const folders = new Map(fresh.map(({ path }) => [posix.dirname(path), [] as string[]]));
  for (const path of hashes.keys()) {
    const beside = folders.get(posix.dirname(path));
    if (beside !== undefined && beside.length < mostNeighbours && isSource(path)) beside.push(path);
  }
  const heads = new Map<string, readonly string[]>();
  for (const [folder, beside] of folders) {
    const texts = await Promise.all(beside.map(read));
    heads.set(
      folder,
      texts.map((text = "") => text.slice(0, headChars)),
    );
  }
  return heads;
}
