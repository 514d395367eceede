import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Mirror } from "../../src/domain/forge.ts";
import { drawMap } from "../../src/execution/orient/draw-map.ts";
import { namedIn } from "../../src/execution/orient/named-in.ts";
import { committedFiles } from "../../src/forge/committed-files.ts";
import { createGit } from "../../src/forge/git.ts";
import { surveys } from "../../src/forge/survey.ts";
import { commitFiles } from "../../src/playground/github/git/commit-files.ts";
import { createRepository } from "../../src/playground/github/git/create-repository.ts";
import type { Bench, BenchContext, Measures } from "./bench.ts";
import { temporaryFolder } from "./factory-floor.ts";
import { inTurns } from "./measure.ts";

const ticket = namedIn("Cart 4321 is empty after `value4321_3`\n\nTypeError at /app/src/part-21/file-4321.ts:12:3");

/** The map of a repository that nobody has looked at yet, and once more; beside it listing its files, and reading them all once. */
export const map: Bench = async (context) => {
  const usual = await mapOf(10_000, context);
  const huge = await mapOf(100_000, context);
  return { ...usual, ...Object.fromEntries(Object.entries(huge).map(([name, measure]) => [`${name}_huge`, measure])) };
};

async function mapOf(files: number, context: BenchContext): Promise<Measures> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "shop.git");
  await createRepository(path, "main");
  const author = { name: "Ada", email: "ada@localhost" };
  const date = new Date("2026-01-05T20:00:00Z");
  const headSha = await commitFiles(path, { branch: "main", message: "All", files: program(files), author, date });
  const mirror: Mirror = { path, defaultBranch: "main", headSha };
  const git = createGit(process.env);
  const timed = async (act: () => Promise<unknown>) => {
    const started = performance.now();
    await act();
    return performance.now() - started;
  };
  const shell = (command: string) => timed(() => promisify(execFile)("sh", ["-c", command], { cwd: path }));

  return await inTurns(
    {
      units: { first: "ms", again: "ms" },
      rounds: 5,
      ours: async () => {
        const survey = surveys(git, committedFiles(git));
        const once = async () => drawMap(await survey(mirror, headSha, context), ticket);
        return { first: await timed(once), again: await timed(once) };
      },
      peers: {
        list_files: async () => {
          const ms = await shell(`git ls-tree -r --name-only ${headSha} | wc -l`);
          return { first: ms, again: ms };
        },
        read_all_once: async () => ({
          first: await shell(
            `git ls-tree -r --format='%(objectname)' ${headSha} | git cat-file --batch --buffer | wc -c`,
          ),
        }),
      },
    },
    context,
  );
}

/** Files of some 60 lines that import each other, in fifty folders. */
function program(files: number): Record<string, string> {
  const one = (n: number) => {
    const others = [1, 7, 31].map((step) => (n * step + step) % files);
    const imports = others.map(
      (other) => `import { value${other}_0 } from "../part-${other % 50}/file-${other}.ts";\n`,
    );
    const body = Array.from(
      { length: 20 },
      (_, at) =>
        `/** The ${at}th of ${n}. */\nexport function value${n}_${at}(of: number): number {\n  return of * ${at};\n}\n`,
    );
    return [...imports, ...body].join("");
  };
  return Object.fromEntries(Array.from({ length: files }, (_, n) => [`src/part-${n % 50}/file-${n}.ts`, one(n)]));
}
