import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { explain, NightshiftError } from "../../domain/errors.ts";

/** Where the certificates are seen inside a container. */
const target = "/etc/nightshift-ca.pem";

/** What tells the programs inside to trust them. All but Node's replace what the program trusts by default. */
export function certificateEnvironment(path = target): Readonly<Record<string, string>> {
  const names = [
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
  ];
  return Object.fromEntries(names.map((name) => [name, path]));
}

export function certificateMounts(source: string) {
  return [{ Type: "bind", Source: source, Target: target, ReadOnly: true }] as const;
}

/**
 * Writes the operator's certificates and, since programs take the file for all there is, the public ones into one file in `folder`.
 * @throws NightshiftError `bad_settings` when the bundle cannot be read or holds no certificate.
 */
export async function writeCertificates(bundle: string, folder: string): Promise<string> {
  const own = await readFile(bundle, "utf8").catch((cause: unknown) => {
    throw new NightshiftError("bad_settings", `\`sandbox.ca_bundle\`: ${explain(cause)}`, { cause });
  });
  if (!own.includes("-----BEGIN CERTIFICATE-----")) {
    throw new NightshiftError("bad_settings", `\`sandbox.ca_bundle\`: ${bundle} holds no certificate in PEM.`);
  }
  const text = [own.trim(), ...rootCertificates, ""].join("\n");
  const path = join(folder, `ca-${createHash("sha256").update(text).digest("hex").slice(0, 12)}.pem`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o644 });
  return path;
}
