import type { CheckoutParts } from "../../domain/checkout-parts.ts";
import { explain } from "../../domain/errors.ts";
import type { Mirror } from "../../domain/forge.ts";
import type { Sandbox, SandboxRequest, Snapshot } from "../../domain/sandbox.ts";
import type { WorkflowContext } from "../workflow.ts";
import { addParts } from "./add-parts.ts";
import { git } from "./git-inside.ts";
import { lfsFilters, setLfsFilters } from "./lfs-filters.ts";
import { networkOf } from "./network-of.ts";

export interface Checkout {
  readonly mirror: Mirror;
  /** The commit to check out: in the mirror, or in `bundle`. */
  readonly sha: string;
  readonly bundle?: Buffer;
  readonly purpose: SandboxRequest["purpose"];
  /** Of the commit's base. */
  readonly parts?: CheckoutParts;
  /** Start from this one: only what differs from its commit is checked out. */
  readonly snapshot?: Snapshot;
  readonly image?: string;
  readonly from: "snapshot" | "older snapshot" | "scratch";
  /** Looks at the checkout before anything of the repository is run in it. */
  readonly inspect?: (sandbox: Sandbox) => Promise<void>;
}

/**
 * A new sandbox with the repository checked out at one commit, on a branch `change`.
 * The objects stay in the read-only mirror, so that a checkout copies no history.
 * @throws NightshiftError `sandbox_failed` when git says no.
 */
export async function checkOut(
  context: Pick<WorkflowContext, "factory" | "lease" | "signal" | "tell">,
  checkout: Checkout,
): Promise<Sandbox> {
  const { factory, signal, tell, lease } = context;
  const { sandbox: limits } = factory.settings;
  const started = factory.clock();
  const network = await networkOf(factory, checkout.mirror);
  const sandbox = await factory.sandboxes.create(
    {
      ...lease,
      purpose: checkout.purpose,
      mirror: checkout.mirror.path,
      ...(checkout.snapshot && { snapshot: checkout.snapshot }),
      ...(checkout.image !== undefined && { image: checkout.image }),
      network,
      limits: {
        memoryMb: limits.memory_mb,
        cpus: limits.cpus,
        processes: limits.processes,
        diskMb: limits.disk_mb,
        openFiles: limits.open_files,
      },
      onRefusal: ({ command = null, ...refusal }) => {
        // Nobody waits for it; a run whose events cannot be written finds out by its own next one.
        void tell({ type: "egress_refused", ...refusal, command }).catch(() => undefined);
      },
    },
    { signal },
  );
  try {
    await fillWorkspace(sandbox, checkout, signal);
    const missing = await addParts(sandbox, checkout.parts, network, signal);
    // The sandboxes of the tests lack the same, and nobody wants to read it three times.
    if (checkout.purpose === "work") {
      for (const message of missing) await tell({ type: "warned", message, about: "checkout" });
    }
    await checkout.inspect?.(sandbox);
  } catch (error) {
    await sandbox[Symbol.asyncDispose]();
    throw error;
  }
  await tell({
    type: "sandbox_started",
    id: sandbox.id,
    provider: sandbox.provider,
    purpose: checkout.purpose,
    from: checkout.from,
    durationMs: factory.clock() - started,
  });
  return sandbox;
}

// What a set-up makes and a repository may have forgotten to ignore is no part of a change. A file's times are compared as far as
// a snapshot keeps them: without its inode and the parts of a second, or every file would have to be read again.
const clone = `git clone --quiet --shared --no-checkout -c core.checkStat=minimal -c core.trustctime=false -- "$MIRROR" . &&
mkdir -p .git/info && printf '/%s/\\n' .venv node_modules .bundle vendor/bundle >>.git/info/exclude`;
const fetchBundle = `git fetch --quiet "$BUNDLE" refs/heads/change`;
const checkOutAll = `git checkout --quiet --force -B change "$SHA"`;
// The objects are in the mirror already, so that only refs are written: a fetch would look at all of them first.
// Those of the snapshot go first: a branch `a` that is gone would be in the way of `a/b`.
const refresh = `git for-each-ref --format='delete %(refname)' refs/remotes/origin | git update-ref --stdin --no-deref &&
git --git-dir="$MIRROR" for-each-ref --format='update refs/remotes/origin/%(refname:lstrip=2) %(objectname)' \\
refs/heads | git update-ref --stdin`;
// As `git checkout`, which looks at every file of the repository first; this looks at those that differ. What the set-up changed
// stays where it is not in the way.
const checkOutDifference = `{ { git read-tree -m -u HEAD "$SHA" && git update-ref refs/heads/change "$SHA"; } 2>&- || ${checkOutAll}; }`;
/** So that a set-up which is run again makes its own: what an older one built or installed would stay, also what nobody wants any more. */
export const cleanAll = "git clean --quiet -d --force --force -x";

async function fillWorkspace(sandbox: Sandbox, checkout: Checkout, signal: AbortSignal): Promise<void> {
  const { snapshot, sha, from, parts } = checkout;
  if (from === "snapshot" && snapshot?.sha === sha) return;
  const bundle = `${sandbox.scratch}/head.bundle`;
  if (checkout.bundle !== undefined) await sandbox.writeFile(bundle, checkout.bundle);
  const lines = [
    from === "scratch" ? clone : refresh,
    ...(parts === undefined || parts.lfsFiles.length === 0 ? [] : [setLfsFilters]),
    ...(checkout.bundle === undefined ? [] : [fetchBundle]),
    { scratch: checkOutAll, snapshot: checkOutDifference, "older snapshot": `${checkOutAll} && ${cleanAll}` }[from],
  ];
  const env = { ...lfsFilters(sandbox), MIRROR: sandbox.mirror, BUNDLE: bundle, SHA: sha };
  await git(sandbox, lines.join(" &&\n"), env, signal);
}

/** Removes the sandbox, whatever has become of it, and tells when it could not. */
export async function removeSandbox(sandbox: Sandbox, { tell }: Pick<WorkflowContext, "tell">): Promise<void> {
  try {
    await sandbox[Symbol.asyncDispose]();
    await tell({ type: "sandbox_removed", id: sandbox.id });
  } catch (error) {
    // The sweep finds it later; the work that was done in it is not lost for this.
    await tell({ type: "warned", message: `Sandbox ${sandbox.id} could not be removed: ${explain(error)}` });
  }
}
