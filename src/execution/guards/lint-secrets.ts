import { setImmediate } from "node:timers/promises";
import { lintSource } from "@secretlint/core";
import { secretLintProfiler } from "@secretlint/profiler";
import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import { z } from "zod";
import type { FoundSecret } from "../../domain/redact.ts";

// It would keep a mark of each file and rule for as long as the process lives.
secretLintProfiler.setEnabled(false);

const prefix = "@secretlint/secretlint-rule-";
/** By it a comment in a file switches the others off: a change is not asked whether it may be looked at. */
const obeysComments = `${prefix}filter-comments`;
const config = {
  rules: rules.filter(({ meta }) => meta.id !== obeysComments).map((rule) => ({ id: rule.meta.id, rule, options: {} })),
};
/** An account's number, and keys that open nothing but a sandbox of the one who made them. */
const harmless = /^AWSAccountID$|_TEST$/;
const words = z.object({
  ...{ TOKEN: z.string().optional(), KEY: z.string().optional(), ID: z.string().optional() },
  ...{ URI: z.string().optional(), URL: z.string().optional(), CREDENTIAL: z.string().optional() },
});

// What a thing found costs grows with the text around it; a key may have 10,000 characters.
const piece = 50_000;
const overlap = 12_000;

/** What secretlint's recommended rules find in a text. No file is read, and no comment in the text is obeyed. */
export async function lintSecrets(text: string, path: string): Promise<readonly FoundSecret[]> {
  const found = new Map<number, FoundSecret>();
  for (let from = 0; from === 0 || from + overlap < text.length; from += piece) {
    if (from > 0) await setImmediate();
    for (const it of await lint(text.slice(from, from + piece + overlap), path)) {
      const at = from + it.at;
      // Where a piece ends, a part of it may have been found.
      if ((found.get(at)?.secret.length ?? 0) < it.secret.length) found.set(at, { ...it, at });
    }
  }
  return [...found.values()];
}

async function lint(text: string, path: string): Promise<readonly FoundSecret[]> {
  const { messages } = await lintSource({
    // By its extension a rule would read a file from our disk.
    source: { content: text, filePath: path, ext: "", contentType: "text" },
    options: { config, noPhysicFilePath: true, locale: "en" },
  });
  return messages
    .filter(({ messageId }) => !harmless.test(messageId))
    .map(({ ruleId, range: [at, end], data }) => {
      const { TOKEN, KEY, ID, URI, URL, CREDENTIAL } = words.parse(data ?? {});
      const secret = TOKEN ?? KEY ?? ID ?? URI ?? URL ?? CREDENTIAL ?? text.slice(at, end);
      return { kind: `secret (${ruleId.replace(prefix, "")})`, secret, at };
    });
}
