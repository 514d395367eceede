import { pathToFileURL } from "node:url";
import type { CheckoutParts, LfsFile, Submodule } from "../../domain/checkout-parts.ts";
import { hostAllowed, plainHost } from "../../domain/host-rules.ts";
import type { Sandbox, SandboxNetwork } from "../../domain/sandbox.ts";
import { git } from "./git-inside.ts";

// Its objects stay in our mirror of it. From another host comes the one commit.
const addSubmodules = `tab=$(printf '\\t'); while IFS="$tab" read -r within name path url reference; do
  ( cd "./$within" 2>&- && git ls-files --stage -- ":(literal)$path" | grep -q '^160000 ' ) || continue
  ( cd "./$within" && git config "submodule.$name.url" "$url" &&
    if [ -n "$reference" ]; then git submodule --quiet update --init --reference "$reference" -- "$path"
    else git submodule --quiet update --init --depth 1 -- "$path"; fi ) </dev/null 2>&1 ||
  printf '%s%s\\n' "$FAILED" "$within/$path"; done <"$LIST"`;

// Those that are pointers still: a snapshot may be older than their content.
const addLfsFiles = `while IFS= read -r line; do path=\${line#* }; [ -f "$path" ] && [ ! -L "$path" ] &&
  head -c 200 -- "$path" | grep -qF "oid sha256:\${line%% *}" && printf '%s\\0' "$path"; done <"$LIST" |
git checkout-index --force --index -z --stdin`;

/** Completes a checkout. What cannot be had is told and missing; gives it in words for people. */
export async function addParts(
  sandbox: Sandbox,
  parts: CheckoutParts | undefined,
  network: SandboxNetwork,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (parts === undefined) return [];
  await showLfsFiles(sandbox, parts.lfsFiles, signal);
  const isOut = ({ from }: Submodule) => "url" in from && !mayReach(new URL(from.url).hostname, sandbox, network);
  const failed = await showSubmodules(
    sandbox,
    parts.submodules.filter((module) => !isOut(module)),
    signal,
  );
  return [
    ...parts.submodules.filter(isOut).map((module) => {
      const host = "url" in module.from ? new URL(module.from.url).hostname : "";
      return `The submodule ${placeOf(module)} is not fetched, its folder is empty: its host is not allowed. The operator can add ${host} to \`sandbox.network.allow\` in nightshift.yaml.`;
    }),
    ...failed.map((place) => `The submodule ${place} could not be checked out.`),
  ];
}

function mayReach(host: string, { provider }: Sandbox, network: SandboxNetwork): boolean {
  return provider === "process" || (network !== "none" && hostAllowed(plainHost(host), network.allow));
}

function placeOf({ within, path }: Submodule): string {
  return within === "." ? path : `${within}/${path}`;
}

async function showSubmodules(
  sandbox: Sandbox,
  submodules: readonly Submodule[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (submodules.length === 0) return [];
  const list = `${sandbox.scratch}/submodules`;
  const lines = submodules.map(({ within, name, path, from }) => {
    const mirror = "mirror" in from ? `${sandbox.mirror}/${from.mirror}` : "";
    return `${[within, name, path, "url" in from ? from.url : pathToFileURL(mirror).href, mirror].join("\t")}\n`;
  });
  await sandbox.writeFile(list, Buffer.from(lines.join("")));
  const failed = "nightshift-failed:";
  const { output } = await git(sandbox, addSubmodules, { LIST: list, FAILED: failed }, signal, [
    // Git lets no submodule come from this machine unless it is told to.
    ["protocol.file.allow", "always"],
  ]);
  const told = output.split("\n").filter((line) => line.startsWith(failed));
  return told.map((line) => line.slice(failed.length).replace(/^\.\//, ""));
}

async function showLfsFiles(sandbox: Sandbox, files: readonly LfsFile[], signal: AbortSignal): Promise<void> {
  const list = `${sandbox.scratch}/lfs-files`;
  const lines = files.filter(({ path }) => !path.includes("\n")).map(({ oid, path }) => `${oid} ${path}\n`);
  if (lines.length === 0) return;
  await sandbox.writeFile(list, Buffer.from(lines.join("")));
  await git(sandbox, addLfsFiles, { LIST: list }, signal);
}
