import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { examineSandboxes } from "../../src/compose/sandboxes.ts";
import { parseEnvironment } from "../../src/config/parse-environment.ts";
import { operatorSettings } from "../../src/domain/settings.ts";
import type { DockerOptions } from "../../src/sandbox/docker/docker-options.ts";
import { type ProbeRequest, probeContainer } from "../../src/sandbox/docker/docker-probe.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";

const parent = mkdtempSync(join(tmpdir(), "probe-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));
const hasDocker = await dockerForTests();
const signal = new AbortController().signal;

/** What the probe finds where the engine does not do as it is told. */
const find = async (change: (asked: ProbeRequest) => ProbeRequest["request"], guard: DockerOptions["guard"] = {}) =>
  Object.fromEntries(
    (
      await probeContainer({
        mirror: parent,
        create: (asked) =>
          dockerProvider({
            owner: `test-${randomUUID()}`,
            guard: {
              parent,
              internal: [asked.host],
              ports: [asked.port],
              loopback: true,
              resolve: async () => [{ address: "127.0.0.1", family: 4 }],
              ...guard,
            },
          }).create(change(asked), { signal }),
      })
    ).map((check) => [check.name, check]),
  );

describe.skipIf(!hasDocker)("the doctor's look from inside", () => {
  test("finds all in order, and every check says what it saw", async () => {
    const checks = await dockerProvider({ guard: { parent } }).check();
    expect(checks.map(({ name, ok }) => [name, ok])).toEqual([
      ["container engine", true],
      ["sandbox image", true],
      ["sandbox", true],
      ["sandbox rights", true],
      ["sandbox limits", true],
      ["egress guard", true],
    ]);
  });

  test("and how much disk snapshots take, may take and have", async () => {
    const settings = operatorSettings.parse({
      data_dir: parent,
      sandbox: { provider: "docker", snapshots_mb: 1_000_000_000 },
    });
    const checks = await examineSandboxes({ environment: parseEnvironment({}), settings, variables: {} });
    expect(checks.at(-1)).toMatchObject({
      name: "snapshots",
      // No disk has room for a petabyte.
      ok: false,
      remedy: expect.stringContaining("`sandbox.snapshots_mb`"),
      figures: { budget_mb: 1_000_000_000, free_mb: expect.any(Number), count: expect.any(Number) },
    });
  });

  test("names the limits that are not in force", async () => {
    const checks = await find(({ request }) => ({
      ...request,
      limits: { ...request.limits, memoryMb: 256, openFiles: 512, diskMb: 1024 },
    }));
    expect(checks["sandbox limits"]).toMatchObject({
      ok: false,
      detail: "not in force: memory, files, disk",
      remedy: expect.stringContaining("docker info"),
    });
  });

  test("finds a guard that lets everything through", async () => {
    const checks = await find(
      ({ request, host }) => ({ ...request, network: { allow: [host, "forbidden.nightshift.test"] } }),
      { internal: ["allowed.nightshift.test", "forbidden.nightshift.test"] },
    );
    expect(checks["egress guard"]).toMatchObject({ ok: false, detail: "a forbidden host was not refused" });
  });

  test("finds a guard that cannot be reached, and says what the engine has to see", async () => {
    const checks = await find(({ request }) => ({ ...request, network: "none" }));
    expect(checks["egress guard"]).toMatchObject({ ok: false, remedy: expect.stringContaining("data_dir") });
  });

  test("tells of a sandbox that cannot be made, with the way out", async () => {
    const checks = await find(({ request }) => ({ ...request, mirror: "/not/there.git" }));
    expect(checks["sandbox"]).toMatchObject({ ok: false, detail: expect.stringContaining("/not/there.git") });
  });
});
