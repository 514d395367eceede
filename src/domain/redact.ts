import type { z } from "zod";

/** Takes secrets out of a text; what it gives stays as it is when it is redacted again. */
export type Redact = (text: string) => string;

/** What secrets look like, by whose they are. */
const shapes: readonly (readonly [kind: string, shape: RegExp])[] = [
  ["private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g],
  ["GitHub token", /\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{22,}/g],
  ["GitLab token", /\bglpat-[\w-]{20,}/g],
  ["model key", /\b(?:sk|xai)-[\w-]{20,}|\b(?:gsk|hf)_[A-Za-z0-9]{20,}/g],
  ["AWS key", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ["Google key", /\bAIza[\w-]{35}/g],
  ["npm token", /\bnpm_[A-Za-z0-9]{36}/g],
  ["Slack token", /\bxox[abeprs]-[\w-]{10,}/g],
  // From where a word begins only: else each of its letters would be tried.
  ["JSON web token", /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/g],
  ["password", /(?<=:\/\/[^\s/:@]*:)[^\s/:@[\]]+(?=@)/g],
];

export interface FoundSecret {
  readonly kind: string;
  readonly secret: string;
  /** Where it begins. */
  readonly at: number;
}

/** What of a text has the shape of a secret. */
export function findSecrets(text: string): readonly FoundSecret[] {
  return shapes.flatMap(([kind, shape]) =>
    [...text.matchAll(shape)].map(({ 0: secret, index: at }) => ({ kind, secret, at })),
  );
}

/** Anything shorter would also be found in words that are no secret. */
const leastChars = 12;

/** Takes out the secrets that are known, and whatever has the shape of one. */
export function redactor(known: readonly (string | undefined)[]): Redact {
  const secrets = known
    .flatMap((secret) => (secret !== undefined && secret.trim().length >= leastChars ? [secret.trim()] : []))
    .toSorted((a, b) => b.length - a.length);
  return (text) => {
    const unknown = secrets.reduce((left, secret) => left.replaceAll(secret, "[redacted]"), text);
    return shapes.reduce((left, [kind, shape]) => left.replaceAll(shape, `[redacted ${kind}]`), unknown);
  };
}

/** A value of a schema with every text in it redacted. */
export function redacted<Value>(value: Value, schema: z.ZodType<Value>, redact: Redact): Value {
  return schema.parse(JSON.parse(redactedJson(value, redact)));
}

/** A value as JSON with every text in it redacted. */
export function redactedJson(value: unknown, redact: Redact): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? redact(part) : part));
}
