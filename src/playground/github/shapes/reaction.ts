import type { GitHubState, Reaction } from "../github-state.ts";
import { nodeId } from "./node-id.ts";
import type { Schemas } from "./schemas.ts";
import { simpleUser } from "./simple-user.ts";
import { timestamp } from "./timestamp.ts";

export function reactionShape(github: GitHubState, reaction: Reaction) {
  return {
    id: reaction.id,
    node_id: nodeId("REA", reaction.id),
    user: simpleUser(github, reaction.by),
    content: reaction.content,
    created_at: timestamp(reaction.createdAt),
  } satisfies Schemas["reaction"];
}

/** How often each reaction was given to the thing at `url`. */
export function reactionRollup(reactions: readonly Reaction[], url: string) {
  const count = (content: Reaction["content"]) => reactions.filter((each) => each.content === content).length;
  return {
    url: `${url}/reactions`,
    total_count: reactions.length,
    "+1": count("+1"),
    "-1": count("-1"),
    laugh: count("laugh"),
    confused: count("confused"),
    heart: count("heart"),
    hooray: count("hooray"),
    eyes: count("eyes"),
    rocket: count("rocket"),
  } satisfies Schemas["reaction-rollup"];
}
