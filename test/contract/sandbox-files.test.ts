import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { SandboxRequest } from "../../src/domain/sandbox.ts";
import { never, outputOf, providers, request, run } from "../support/sandboxes.ts";

for (const { provider, here } of providers) {
  describe.skipIf(!here)(`a sandbox of the ${provider.name} provider`, () => {
    const create = (changes: Partial<SandboxRequest> = {}) => provider.create(request(changes), { signal: never });
    test("writes and reads bytes as they are, under any name", async () => {
      await using sandbox = await create();
      const content = randomBytes(3_000_000);
      const path = `${sandbox.workspace}/a folder\n/ü 'quoted' "$HOME" -x\n`;
      await sandbox.writeFile(path, content);
      expect((await sandbox.readFile(path)).equals(content)).toBe(true);
      await sandbox.writeFile(path, new Uint8Array());
      expect(await sandbox.readFile(path)).toHaveLength(0);
    });

    test("keeps a file's mode and owner when it is written again", async () => {
      await using sandbox = await create();
      const path = `${sandbox.workspace}/tool`;
      await run(sandbox, "echo old >tool; chmod 751 tool");
      await sandbox.writeFile(path, Buffer.from("#!/bin/sh\necho new\n"));
      await sandbox.writeFile(`${sandbox.scratch}/fresh`, Buffer.from("x"));
      expect(
        await outputOf(sandbox, `ls -l tool | cut -c1-10; ./tool; [ -O ${sandbox.scratch}/fresh ] && echo mine`),
      ).toBe("-rwxr-x--x\nnew\nmine");
    });

    test("refuses to read what is no file, is missing or is too large, and to write where it cannot", async () => {
      await using sandbox = await create();
      const bad = { code: "bad_input" };
      await run(sandbox, "mkdir folder; mkfifo pipe; echo 12345 >six");
      const at = (name: string) => `${sandbox.workspace}/${name}`;
      await expect(sandbox.readFile(at("missing"))).rejects.toMatchObject(bad);
      await expect(sandbox.readFile(at("folder"))).rejects.toMatchObject(bad);
      await expect(sandbox.readFile(at("pipe"))).rejects.toMatchObject(bad);
      await expect(sandbox.readFile(at("six"), { maxBytes: 5 })).rejects.toMatchObject(bad);
      expect(await sandbox.readFile(at("six"), { maxBytes: 6 })).toHaveLength(6);
      await expect(sandbox.readFile("six")).rejects.toMatchObject(bad);
      await expect(sandbox.writeFile(at("folder"), Buffer.from("x"))).rejects.toMatchObject(bad);
      await expect(sandbox.writeFile(at("six/seven"), Buffer.from("x"))).rejects.toMatchObject(bad);
    });
  });
}
