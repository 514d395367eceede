import type { Guard } from "./open-guard.ts";

/** Where the forwarder listens inside: a port that no program has for its own. */
export const forwarderPort = 41_943;

const host = "127.0.0.1";
const direct = "localhost,127.0.0.1,::1";

type Credentials = Pick<Guard, "username" | "password">;

function urlOf({ username, password }: Credentials): string {
  return `http://${username}:${password}@${host}:${forwarderPort}`;
}

/** What tells the programs inside where the proxy is: the names that most of them read, and those of the rest. */
export function proxyEnvironment(guard: Credentials): Readonly<Record<string, string>> {
  const url = urlOf(guard);
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    http_proxy: url,
    https_proxy: url,
    NO_PROXY: direct,
    no_proxy: direct,
    NODE_USE_ENV_PROXY: "1",
    npm_config_proxy: url,
    npm_config_https_proxy: url,
    npm_config_noproxy: direct,
    YARN_HTTP_PROXY: url,
    YARN_HTTPS_PROXY: url,
    PIP_PROXY: url,
    CARGO_HTTP_PROXY: url,
    // Since Java 8 it gives no password through a tunnel unless told that it may.
    JAVA_TOOL_OPTIONS: [...javaProperties("-D"), "-Djdk.http.auth.tunneling.disabledSchemes="].join(" "),
  };
}

/** The same for git, as a part of its configuration. */
export function proxyGitConfig(guard: Credentials): string {
  return `[http]\n\tproxy = ${urlOf(guard)}\n`;
}

/** The same for Maven and Gradle, which take a password from files in the home folder only. */
export function proxyFiles({ username, password }: Credentials): Readonly<Record<string, string>> {
  const proxy = (protocol: string) =>
    `<proxy><id>${protocol}</id><active>true</active><protocol>${protocol}</protocol><host>${host}</host><port>${forwarderPort}</port><username>${username}</username><password>${password}</password><nonProxyHosts>localhost|127.0.0.1</nonProxyHosts></proxy>`;
  const gradle = ["http", "https"].flatMap((protocol) => [
    `systemProp.${protocol}.proxyUser=${username}`,
    `systemProp.${protocol}.proxyPassword=${password}`,
  ]);
  return {
    ".m2/settings.xml": `<settings><proxies>${proxy("http")}${proxy("https")}</proxies></settings>\n`,
    ".gradle/gradle.properties": `${[...javaProperties("systemProp."), ...gradle].join("\n")}\n`,
  };
}

function javaProperties(prefix: string): readonly string[] {
  return [
    ...["http", "https"].flatMap((protocol) => [
      `${prefix}${protocol}.proxyHost=${host}`,
      `${prefix}${protocol}.proxyPort=${forwarderPort}`,
    ]),
    `${prefix}http.nonProxyHosts=localhost|127.0.0.1`,
  ];
}
