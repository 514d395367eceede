import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { noWayLeadsBy } from "../support/escape-host.ts";

noWayLeadsBy(({ request, create, run, outputOf, python, sandbox }) => {
  describe("using up the machine:", () => {
    test("a fork bomb", async () => {
      await using own = await create({ runId: "bomb" });
      const result = await run("bomb() { bomb | bomb & }; bomb; sleep 60", own, 3_000);
      expect(result).toMatchObject({ timedOut: true });
      expect(await outputOf("echo alive; ps -e | wc -l", own)).toMatch(/^alive\n\d$/);
    });

    test("memory", async () => {
      expect(await run("exec python3 -c 'x = [bytearray(10_000_000) for _ in range(1000)]'")).toMatchObject({
        exitCode: null,
      });
    });

    test("memory that looks like files", async () => {
      const result = await run(
        'exec python3 -c \'f = open("/dev/shm/x", "wb")\nfor _ in range(1000): f.write(bytes(10_000_000))\' 2>&1; rm -f /dev/shm/x',
      );
      expect(result.exitCode).not.toBe(0);
      await run("rm -f /dev/shm/x");
    });

    test("the disk, by many files", async () => {
      await using own = await create({ runId: "disk", limits: { ...request().limits, diskMb: 64 } });
      const result = await run(
        "for i in $(seq 1000); do head -c 8000000 /dev/zero >$i || exit 1; [ $i -lt 20 ] || sleep 1; done",
        own,
      );
      expect(result).toMatchObject({ exitCode: null, timedOut: false, diskFull: true });
      expect(result.output).toContain("sandbox.disk_mb");
      expect(await outputOf("rm -f *; echo alive", own)).toBe("alive");
    });

    test("the disk, from the background and by short commands in turn", async () => {
      await using own = await create({ runId: "disk", limits: { ...request().limits, diskMb: 64 } });
      const loop = "i=0; while true; do i=$((i+1)); head -c 4000000 /dev/zero >back$i; sleep 0.05; done";
      await run(`setsid env -i PATH="$PATH" sh -c '${loop}' >/dev/null 2>&1 &`, own);
      const isOver = async () => (await run("[ $(du -sm . | cut -f 1) -gt 64 ]", own)).exitCode === 0;
      await expect.poll(isOver, { timeout: 30_000, interval: 100 }).toBe(true);
      const isStill = async () =>
        /^(\d+) \1$/.test(await outputOf("a=$(ls | wc -l); sleep 0.3; echo $a $(ls | wc -l)", own));
      await expect.poll(isStill, { timeout: 30_000, interval: 100 }).toBe(true);
      const filling = async () => {
        for (let turn = 0; turn < 2_000; turn += 1) await run(`head -c 4000000 /dev/zero >turn${turn}`, own);
      };
      await expect(filling()).rejects.toMatchObject({ code: "sandbox_failed" });
    });

    test("the disk, by one file", async () => {
      await using own = await create({ runId: "disk", limits: { ...request().limits, diskMb: 64 } });
      expect(await run("exec head -c 1G /dev/zero >file", own)).toMatchObject({ exitCode: null, diskFull: true });
      expect((await run("exec fallocate -l 1G file", own)).exitCode).not.toBe(0);
    });

    test("open files", async () => {
      const program =
        "import os\nn = 0\ntry:\n  while True: os.open('/dev/null', 0); n += 1\nexcept OSError: print(n < 256)";
      expect(await python(program)).toBe("True");
    });

    test("ten gigabytes of output", async () => {
      const before = process.memoryUsage().rss;
      // A leak shows in the first gigabytes: no need to sit out the rest.
      const result = await run("exec head -c 10G /dev/zero", sandbox(), 6_000);
      expect(result.output.length).toBeLessThan(1_100_000);
      expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
    });

    test("limits that it raises itself", async () => {
      const lines = [
        "ulimit -n 100000",
        "ulimit -f unlimited",
        "ulimit -c unlimited",
        "nice -n -20 true | grep -v x",
        "prlimit --pid $$ --nofile=100000:100000",
      ];
      const raised = `
import resource
for name in ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE"):
    try: resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)); print("raised", name)
    except (OSError, ValueError): pass`;
      expect(await python(raised)).toBe("");
      for (const line of lines.slice(0, 3)) expect([line, (await run(line)).exitCode]).not.toEqual([line, 0]);
      const groups =
        "find /sys/fs/cgroup -name 'memory.*limit*' -o -name 'memory.max' -o -name 'pids.max' -o -name 'cpu.*quota*'";
      expect(
        await outputOf(
          `for f in $(${groups} 2>/dev/null); do (echo 9999999999 >$f) 2>/dev/null && echo raised $f; done; true`,
        ),
      ).toBe("");
    });

    test("a process that outlives its command, and then its sandbox", async () => {
      const own = await create({ runId: "outlives" });
      const mark = `mark-${randomUUID()}`;
      await run(`(setsid env -i PATH=$PATH bash -c 'exec -a ${mark} sleep 300' >/dev/null 2>&1 &)`, own);
      const living = async () => (await promisify(execFile)("ps", ["-e", "-o", "args"])).stdout.includes(mark);
      await expect.poll(living, { timeout: 20_000 }).toBe(true);
      await own[Symbol.asyncDispose]();
      await expect.poll(living, { timeout: 20_000 }).toBe(false);
    });
  });
});
