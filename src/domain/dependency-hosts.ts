/**
 * The hosts that a repository's programs fetch dependencies from: its ecosystems' registries and the git host.
 * `read` gives a file's text on the base, `undefined` when there is none.
 */
export type DependencyHosts = (read: (path: string) => Promise<string | undefined>) => Promise<readonly string[]>;
