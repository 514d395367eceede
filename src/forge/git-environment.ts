export type GitConfig = readonly (readonly [key: string, value: string])[];

/** What of the operator's environment git still needs: programs, a proxy, certificates. */
const kept = [
  "PATH",
  "TMPDIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
] as const;

const always: GitConfig = [
  ["core.hooksPath", "/dev/null"],
  ["credential.helper", ""],
  // The repositories are all ours, but a mounted volume may belong to another user id.
  ["safe.directory", "*"],
  ["transfer.fsckObjects", "true"],
  // Clean-up runs inside the fetch, under our lock, and not as a process that outlives it.
  ["gc.autoDetach", "false"],
  // A connection that delivers nothing for a minute is dead.
  ["http.lowSpeedLimit", "1"],
  ["http.lowSpeedTime", "60"],
  ["advice.detachedHead", "false"],
];

/** The whole environment of one git command: nothing of the operator's git settings, helpers or prompts. */
export function gitEnvironment(
  operator: NodeJS.ProcessEnv,
  options: {
    readonly config?: GitConfig;
    readonly protocols?: readonly string[];
    readonly allocation?: string;
    readonly indexFile?: string;
  },
): Record<string, string> {
  const config = [...always, ...(options.config ?? [])];
  return {
    ...Object.fromEntries(kept.flatMap((name) => entry(name, operator[name]))),
    // Git built with GnuTLS does not look at SSL_CERT_FILE by itself.
    ...Object.fromEntries(entry("GIT_SSL_CAINFO", operator["GIT_SSL_CAINFO"] ?? operator["SSL_CERT_FILE"])),
    // No ~/.netrc, no ~/.gitconfig.
    HOME: "/nonexistent",
    LC_ALL: "C",
    ...Object.fromEntries(entry("GIT_ALLOC_LIMIT", options.allocation)),
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    ...Object.fromEntries(entry("GIT_INDEX_FILE", options.indexFile)),
    GIT_ALLOW_PROTOCOL: (options.protocols ?? ["none"]).join(":"),
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], n) => [
        [`GIT_CONFIG_KEY_${n}`, key],
        [`GIT_CONFIG_VALUE_${n}`, value],
      ]),
    ),
  };
}

function entry(name: string, value: string | undefined): [string, string][] {
  return value === undefined || value === "" ? [] : [[name, value]];
}
