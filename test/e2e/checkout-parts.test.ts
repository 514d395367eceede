import { afterEach, describe, expect, test } from "vitest";
import { anIssue, expectNoComplaints, type Rig, startRig } from "../support/rig.ts";
import { providersForTests } from "../support/sandbox-providers.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";

const bash = (command: string) => ({ reply: { tool_calls: [{ name: "bash", arguments: { command } }] } });
const modules = (path: string, url: string) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`;
// Red where a submodule is empty or a pointer stands for its file, also for the tests of the base.
const whole = "test -s 'libs/one/deps/d.txt' && grep -q content 'art/ä b.bin'";
const look = "git status --short; cat libs/one/l.txt libs/one/deps/d.txt 'art/ä b.bin'";
const meddle = [
  "echo more >>libs/one/l.txt && git -C libs/one commit -qam more",
  "echo more >>'art/ä b.bin' && echo new >art/new.bin",
  "git init -q own && git -C own commit -q --allow-empty -m own",
].join("; ");
const notAllowed =
  "The submodule elsewhere is not fetched, its folder is empty: its host is not allowed. The operator can add git.nightshift.test to `sandbox.network.allow` in nightshift.yaml.";

describe.each(await providersForTests())("in %s sandboxes", (sandbox) => {
  let rig: Rig;
  afterEach(() => rig[Symbol.asyncDispose]());

  test("submodules and files of Git LFS are there without network or keys, and none of them gets into the change", async () => {
    const seen = { last_includes: ["lib\ndeep\nthe content\n"] };
    const solving = (title: string) => ({
      when: { first_includes: [title] },
      turns: [
        bash(look),
        { ...fixSum, expect: seen },
        bash("git submodule update --init --recursive --force -- libs/one"),
        { ...bash(meddle), expect: { last_includes: ["exit code 0"] } },
        { ...handIn, expect: { last_includes: ["exit code 0"] } },
      ],
    });
    rig = await startRig({ sandbox, script: { conversations: [solving("First"), solving("Second")] } });
    const { github } = rig;
    const deep = await github.addRepository({ owner: "acme", name: "deep", files: { "d.txt": "deep\n" } });
    const nested = { deps: { submodule: await headOf(deep) }, ".gitmodules": modules("deps", "../deep.git") };
    const lib = await github.addRepository({ owner: "acme", name: "lib", files: { "l.txt": "lib\n", ...nested } });
    const { repo, number } = await anIssue(rig, { title: "First", files: smallShop });
    for (const each of [deep, lib]) github.setPermission(each, "ada", "read");
    await github.commit(repo, {
      message: "Parts",
      files: {
        "libs/one": { submodule: await headOf(lib) },
        elsewhere: { submodule: await headOf(lib) },
        ".gitmodules": modules("libs/one", "../lib.git") + modules("elsewhere", "https://git.nightshift.test/lib.git"),
        ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        "art/ä b.bin": await github.storeLfs(repo, Buffer.from("the content\n")),
        ".github/nightshift.yml": `test: ${whole} && node --test\n`,
      },
    });

    const elsewhere = {
      process: "The submodule elsewhere could not be checked out.",
      srt: notAllowed,
      docker: notAllowed,
    }[sandbox];
    const solve = async (issue: number) => {
      await github.addLabel(repo, issue, "ready-for-robot", "ada");
      expect(await rig.runEnded()).toMatchObject({ status: "succeeded" });
      expectNoComplaints(rig);
      const pull = (await github.pullRequests(repo)).at(-1);
      expect(pull?.body).toContain(`\nMissing in the sandboxes: ${elsewhere}\n`);
      expect(await rig.git(repo, "diff", "--name-only", "main", pull?.headSha ?? "")).toBe("sum.js\n");
    };
    await solve(number);
    const warned = rig.events.flatMap((event) => (event.type === "warned" ? [event.message] : []));
    expect(warned).toEqual([
      elsewhere,
      "Not part of the change, as a repository of its own, a file of Git LFS, or for its size: art/ä b.bin, libs/one, art/new.bin, own",
    ]);
    // From the snapshot of the first, where there is one.
    await solve(
      (await github.openIssue(repo, { by: "ada", title: "Second", body: "As in the first issue: `sum([1, 2])` is 2." }))
        .number,
    );
  });

  async function headOf(repo: { readonly owner: string; readonly name: string }): Promise<string> {
    return (await rig.github.refs(repo))["refs/heads/main"] ?? "";
  }
});
