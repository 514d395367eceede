/** What one package of a monorepo printed. */
export interface Section {
  /** Its name or folder, as far as what runs the packages' scripts says it; nothing where there is one package only. */
  readonly suite: string | undefined;
  readonly lines: readonly string[];
}

/** `> @acme/a@1.0.0 test`, of npm and pnpm, with a prefix of turbo, lerna or concurrently, and the command in the next line. */
const script = /^((?:.{0,200}[:\]|] )?)> (?:(@?[\w./-]+)@\S* )?([\w:.-]+)(?: \/.*)?$/;
/** `packages/a test$ vitest run`, of pnpm, which then begins each line with `packages/a test: `. */
const pnpm = /^(\S+) (\S+)\$ /;
/** Yarn, with the option that tells whose lines they are. */
const yarn = /^(?:➤ YN0000: )?(\[(\S+)\]): Process started$/;
/** Nx, and Maven's reactor. */
const heading = /^(?:> nx run ([^\s:]+):\S+|\[INFO\] -+< ([\w.:-]+) >-+)$/;

/** It bounds what many can cost. */
const maxSections = 300;

interface Begun {
  readonly suite: string | undefined;
  /** What its lines begin with; empty where they follow one another. */
  readonly prefix: string;
  readonly script?: string;
}

/** The lines of an output by the package that they are of, without what only says so. Packages without a name are told by their order. */
export function sectionsOf(lines: readonly string[]): readonly Section[] {
  const sections: { suite: string | undefined; lines: string[] }[] = [{ suite: undefined, lines: [] }];
  const prefixed = new Map<string, string[]>();
  const runs = new Map<string, number>();
  let open = sections[0]?.lines ?? [];
  const begin = ({ suite, prefix, script = "" }: Begun) => {
    const n = (runs.get(script) ?? 0) + 1;
    if (suite === undefined) runs.set(script, n);
    const section = { suite: suite ?? (n === 1 ? undefined : `#${n}`), lines: [] };
    sections.push(section);
    if (prefix === "") open = section.lines;
    else prefixed.set(prefix, section.lines);
  };
  for (const [at, line] of lines.entries()) {
    const begun = begunBy(line, lines[at + 1] ?? "");
    if (begun !== undefined && !prefixed.has(begun.prefix) && sections.length < maxSections) begin(begun);
    const prefix = prefixed.size === 0 ? undefined : prefixed.keys().find((it) => `${line} `.startsWith(`${it} `));
    if (prefix === undefined) open.push(line);
    else prefixed.get(prefix)?.push(line.slice(prefix.length).replace(/^ /, ""));
  }
  const isOne = new Set(sections.flatMap(({ suite }) => suite ?? [])).size < 2;
  return isOne ? sections.map(({ lines }) => ({ suite: undefined, lines })) : sections;
}

function begunBy(line: string, next: string): Begun | undefined {
  const [, folder, task] = pnpm.exec(line) ?? [];
  if (folder !== undefined) return { suite: folder, prefix: `${folder} ${task}:` };
  const [, bracket, workspace] = yarn.exec(line) ?? [];
  if (bracket !== undefined) return { suite: workspace, prefix: `${bracket}:` };
  const [, project, module] = heading.exec(line) ?? [];
  if (project !== undefined || module !== undefined) return { suite: project ?? module, prefix: "" };
  const [, prefix = "", name, word = ""] = script.exec(line) ?? [];
  // The command stands below, unless lines of other packages come between.
  const isScript = prefix === "" ? next.startsWith("> ") : name !== undefined;
  if (word === "" || !isScript) return undefined;
  return { suite: name, prefix: prefix.trimEnd(), script: word };
}
