import type { AssistantMessage, Message, UserMessage } from "../domain/message.ts";
import { jsonBytes, type ModelRequest, pictureBytes, type ToolDescription } from "../domain/model.ts";
import type { Reckoning } from "./choose-summary.ts";
import type { Asked } from "./journal.ts";
import { followCut, limits, shorten } from "./keep-context.ts";

export interface WindowParts {
  readonly system: string;
  readonly opening: UserMessage;
  readonly tools: readonly ToolDescription[];
  readonly maxOutputTokens: number;
  /** Which of the limits on the context to begin with. */
  readonly level: number;
}

/** What a model is sent of a conversation that grows. It follows from what was added, and when. */
export interface OpenWindow {
  add(reply: AssistantMessage, results: Message): void;
  /** From now on this text stands for all turns up to that one. */
  summarize(upTo: number, text: string): void;
  /** Drops more of what tools said, by the next level that does, at most that one; whether less is sent from now on. */
  keepLess(most?: number): boolean;
  request(): ModelRequest & { readonly bytes: number };
  /** The request as far as its first so many turns. */
  beginning(turns: number): readonly Message[];
  /** The messages that the oldest so many turns are, whole, with those that a summary stands for already. */
  whole(turns: number): readonly Message[];
  level(): number;
  turns(): number;
  /** The last turn that a summary stands for. */
  upTo(): number;
  /** How many tokens the request has, by what the last one had. */
  tokens(): number;
  reckon(): Reckoning;
  /** Which messages are sent in a shorter form since this was asked last. */
  shortened(): Asked["shortened"];
}

// Where the provider counts nonsense, or nothing yet.
const [leastPerByte, usualPerByte, mostPerByte] = [1 / 8, 1 / 4, 1];

export function openWindow({ system, opening, tools, maxOutputTokens, ...of }: WindowParts): OpenWindow {
  const all: Message[] = [opening];
  const summaries: { readonly after: number; readonly upTo: number; readonly text: string }[] = [];
  let { level } = of;
  /** Message by message what `all` holds, as it is sent; those before `from` are not, but for the opening. */
  let sent: Message[] = [opening];
  let [from, noted] = [1, 0];
  let cut = cutAt(level);
  cut.add(opening);
  let perByte = usualPerByte;

  const messages = () => (from === 1 ? [...sent] : [opened(), ...sent.slice(from)]);
  const opened = (): UserMessage => {
    const last = summaries.at(-1);
    // In one message: some servers refuse two of the same role in a row.
    return last === undefined ? opening : { ...opening, text: `${opening.text}\n\n${last.text}` };
  };
  // Counted as it grows: to go through the whole conversation before every call would take longer from turn to turn.
  let [bytes, pictures] = [0, 0];
  const count = () => {
    bytes = jsonBytes([system, messages(), tools]);
    pictures = pictureBytes({ messages: messages() });
  };
  count();
  const tokensOf = (size: number) => Math.ceil(size * perByte);
  const tokens = () => tokensOf(bytes - pictures);

  const push = (message: Message) => {
    const before = cut.at();
    cut.add(message);
    all.push(message);
    sent.push(message);
    // In the list of messages a comma stands for the two brackets.
    bytes += jsonBytes([message]) - 1;
    pictures += pictureBytes({ messages: [message] });
    if (cut.at() === before) return;
    for (let at = before; at < cut.at(); at += 1) sent[at] = shortAt(at);
    count();
  };
  const shortAt = (at: number): Message => shorten(all[at] ?? opening, all[at - 1]);
  /** As if this level had held from the beginning, so that work that is taken up again sends the same. */
  const cutAgain = () => {
    cut = cutAt(level);
    for (const [at, message] of all.entries()) {
      cut.add(message);
      for (const { after, upTo } of summaries) if (at === 2 * after) cut.forget(2 * upTo + 1);
    }
    sent = all.map((message, at) => (at < cut.at() ? shortAt(at) : message));
    count();
  };

  return {
    add(reply, results) {
      const { input, cacheRead, cacheWrite } = reply.usage;
      const told = (input + cacheRead + cacheWrite) / (bytes - pictures);
      perByte = Math.min(mostPerByte, Math.max(leastPerByte, told));
      push(reply);
      push(results);
    },
    summarize(upTo, text) {
      summaries.push({ after: turnsIn(all), upTo, text });
      from = 2 * upTo + 1;
      cut.forget(from);
      count();
    },
    keepLess(most = limits.length - 1) {
      const before = bytes;
      while (bytes >= before && level < most) {
        level += 1;
        cutAgain();
      }
      return bytes < before;
    },
    request: () => ({ system, messages: messages(), tools, maxOutputTokens, bytes: bytes - pictures }),
    beginning: (turns) => [opened(), ...sent.slice(from, from + 2 * turns)],
    whole: (turns) => all.slice(0, 2 * turns + 1),
    level: () => level,
    turns: () => turnsIn(all),
    upTo: () => (from - 1) / 2,
    tokens,
    reckon() {
      const turns = Array.from({ length: turnsIn(all) - (from - 1) / 2 }, (_, turn) => {
        const messages = sent.slice(from + 2 * turn, from + 2 * turn + 2);
        return tokensOf(jsonBytes(messages) - pictureBytes({ messages }));
      });
      return { fixed: tokens() - turns.reduce((sum, turn) => sum + turn, 0), turns };
    },
    shortened() {
      const first = Math.max(noted, from === 1 ? 0 : from);
      noted = Math.max(noted, cut.at());
      return sent.slice(first, cut.at()).flatMap((message, index) => {
        const at = first + index;
        return message === all[at] ? [] : [[at, message] as const];
      });
    },
  };
}

function cutAt(level: number) {
  return followCut(limits[level] ?? limits[0]);
}

/** An opening, and then an answer and its results for each. */
function turnsIn(all: readonly Message[]): number {
  return (all.length - 1) / 2;
}
