import { html, raw } from "hono/html";
import type { Account, Issue, Label, Reaction } from "../github-state.ts";
import { avatar, type Html, when, who } from "./layout.ts";
import { markdown } from "./markdown.ts";

/** What was said on an issue or a pull request, oldest first. */
export function conversation(issue: Issue): Html {
  return html`
    ${remark({ by: issue.by, at: issue.createdAt, body: issue.body ?? "", reactions: issue.reactions, verb: "opened" })}
    ${issue.comments.map(
      (comment) => html`<div id="issuecomment-${comment.id}">
        ${remark({
          by: comment.by,
          at: comment.createdAt,
          body: comment.body,
          reactions: comment.reactions,
          verb: "commented",
          edited: comment.updatedAt > comment.createdAt,
        })}
      </div>`,
    )}
  `;
}

export function labelPills(labels: readonly Label[]): Html {
  return html`${labels.map(
    ({ name, color }) =>
      html`<span class="label"><span class="dot" style="background: #${color}"></span>${name}</span> `,
  )}`;
}

interface Remark {
  readonly by: Account;
  readonly at: Date;
  readonly body: string;
  readonly reactions: readonly Reaction[];
  readonly verb: string;
  readonly edited?: boolean;
}

function remark({ by, at, body, reactions, verb, edited = false }: Remark): Html {
  // markdown() lets no HTML of the text through.
  const text = body.trim() === "" ? html`<em class="muted">No description provided.</em>` : raw(markdown(body));
  return html`<article class="comment">
    ${avatar(by)}
    <div class="box">
      <div class="top">${who(by)} ${verb} ${when(at)}${edited ? " · edited" : ""}</div>
      <div class="text">${text}</div>
      ${reactions.length === 0 ? "" : html`<div class="reactions">${reactions.map(pill)}</div>`}
    </div>
  </article>`;
}

const faces = {
  "+1": "👍",
  "-1": "👎",
  laugh: "😄",
  confused: "😕",
  heart: "❤️",
  hooray: "🎉",
  rocket: "🚀",
  eyes: "👀",
} as const satisfies Record<Reaction["content"], string>;

function pill(reaction: Reaction): Html {
  return html`<span title="${reaction.content}">${faces[reaction.content]} ${reaction.by.login}</span>`;
}
