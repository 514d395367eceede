import { html } from "hono/html";
import type { FileDiff } from "../git/read-diff.ts";
import { counted, type Html } from "./layout.ts";

/** The files of a change, line by line. */
export function diffView(files: readonly FileDiff[]): Html {
  if (files.length === 0) return html`<p class="empty">No files changed.</p>`;
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return html`<p class="muted">
      ${counted(files.length, "file")} changed ${counts(additions, deletions)}
    </p>
    ${files.map(fileView)}`;
}

function counts(additions: number, deletions: number): Html {
  return html`<span class="added">+${additions}</span> <span class="removed">−${deletions}</span>`;
}

function fileView(file: FileDiff): Html {
  const name = file.previousPath === undefined ? file.path : `${file.previousPath} → ${file.path}`;
  return html`<section class="box file">
    <div class="top">
      <span class="mono">${name}</span>
      ${file.status === "modified" ? "" : html`<span class="tag">${file.status}</span>`}
      ${counts(file.additions, file.deletions)}
    </div>
    ${
      file.patch === ""
        ? html`<p class="text muted">Nothing to show: binary, empty or only renamed.</p>`
        : html`<div class="scroll">
            <table class="diff">
              ${numbered(file.patch).map(row)}
            </table>
          </div>`
    }
  </section>`;
}

interface Line {
  readonly kind: "hunk" | "plus" | "minus" | "same";
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly text: string;
}

function row(line: Line): Html {
  return html`<tr class="${line.kind}">
    <td class="n">${line.before ?? ""}</td>
    <td class="n">${line.after ?? ""}</td>
    <td>${line.text}</td>
  </tr>`;
}

function numbered(patch: string): Line[] {
  let before = 0;
  let after = 0;
  return patch.split("\n").map((text): Line => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(text);
    if (hunk !== null) {
      before = Number(hunk[1]) - 1;
      after = Number(hunk[2]) - 1;
      return { kind: "hunk", before: undefined, after: undefined, text };
    }
    if (text.startsWith("\\")) return { kind: "same", before: undefined, after: undefined, text };
    if (text.startsWith("+")) {
      after += 1;
      return { kind: "plus", before: undefined, after, text };
    }
    before += 1;
    if (text.startsWith("-")) return { kind: "minus", before, after: undefined, text };
    after += 1;
    return { kind: "same", before, after, text };
  });
}
