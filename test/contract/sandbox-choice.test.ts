import { describe, expect, test } from "vitest";
import { chooseProvider, findProvider } from "../../src/sandbox/choose-provider.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { hasDocker, hasSrt, never, request } from "../support/sandboxes.ts";

describe("without a container engine", () => {
  const docker = { socketPath: "/not/there/docker.sock" };

  test("the docker provider says what to install", async () => {
    const provider = dockerProvider(docker);
    const unavailable = { code: "sandbox_unavailable", message: expect.stringContaining("Install Docker") };
    await expect(provider.create(request(), { signal: never })).rejects.toMatchObject(unavailable);
    await expect(provider.sweep(async () => false)).rejects.toMatchObject(unavailable);
    expect(await provider.check()).toMatchObject([{ ok: false, remedy: expect.stringContaining("Install Docker") }]);
  });

  test.skipIf(!hasSrt)("`auto` takes srt, and why is told", async () => {
    const found = await findProvider({ docker });
    expect(found.provider).toMatchObject({ name: "srt", warning: undefined });
    expect(found.checks[0]).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^srt, because of container engine: /),
    });
    expect(await chooseProvider("auto", { docker })).toMatchObject({ name: "srt" });
  });

  test("`auto` refuses where srt lacks its programs and names the choices, and `process` is taken only by name", async () => {
    const srt = { path: "/not/there" };
    await expect(chooseProvider("auto", { docker, srt })).rejects.toMatchObject({
      code: "sandbox_unavailable",
      message: expect.stringMatching(/Install Docker.*Install what is missing: .*ripgrep.*provider: process/),
    });
    expect(await chooseProvider("process", { docker, srt })).toMatchObject({ name: "process" });
  });

  test.skipIf(!hasDocker)("`auto` takes Docker where it is ready", async () => {
    expect(await chooseProvider("auto")).toMatchObject({ name: "docker", warning: undefined });
  });
});
