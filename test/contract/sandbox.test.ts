import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { describe, expect, test } from "vitest";
import type { SandboxRequest } from "../../src/domain/sandbox.ts";
import { writeCertificates } from "../../src/sandbox/guard/certificates.ts";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";
import { srtProvider } from "../../src/sandbox/srt/srt-provider.ts";
import { hasSrt, never, outputOf, owner, providers, request, run } from "../support/sandboxes.ts";

for (const { provider, here } of providers) {
  describe.skipIf(!here)(`a sandbox of the ${provider.name} provider`, () => {
    const create = (changes: Partial<SandboxRequest> = {}) => provider.create(request(changes), { signal: never });
    test("starts with an empty workspace that commands run in and can write", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, "pwd; ls -A; echo text >file; cat file");
      expect(result).toEqual({
        exitCode: 0,
        timedOut: false,
        output: `${sandbox.workspace}\ntext\n`,
        durationMs: expect.any(Number),
      });
    });

    test("gives a home, a scratch folder and a folder for temporary files, outside the workspace", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, `touch ~/a "$TMPDIR/b" ${sandbox.scratch}/c && ls -A`);
      expect(result).toMatchObject({ exitCode: 0, output: "" });
    });

    test("shows nothing of the host's environment", async () => {
      process.env["NIGHTSHIFT_TEST_SECRET"] = "open sesame";
      await using sandbox = await create();
      const names = await outputOf(sandbox, "env | cut -d= -f1 | grep -v '^_$' | sort");
      expect(names).not.toContain("NIGHTSHIFT_TEST_SECRET");
      for (const name of ["HOME", "PATH", "LANG", "CI"]) expect(names.split("\n")).toContain(name);
    });

    test("clones from the mirror, which belongs to somebody else, and commits", async () => {
      await using sandbox = await create();
      const line = `git clone --quiet --shared "${sandbox.mirror}" . && echo more >>README.md && git commit --quiet -am Second && git log --format=%s`;
      expect(await run(sandbox, line)).toMatchObject({ exitCode: 0, output: "Second\nFirst\n" });
    });

    test("runs Node and npm", async () => {
      await using sandbox = await create();
      expect(await outputOf(sandbox, "node -p 'process.versions.node.split(\".\")[0]'")).toBe("24");
      expect(await run(sandbox, "npm --version")).toMatchObject({ exitCode: 0 });
    });

    test("is gone after its disposal, says so, and may be disposed of again", async () => {
      const sandbox = await create();
      await run(sandbox, "sleep 60 & mkdir -p locked/away && chmod 0 locked");
      await sandbox[Symbol.asyncDispose]();
      const lost = { code: "sandbox_lost", retryable: true };
      await expect(run(sandbox, "true")).rejects.toMatchObject(lost);
      await expect(sandbox.readFile(`${sandbox.workspace}/x`)).rejects.toMatchObject(lost);
      await expect(sandbox.writeFile(`${sandbox.workspace}/x`, Buffer.from("x"))).rejects.toMatchObject(lost);
      await sandbox[Symbol.asyncDispose]();
    });

    test("is swept away when its run or its lease is dead, and only then", async () => {
      await using living = await create({ runId: "living", lease: 2 });
      await using stale = await create({ runId: "living", lease: 1 });
      await using dead = await create({ runId: "dead" });
      const isAlive = async (runId: string, lease: number) => runId === "living" && lease === 2;
      expect(await provider.sweep(isAlive)).toBe(2);
      expect(await provider.sweep(isAlive)).toBe(0);
      expect(await outputOf(living, "echo alive")).toBe("alive");
      await expect(run(stale, "true")).rejects.toMatchObject({ code: "sandbox_lost" });
      await expect(run(dead, "true")).rejects.toMatchObject({ code: "sandbox_lost" });
    });

    test("is made by a provider that finds itself in order", async () => {
      const checks = await provider.check();
      expect(checks.every((check) => check.ok)).toBe(true);
      expect(provider.warning === undefined).toBe(provider.name !== "process");
    });
  });
}

describe("a sandbox of the process provider, as processes of this machine,", () => {
  test("takes with it what a command left behind", async () => {
    const provider = processProvider({ owner });
    const sandbox = await provider.create(request(), { signal: never });
    const pid = Number(await outputOf(sandbox, "sleep 60 & echo $!"));
    expect(process.kill(pid, 0)).toBe(true);
    await sandbox[Symbol.asyncDispose]();
    // A dead one stays in the table until it is collected.
    await expect.poll(() => isRunning(pid), { timeout: 30_000 }).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.skipIf(!hasSrt)("an srt sandbox", () => {
  test("trusts the operator's certificates besides the public ones, and cannot change them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "certificates-"));
    try {
      writeFileSync(join(folder, "operator.pem"), `# operator's own\n${rootCertificates[0]}\n`);
      const caBundle = await writeCertificates(join(folder, "operator.pem"), join(folder, "guard"));
      await using sandbox = await srtProvider({ owner, caBundle }).create(request(), { signal: never });
      const line =
        'for f in "$SSL_CERT_FILE" "$NODE_EXTRA_CA_CERTS" "$GIT_SSL_CAINFO"; do head -1 "$f"; done; echo >>"$SSL_CERT_FILE"';
      const found = await outputOf(sandbox, line);
      expect(found).toMatch(/^(# operator's own\n){3}.*(Permission denied|Read-only file system|No such file)/s);
      expect(readFileSync(caBundle, "utf8").endsWith("-----END CERTIFICATE-----\n")).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
