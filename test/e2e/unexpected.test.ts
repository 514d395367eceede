import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startNightshift } from "../support/nightshift-command.ts";

test("what nobody expected could not run, which is not the same as a no, and is told with its stack", async () => {
  const env = { TMPDIR: join(tmpdir(), "is-not-there") };
  const { ended } = startNightshift(["demo", "--exit"], { cwd: import.meta.dirname, env });
  expect(await ended).toEqual({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/^Error: ENOENT: no such file or directory, mkdtemp .*\n {4}at /),
  });
});
