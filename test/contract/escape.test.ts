import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { mirror, noWayLeadsBy, secret, secretFile, webPort } from "../support/escape-host.ts";

noWayLeadsBy(({ create, run, outputOf, python, use, sandbox }) => {
  describe("what is on the host:", () => {
    test("its environment", async () => {
      const said = await outputOf("env; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'");
      expect(said).toMatch(/^PATH=[\s\S]*^PATH=/m);
      expect(said).not.toContain(secret);
    });

    test("a file by its path", async () => {
      expect(await outputOf(`cat ${secretFile} 2>&1`)).toMatch(/^cat: .*: No such file or directory$/);
    });

    test("a file by the root or the folder of another process", async () => {
      const line = `for p in /proc/[0-9]*; do cat $p/root${secretFile} $p/cwd${secretFile} 2>/dev/null; done; ls /proc/1/root/ 2>&1`;
      expect(await outputOf(line)).not.toContain(secret);
    });

    test("the engine's socket", async () => {
      const line =
        "for s in /var/run/docker.sock /run/docker.sock /run/containerd/containerd.sock; do curl -sS --unix-socket $s http://engine/version 2>&1; done";
      expect(await outputOf(line)).not.toMatch(/ApiVersion/);
      expect(
        await outputOf("find / -type s -not -path '/proc/*' 2>/dev/null | grep -v '^/run/nightshift/'; true"),
      ).toBe("");
    });

    test("a disk or the memory as a device", async () => {
      const line = "mknod disk b 254 0; head -c 64 /dev/vda /dev/sda /dev/mem /dev/kmsg; find /dev -type b";
      const output = await outputOf(`(${line}) 2>&1`);
      expect(output).toMatch(/mknod: .*Operation not permitted/);
      expect(output.split("\n").filter((it) => it.startsWith("/dev/"))).toEqual([]);
    });

    test("the kernel's settings", async () => {
      const paths =
        "/proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/sys/vm/overcommit_memory /sys/kernel/uevent_helper /proc/self/attr/exec";
      const line = `for p in ${paths}; do (echo '|/bin/sh' >$p) 2>/dev/null && echo wrote $p; done; true`;
      expect(await outputOf(line)).toBe("");
    });

    test("a mount, a namespace of its own or a new root", async () => {
      const tries = [
        "mount -t tmpfs none /mnt",
        "unshare --user --map-root-user id",
        "unshare --mount id",
        "chroot / id",
        "nsenter --target 1 --all id",
      ];
      for (const line of tries) expect([line, (await run(line)).exitCode]).not.toEqual([line, 0]);
    });

    test("becoming somebody else", async () => {
      expect(await python("import os\ntry: os.setuid(0); print('root')\nexcept OSError as e: print(e.errno)")).toBe(
        "1",
      );
      expect((await run("su -c id </dev/null")).exitCode).not.toBe(0);
      expect(await outputOf("grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'")).toBe(
        "NoNewPrivs:1\nSeccomp:2",
      );
    });

    test("its clock, its name or its modules", async () => {
      for (const line of ["date -s 2001-01-01", "hostname other", "chmod 700 / ", "echo x >/etc/passwd"]) {
        expect([line, (await run(line)).exitCode]).not.toEqual([line, 0]);
      }
    });

    test("the mirror, which other runs read as well", async () => {
      const lines = [
        `touch ${sandbox().mirror}/x`,
        `rm -rf ${sandbox().mirror}/objects`,
        `git -C ${sandbox().mirror} update-ref refs/heads/x HEAD`,
      ];
      for (const line of lines) expect([line, (await run(line)).exitCode]).not.toEqual([line, 0]);
      expect(execFileSync("git", ["-C", mirror.path, "fsck"], { stdio: "pipe" }).toString()).toBe("");
    });
  });

  describe("what belongs to others:", () => {
    test("the processes, files and listeners of another run's sandbox", async () => {
      await using other = await create({ runId: "other" });
      await run(
        `echo ${secret} >here; (python3 -m http.server 8000 >/dev/null 2>&1 &) ; until curl -s 127.0.0.1:8000/here; do :; done`,
        other,
      );
      expect(
        await outputOf("ps -e -o args; curl -s --max-time 2 127.0.0.1:8000/here sandbox:8000/here; true"),
      ).not.toMatch(new RegExp(`${secret}|http.server`));
      expect(await outputOf("cat /proc/[0-9]*/root/workspace/here 2>/dev/null; true")).toBe("");
    });

    test("the password of another run", async () => {
      await using other = await create({ runId: "other" });
      const foreign = await outputOf("echo $HTTP_PROXY", other);
      const own = await outputOf("echo $HTTP_PROXY");
      expect(foreign).not.toBe(own);
      const url = `http://allowed.test:${webPort}/`;
      const status = (proxy: string) => outputOf(`curl -s -o /dev/null -w '%{http_code}' --proxy '${proxy}' ${url}`);
      expect(await status(own)).toBe("200");
      expect(await status(foreign)).toBe("407");
      expect(await status(own.replace(/\/\/.*@/, "//"))).toBe("407");
    });

    test("the guard's own files and process", async () => {
      const lines = [
        "echo x >>/run/nightshift/forward.pl",
        "rm -f /run/nightshift/proxy",
        "touch /run/nightshift/x",
        "pkill -KILL perl",
        "kill -KILL 1",
        "cat /proc/1/environ /proc/1/mem",
      ];
      for (const line of lines) expect([line, (await run(line)).exitCode]).not.toEqual([line, 0]);
      await run("kill -KILL -1");
      expect(await outputOf(`curl -sS http://allowed.test:${webPort}/`)).toBe(`allowed allowed.test:${webPort}`);
    });
  });

  describe("our own tools:", () => {
    test("a symbolic link out of the workspace", async () => {
      await run("ln -sf /etc/passwd link; ln -sfn / root");
      for (const path of ["link", "root/etc/passwd"]) {
        expect(await use("read_file", { path })).toMatchObject({
          isError: true,
          text: expect.stringContaining("outside the workspace"),
        });
        expect(await use("write_file", { path, content: "x" })).toMatchObject({ isError: true });
        expect(await use("edit_file", { path, old_text: "root", new_text: "x" })).toMatchObject({ isError: true });
      }
    });

    test("a path with `..`, or an absolute one", async () => {
      for (const path of ["../etc/passwd", "a/../../etc/passwd", "/etc/passwd", "/proc/1/environ"]) {
        expect(await use("read_file", { path })).toMatchObject({ isError: true });
      }
    });

    test("files of the host under the sandbox's own paths", async () => {
      await expect(sandbox().readFile(secretFile)).rejects.toMatchObject({ code: "bad_input" });
      await expect(sandbox().writeFile("/etc/cron.d/x", Buffer.from("x"))).rejects.toMatchObject({ code: "bad_input" });
    });
  });
});
