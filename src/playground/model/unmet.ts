import { type Heard, newest } from "./heard.ts";
import type { Expectation } from "./model-script.ts";

/** What the script expected of a request and did not get, one line each. */
export function unmet(expect: Expectation, heard: Heard): readonly string[] {
  const fresh = newest(heard);
  const last = fresh.map((entry) => entry.text).join("\n");
  const images = fresh.reduce((sum, entry) => sum + entry.images, 0);
  const all = heard.entries.map((entry) => entry.text).join("\n");
  return [
    ...missing("the system prompt", heard.system, expect.system_includes),
    ...missing("the last message", last, expect.last_includes),
    ...missing("the conversation", all, expect.conversation_includes),
    ...(expect.last_images !== undefined && expect.last_images !== images
      ? [`expected ${expect.last_images} pictures in the last message; there were ${images}`]
      : []),
    ...expect.tools
      .filter((name) => !heard.tools.includes(name))
      .map((name) => `expected the tool "${name}" to be offered; offered: ${heard.tools.join(", ") || "none"}`),
  ];
}

function missing(what: string, text: string, parts: readonly string[]): readonly string[] {
  return parts
    .filter((part) => !text.includes(part))
    .map((part) => `expected ${what} to include ${JSON.stringify(part)}; it was ${JSON.stringify(shorten(text))}`);
}

// The end of a long text matters most: that is where the newest output stands.
function shorten(text: string): string {
  return text.length <= 800 ? text : `${text.slice(0, 300)} … ${text.slice(-500)}`;
}
