import type { AssistantMessage, Message } from "../../src/domain/message.ts";

/** What an agent does in one turn; a file's name stands for what is in it. */
interface Deed {
  readonly tool: "read_file" | "search" | "bash" | "edit_file" | "write_file";
  readonly file: string;
  readonly chars: number;
  /** From this answer's request to the next one, in seconds. */
  readonly seconds: number;
}

export interface Turn {
  readonly reply: AssistantMessage;
  readonly results: Extract<Message, { role: "tool" }>;
  /** To the next request, in seconds. */
  readonly seconds: number;
}

export const opening: Message = { role: "user", text: text("ticket", 3_000) };
export const system = text("system", 2_500);

/**
 * The deeds of a long session, the same for the same length: it looks around for a fifth of its turns, then works on one
 * file after the other, also on one that it left before: reads it, edits it, runs the tests, looks something up. Now and then a command takes longer than a cache lives.
 */
export function session(turns: number): readonly Deed[] {
  const chance = chances(turns);
  const files = Array.from({ length: Math.ceil(turns / 6) }, (_, at) => `src/part-${at}/module-${at}.ts`);
  const any = () => files[Math.floor(chance() * files.length)] ?? "src/index.ts";
  const between = (least: number, most: number) => Math.round(least + (most - least) * chance() ** 2);
  const deed = (tool: Deed["tool"], file: string, least: number, most: number): Deed => ({
    tool,
    file,
    chars: between(least, most),
    seconds: tool === "bash" ? between(10, chance() < 0.05 ? 600 : 60) : between(4, 30),
  });
  const look = () => (chance() < 0.6 ? deed("read_file", any(), 1_500, 22_000) : deed("search", any(), 200, 9_000));
  const deeds: Deed[] = Array.from({ length: Math.floor(turns / 5) }, look);
  const known = (file: string) => deeds.some((done) => done.tool === "read_file" && done.file === file);
  while (deeds.length < turns) {
    const file = any();
    // What it has read once it often thinks that it knows.
    if (!known(file) || chance() < 0.3) deeds.push(deed("read_file", file, 1_500, 22_000));
    const rounds = 1 + Math.floor(chance() * 3);
    for (let round = 0; round < rounds; round += 1) {
      deeds.push(chance() < 0.15 ? deed("write_file", file, 2_000, 9_000) : deed("edit_file", file, 200, 2_500));
      deeds.push(deed("bash", "npm test 2>&1 | tail -200", 400, 12_000));
      if (chance() < 0.3) deeds.push(look());
    }
  }
  return deeds.slice(0, turns);
}

/** A turn as it stands in a conversation; `n` tells it from all others. */
export function turnOf({ tool, file, chars, seconds }: Deed, n: number): Turn {
  const id = `call-${n}`;
  const given = tool === "edit_file" || tool === "write_file";
  const args = {
    read_file: { path: file },
    search: { pattern: file.slice(4, 10), path: "src" },
    bash: { command: file },
    edit_file: { path: file, old_text: text(`old ${n}`, chars / 2), new_text: text(`new ${n}`, chars / 2) },
    write_file: { path: file, content: text(`content ${n}`, chars) },
  }[tool];
  return {
    reply: {
      role: "assistant",
      content: [
        { type: "text", text: text(`words ${n}`, 180) },
        { type: "tool_call", id, name: tool, arguments: args },
      ],
      stopReason: "tool_calls",
      usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
      model: "bench/session",
    },
    results: {
      role: "tool",
      results: [
        {
          callId: id,
          name: tool,
          isError: false,
          text: given ? `Edited ${file}.` : text(`${tool} ${file} ${n}`, chars),
        },
      ],
    },
    seconds,
  };
}

/** Whether what is in a file can still be seen in a window: it was read, or written, and that was not dropped. */
export function sees(window: readonly Message[], file: string): boolean {
  return window.some((message, at) => {
    const after = window[at + 1];
    if (message.role !== "assistant" || after?.role !== "tool") return false;
    return message.content.some(
      (part) =>
        part.type === "tool_call" &&
        ["read_file", "write_file"].includes(part.name) &&
        JSON.stringify(part.arguments).includes(file) &&
        !/characters dropped here/.test(JSON.stringify(part.arguments)) &&
        !after.results.some((result) => result.text.startsWith("[output of ")),
    );
  });
}

/** Words that begin with a text's own name, so that no two texts begin alike. */
export function text(name: string, chars: number): string {
  const words = `${name}: the total of an order is counted from its lines and rounded once at the end\n`;
  return words.repeat(Math.ceil(chars / words.length)).slice(0, Math.round(chars));
}

/** A sequence between 0 and 1 that is the same for the same seed (a linear congruential generator). */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
