import { type FoundSecret, findSecrets } from "../../domain/redact.ts";

const placeholder = /example|placeholder|dummy|fake|sample|your|xxxx|0000|1234567|abcdef|redacted|changeme/i;
const leastDistinct = 8;
const keyBody = /[A-Za-z0-9+/]{40}/;
const keyHeadLines = 5;
const inAddress = /^secret \((?:basicauth|database-connection-string)\)$/;
/** Nobody outside comes by these. */
const hostAtHome =
  /@(?:[^\s/?#:@]*\.(?:local|localhost|internal|test|invalid|svc|lan)|[^\s/?#:@.]+|127\.[\d.]+|10\.[\d.]+|192\.168\.[\d.]+|0\.0\.0\.0)(?:[:/?#]|$)/i;
const token = /^["']?[\w-]{16,}/;

/** A word that merely begins like a token, one that documentation uses, or one that opens nothing. */
export function isMadeUp({ kind, secret }: FoundSecret): boolean {
  // Where a key's first line stands alone, as in code that reads keys, there is none.
  if (kind === "private key") return !keyBody.test(secret.split("\n", keyHeadLines).join("\n"));
  if (inAddress.test(kind)) return isHarmlessAddress(secret);
  if (placeholder.test(secret) || new Set(secret).size < leastDistinct) return true;
  // Whatever an `.npmrc` sets there.
  if (kind === "secret (npm)") return !(token.test(secret) && /\d/.test(secret));
  return kind === "model key" && !(/\d/.test(secret) && /[A-Z]/.test(secret));
}

/** Databases of tests and of a compose file have passwords too. */
function isHarmlessAddress(url: string): boolean {
  const password = findSecrets(url).find(({ kind }) => kind === "password")?.secret ?? "";
  const isWord = !(/\d/.test(password) && /[a-z]/i.test(password)) || new Set(password).size < leastDistinct;
  return isWord || placeholder.test(url) || hostAtHome.test(url);
}
