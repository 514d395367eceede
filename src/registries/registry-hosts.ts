import { publicHosts } from "./public-hosts.ts";

export interface RegistrySources {
  /** A file's text on the base; `undefined` when there is none. */
  readonly read: (path: string) => Promise<string | undefined>;
  /** The registry that npm is configured for here, as an address. */
  readonly npmRegistry: () => Promise<string | undefined>;
}

/** The hosts of the package registries that a repository's programs are configured for, by the manifests at its root. */
export async function registryHosts({ read, npmRegistry }: RegistrySources): Promise<readonly string[]> {
  const names = Object.keys(publicHosts);
  const [manifest, npmrc, ...others] = await Promise.all(["package.json", ".npmrc", ...names].map(read));
  const found = names.flatMap((name, index) => (others[index] === undefined ? [] : (publicHosts[name] ?? [])));
  const npm = manifest === undefined ? [] : [await npmRegistry(), ...registriesOf(npmrc ?? "")].flatMap(hostOf);
  return [...new Set([...npm, ...found])];
}

/** The addresses of registries in an `.npmrc`, scopes' own among them (https://docs.npmjs.com/cli/configuring-npm/npmrc). */
function registriesOf(npmrc: string): readonly string[] {
  return [...npmrc.matchAll(/^[ \t]*(?:@[^:\s]+:)?registry[ \t]*=[ \t]*["']?([^\s"']+)/gm)].map(
    ([, address]) => address ?? "",
  );
}

function hostOf(address: string | undefined): readonly string[] {
  const url = address === undefined ? null : URL.parse(address);
  return url === null || url.hostname === "" ? [] : [url.hostname];
}
