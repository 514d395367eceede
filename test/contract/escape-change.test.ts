import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Change } from "../../src/domain/forge.ts";
import { takeChange } from "../../src/execution/sandboxes/take-change.ts";
import { createGit } from "../../src/forge/git.ts";
import { receiveChange } from "../../src/forge/receive-change.ts";
import { folder, mirror, never, noWayLeadsBy } from "../support/escape-host.ts";

noWayLeadsBy(({ run, outputOf, sandbox }) => {
  describe("the change that it hands over:", () => {
    const git = createGit(process.env);
    const receive = (change: Change) =>
      receiveChange(git, {
        change,
        mirror: { path: mirror.path, defaultBranch: "main", headSha: change.baseSha },
        dataDir: folder,
        signal: never,
      });
    const identity = "-c user.name=x -c user.email=x@localhost";

    /** A fresh checkout, with commits of its own on the branch `change` and `$BASE` below them. */
    async function handOver(lines: string, refs = "refs/heads/change"): Promise<Change> {
      const line = `cd ${sandbox().scratch} && rm -rf w && git clone -q --shared ${sandbox().mirror} w && cd w && git checkout -qB change && BASE=$(git rev-parse HEAD) && ${lines} && git bundle create -q ../b ${refs} "^$BASE" && echo $BASE $(git rev-parse refs/heads/change)`;
      const [baseSha = "", headSha = ""] = (await outputOf(line)).split("\n").at(-1)?.split(" ") ?? [];
      return { baseSha, headSha, bundle: await sandbox().readFile(`${sandbox().scratch}/b`) };
    }

    test("an honest one is received, so that the next tests can fail", async () => {
      const change = await handOver(`echo x >x && git add x && git ${identity} commit -qm x`);
      await using received = await receive(change);
      expect(existsSync(received.gitDir)).toBe(true);
    });

    test("hooks, core.fsmonitor, filters and aliases in .git/config that run a program", async () => {
      const pwned = join(folder, "pwned");
      const program = `#!/bin/sh\ntouch ${pwned} ${sandbox().scratch}/ran\n`;
      await run(`git clone -q --shared ${sandbox().mirror} . && git checkout -qB change`);
      await sandbox().writeFile(`${sandbox().scratch}/evil`, Buffer.from(program));
      const evil = `${sandbox().scratch}/evil`;
      await run(
        `chmod +x ${evil}; for h in pre-commit post-commit reference-transaction post-index-change; do cp ${evil} .git/hooks/$h; done; git config core.fsmonitor ${evil}; git config core.sshCommand ${evil}; git config core.pager ${evil}; git config filter.x.clean ${evil}; git config diff.external ${evil}; git config uploadpack.packObjectsHook ${evil}; echo '* filter=x' >.gitattributes; echo change >file`,
      );
      const baseSha = execFileSync("git", ["-C", mirror.path, "rev-parse", "main"]).toString().trim();
      const author = { name: "Nightshift", email: "nightshift@localhost" };
      const change = await takeChange(sandbox(), baseSha, { message: "Change", author }, never).catch(() => null);
      if (change !== null) await (await receive(change))[Symbol.asyncDispose]();
      expect(existsSync(pwned)).toBe(false);
      await run("rm -rf .git .gitattributes file");
    });

    test("a bundle with a ref that is not ours", async () => {
      const change = await handOver(
        `git ${identity} commit -q --allow-empty -m x && git branch main2`,
        "refs/heads/change refs/heads/main2",
      );
      await expect(receive(change)).rejects.toMatchObject({ code: "bad_change" });
    });

    test("a commit whose tree holds .git", async () => {
      const tree = `BLOB=$(echo x | git hash-object -w --stdin) && SUB=$(printf '100644 blob %s\\tconfig\\n' $BLOB | git mktree) && TREE=$(printf '040000 tree %s\\t.git\\n' $SUB | git mktree)`;
      const change = await handOver(
        `${tree} && git update-ref refs/heads/change $(git ${identity} commit-tree -p $BASE -m x $TREE)`,
      );
      await expect(receive(change)).rejects.toMatchObject({ code: "bad_change" });
    });

    test("a .gitmodules that runs a program where it is cloned", async () => {
      const modules = `printf '[submodule "x"]\\n\\tpath = x\\n\\turl = -u./evil\\n' >.gitmodules && git add .gitmodules && git ${identity} commit -qm x`;
      await expect(receive(await handOver(modules))).rejects.toMatchObject({ code: "bad_change" });
    });

    test("a history that does not descend from the base", async () => {
      const orphan = `git checkout -q --orphan other && git ${identity} commit -qm x && git update-ref refs/heads/change HEAD`;
      await expect(receive(await handOver(orphan))).rejects.toMatchObject({ code: "bad_change" });
    });

    test("bytes that are no bundle", async () => {
      const change = await handOver(`git ${identity} commit -q --allow-empty -m x`);
      await expect(receive({ ...change, bundle: Buffer.from("# v2 git bundle\n\0\0") })).rejects.toMatchObject({
        code: "bad_change",
      });
    });
  });
});
