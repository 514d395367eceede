import type { Sandbox } from "../../domain/sandbox.ts";
import { shellWord } from "../../domain/shell-word.ts";

// What git-lfs does for a checkout, in the shell: an image need not have it. https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
const version = "version https://git-lfs.github.com/spec/v1";
// A file becomes its pointer; an empty one and a pointer stay as they are.
const clean = `f=$(mktemp) && cat >"$f" && if [ ! -s "$f" ] || head -c 42 "$f" | grep -q '^${version}'; then cat "$f"; else
printf '${version}\\noid sha256:%s\\nsize %s\\n' "$(sha256sum <"$f" | cut -d ' ' -f 1)" "$(wc -c <"$f" | tr -d ' ')"; fi; rm -f "$f"`;
// A pointer becomes the file, where the mirror has it.
const smudge = `f=$(mktemp) && cat >"$f"; o=$(head -c 200 "$f" | tr -d '\\0' | sed -n 's/^oid sha256:\\([0-9a-f]\\{64\\}\\)$/\\1/p')
d="$LFS_STORE/$(printf '%s' "$o" | cut -c 1-2)/$(printf '%s' "$o" | cut -c 3-4)/$o"
if [ -n "$o" ] && [ -f "$d" ]; then cat "$d"; else cat "$f"; fi; rm -f "$f"`;

/** The environment of `setLfsFilters`. */
export function lfsFilters({ mirror }: Pick<Sandbox, "mirror">): Readonly<Record<string, string>> {
  return { LFS_CLEAN: clean, LFS_SMUDGE: `LFS_STORE=${shellWord(`${mirror}/lfs/objects`)}; ${smudge}` };
}

/** Makes git show the content of files of Git LFS, and take it for the pointer that is committed. */
export const setLfsFilters = `git config filter.lfs.clean "$LFS_CLEAN" && git config filter.lfs.smudge "$LFS_SMUDGE"`;
