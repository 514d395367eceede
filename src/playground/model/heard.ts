/** A tool call or its result, by the provider's id for it. */
export interface HeardEntry {
  readonly role: "user" | "assistant" | "tool";
  readonly text: string;
  /** Ids of the calls an assistant made, or of the calls a tool message answers. */
  readonly calls: readonly string[];
  /** How many pictures came with it. */
  readonly images: number;
}

/** A request as all wire formats mean it: what the model has heard so far. */
export interface Heard {
  readonly model: string;
  readonly system: string;
  readonly entries: readonly HeardEntry[];
  readonly tools: readonly string[];
  /** The tool that the model has to call; `any` of them, where it may choose. */
  readonly forced: string | undefined;
  readonly stream: boolean;
  /** Whether the client asks for prompt caching, or gets it by itself. */
  readonly caches: boolean;
  /** Whether a streamed answer ends with its usage. */
  readonly streamsUsage: boolean;
}

/** How many answers the model has given: the index of the turn that follows. */
export function turnIndex(heard: Heard): number {
  return heard.entries.filter((entry) => entry.role === "assistant").length;
}

/** What came since the model's last answer. */
export function newest(heard: Heard): readonly HeardEntry[] {
  return heard.entries.slice(heard.entries.findLastIndex((entry) => entry.role === "assistant") + 1);
}

/** What the real providers would refuse in the order of messages; `undefined` when they would not. */
export function brokenOrder(heard: Heard): string | undefined {
  if (heard.entries[0]?.role !== "user") return "the first message must be a user's";
  if (heard.entries.at(-1)?.role === "assistant") return "the last message must be a user's or a tool's";
  for (const [index, entry] of heard.entries.entries()) {
    if (entry.role === "assistant") {
      const next = heard.entries[index + 1];
      const answered = next?.role === "tool" ? next.calls : [];
      const open = entry.calls.filter((id) => !answered.includes(id));
      if (open.length > 0) return `the tool calls ${open.join(", ")} have no result right after them`;
    }
    if (entry.role === "tool") {
      const asked = heard.entries[index - 1]?.calls ?? [];
      const unasked = entry.calls.filter((id) => !asked.includes(id));
      if (unasked.length > 0) return `the tool results ${unasked.join(", ")} answer no call of the message before`;
    }
  }
  return undefined;
}
