import { posix } from "node:path";
import { added, type DiffLine, type FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { isLockFile } from "./made-files.ts";

const settingsFile =
  /^(?:\.npmrc|\.yarnrc(?:\.yml)?|bunfig\.toml|pip\.(?:conf|ini)|uv\.toml|nuget\.config|settings\.xml|\.condarc)$|^\.?cargo\/config(?:\.toml)?$/i;
const source =
  /\bregistry\s*=|\bregistries\b|npmRegistryServer|\b(?:extra-)?index(?:-url)?\s*=|\bfind-links\b|trusted-host|strict-ssl|ignore-scripts\s*=\s*false|enableScripts:\s*true|replace-with|<mirror>|packageSources|\bchannels\b/i;

/** npm runs these on every machine that a package is installed on. */
const onInstall = /^\s*"((?:pre|post)?install)"\s*:\s*"(.*)"/;
/** They bring, or run, what does not stand in the change. */
const reachesOut =
  /\b(?:curl|wget|nc|eval|base64|powershell|bash|sh)\b|\bhttps?\b|\bnode\s+-|\bpython3?\s+-c|\bnpx\s|\|\s*\w*sh\b|>\s*[~/]/;

const inLock =
  /(?:["']?(?:resolved|tarball|url|registry|source)["']?\s*[:=]\s*["'{]?\s*(?:registry\+|git\+)?|\btarball:\s*)["']?\w+:\/\/(?:[^\s/@"']*@)?([\w.-]+)/;

/** Where packages come from, and what is run when they are installed: on the machines of all people and of the robot. */
export const packageSources: Guard = ({ files }) =>
  files.flatMap((file) => {
    const { path } = file;
    const name = posix.basename(path);
    const inFolder = posix.join(posix.basename(posix.dirname(path)), name);
    if (settingsFile.test(name) || settingsFile.test(inFolder)) {
      return gained(file, new RegExp(`^.*(?:${source.source}).*$`, "i")).map((line) =>
        found(file, line, `${quoteCode(line.text)} says where packages come from, or what they may run`),
      );
    }
    if (name === "package.json") return installs(file);
    return isLockFile(path) ? otherHosts(file, files) : [];
  });

function installs(file: FileDiff): readonly GuardFinding[] {
  return gained(file, onInstall)
    .filter(({ text }) => reachesOut.test(onInstall.exec(text)?.[2] ?? ""))
    .map((line) => found(file, line, `${quoteCode(line.text)} is run on every machine that installs the package`));
}

/** A host that neither the lock file nor what people wrote in this change had named. */
function otherHosts(file: FileDiff, files: readonly FileDiff[]): readonly GuardFinding[] {
  const hostOf = ({ text }: DiffLine) => inLock.exec(text)?.[1];
  const known = new Set(file.lines.filter(({ mark }) => mark !== "+").flatMap((line) => hostOf(line) ?? []));
  if (known.size === 0) return [];
  const written = files.filter(({ path }) => !isLockFile(path)).flatMap(added);
  return added(file).flatMap((line) => {
    const host = hostOf(line);
    if (host === undefined || known.has(host) || /funding/.test(line.text)) return [];
    known.add(host);
    if (written.some(({ text }) => text.includes(host))) return [];
    return [found(file, line, `packages come from ${quoteCode(host)}, which the lock file did not name before`)];
  });
}

function found({ path }: FileDiff, { n }: DiffLine, text: string): GuardFinding {
  return { rule: "protected-paths", severity: "draft", file: path, line: n, text };
}
