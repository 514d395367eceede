import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Sandbox } from "../../src/domain/sandbox.ts";
import { bareMirror } from "./bare-mirror.ts";
import { type EscapeAttempt, noSecret, run, shell } from "./escape-attempt.ts";
import { networkEscapes } from "./network-escapes.ts";

// Not a program itself: an attempt that succeeds must do no harm to the machine that it is tried on.
const besidePrograms = "/usr/bin/nightshift-was-here";

/** What any sandbox that isolates must withstand, whatever it is made with. Harmless where one does not. */
export const escapeAttempts: readonly EscapeAttempt[] = [
  {
    name: "reads the environment of the worker",
    attempt: shell(() => "env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'"),
    expectation: noSecret,
  },
  {
    name: "reads a file of the host's temporary folder",
    attempt: shell(({ hostFile }) => `cat '${hostFile}'`),
    expectation: noSecret,
  },
  {
    name: "reads a file of the host through /proc",
    attempt: shell(({ hostFile }) => `for pid in /proc/[0-9]*; do cat "$pid/root${hostFile}" "$pid/cwd/secret"; done`),
    expectation: noSecret,
  },
  {
    name: "reads the host's password hashes, its ssh keys and a file of the worker's home",
    attempt: shell(({ homeFile }) => `cat /etc/shadow '${homeFile}'; ls -A /root/.ssh /etc/ssh ~root/.ssh`),
    expectation: (learned, world) => {
      noSecret(learned, world);
      expect(learned).not.toMatch(/:\$|_key$|known_hosts/m);
    },
  },
  {
    name: "sees the processes of the host",
    attempt: shell(({ workerPid }) => `kill -0 ${workerPid} && echo seen; cat /proc/*/cmdline | tr '\\0' ' '`),
    expectation: (learned) => expect(learned).not.toMatch(/^seen|vitest/m),
  },
  {
    name: "reads another sandbox's folder",
    attempt: async ({ sandbox, other }) => {
      await other.writeFile(join(other.workspace, "theirs"), Buffer.from("their words"));
      const elsewhere = other.workspace === sandbox.workspace ? "/nowhere" : other.workspace;
      return (await run(sandbox, `cat '${elsewhere}/theirs'; find / -name theirs 2>/dev/null`)).output;
    },
    expectation: (learned) => expect(learned).not.toMatch(/their words|workspace\/theirs$/m),
  },
  {
    name: "writes to a file of the host, or beside its programs",
    attempt: shell(({ hostFile }) => `echo mine >'${hostFile}'; touch ${besidePrograms}`),
    expectation: (_, { hostFile, secret }) => {
      expect(readFileSync(hostFile, "utf8")).toBe(secret);
      expect(existsSync(besidePrograms)).toBe(false);
    },
  },
  {
    name: "writes to the mirror",
    attempt: shell(
      ({ sandbox }) => `touch '${sandbox.mirror}/x' && echo written; git -C '${sandbox.mirror}' branch other`,
    ),
    expectation: (learned, { mirror }) => {
      expect(learned).not.toMatch(/^written$/m);
      expect(existsSync(join(mirror, "x"))).toBe(false);
      expect(existsSync(join(mirror, "refs/heads/other"))).toBe(false);
    },
  },
  {
    name: "makes the mirror writable first",
    attempt: shell(
      ({ sandbox }) =>
        `mount -o remount,rw '${sandbox.mirror}'; unshare -rm mount -o remount,rw '${sandbox.mirror}'; touch '${sandbox.mirror}/y' && echo written`,
    ),
    expectation: (learned, { mirror }) => {
      expect(learned).not.toMatch(/^written$/m);
      expect(existsSync(join(mirror, "y"))).toBe(false);
    },
  },
  {
    name: "takes the mounts away in a user namespace of its own",
    attempt: shell(({ hostFile }) => `unshare -Urm sh -c 'umount -l /tmp; umount -l /root; cat ${hostFile}'`),
    expectation: noSecret,
  },
  ...networkEscapes,
  {
    name: "finds the container engine's socket",
    attempt: shell(
      () =>
        "ls /var/run/docker.sock /run/docker.sock; curl -sS --max-time 5 --unix-socket /var/run/docker.sock http://x/version",
    ),
    expectation: (learned) => expect(learned).not.toMatch(/ApiVersion|^\/.*docker\.sock$/m),
  },
  {
    name: "opens a raw socket or a device of the host",
    attempt: shell(
      () =>
        "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW); print(\"raw\")'; ls /dev/sda /dev/vda /dev/kmsg /dev/mem",
    ),
    expectation: (learned) => expect(learned).not.toMatch(/^raw$|^\/dev\//m),
  },
  {
    name: "raises its own limits",
    attempt: shell(
      () =>
        "ulimit -Hn 1000000 && echo raised; for file in $(find /sys/fs/cgroup -name pids.max 2>/dev/null | head -5); do echo max 2>/dev/null >$file && echo raised; done",
    ),
    expectation: (learned) => expect(learned).not.toMatch(/^raised$/m),
  },
  {
    name: "gains rights with a setuid program",
    attempt: shell(
      () =>
        "cp /bin/bash ./bash; chmod 4755 ./bash; ./bash -p -c 'grep CapEff /proc/self/status'; su -c id root </dev/null",
    ),
    expectation: (learned) => expect(learned).toMatch(/CapEff:\s0{16}/),
  },
  {
    name: "follows a link out of the workspace by the tool that reads",
    attempt: async ({ sandbox, hostFile }) => {
      await run(sandbox, `ln -s '${hostFile}' link; ln -s / root`);
      const paths = [`${sandbox.workspace}/link`, `${sandbox.workspace}/root${hostFile}`];
      return (await Promise.all(paths.map((path) => readOr(sandbox, path)))).join("\n");
    },
    expectation: noSecret,
  },
  {
    name: "climbs out of the workspace with `..` by the tool that reads",
    attempt: async ({ sandbox, hostFile }) =>
      await readOr(sandbox, `${sandbox.workspace}/../../../../../..${hostFile}`),
    expectation: noSecret,
  },
  {
    name: "follows a link out of the workspace by the tool that writes",
    attempt: async ({ sandbox, hostFile }) => {
      await run(sandbox, `ln -s '${hostFile}' write-link; ln -s '${join(hostFile, "..")}' folder-link`);
      const paths = [`${sandbox.workspace}/write-link`, `${sandbox.workspace}/folder-link/new`];
      for (const path of paths) await sandbox.writeFile(path, Buffer.from("mine")).catch(() => undefined);
      return "";
    },
    expectation: (_, { hostFile, secret }) => {
      expect(readFileSync(hostFile, "utf8")).toBe(secret);
      expect(existsSync(join(hostFile, "../new"))).toBe(false);
    },
  },
  {
    name: "plants git configuration, hooks and a file system monitor that run on the host",
    attempt: async ({ sandbox, hostFile }) => {
      using mirror = bareMirror({ "README.md": "hello\n" });
      expect(existsSync(mirror.path)).toBe(true);
      const evil = `cp ${hostFile} ${sandbox.workspace}/stolen`;
      await run(
        sandbox,
        `git clone -q '${sandbox.mirror}' trap && cd trap && git config core.fsmonitor '${evil}; false' && git config core.sshCommand '${evil}' &&
         printf '#!/bin/sh\\n${evil}\\n' | tee .git/hooks/post-checkout .git/hooks/pre-commit >/dev/null && chmod +x .git/hooks/* && git status; git commit -q --allow-empty -m x; git checkout -q -b y`,
      );
      return (await run(sandbox, "cat stolen")).output;
    },
    expectation: noSecret,
  },
  {
    name: "goes on after its command has ended, and after its sandbox",
    attempt: async ({ makeSandbox, pulse }) => {
      const sandbox = await makeSandbox();
      const file = join(sandbox.scratch, "pulse");
      await run(
        sandbox,
        `setsid env -i PATH="$PATH" sh -c 'while :; do echo x >>${file}; sleep 0.05; done' >/dev/null 2>&1 & echo`,
      );
      await run(sandbox, `until [ -s ${file} ]; do :; done`);
      await sandbox[Symbol.asyncDispose]();
      return await pulse(sandbox);
    },
    expectation: (learned) => expect(learned).toBe("still"),
  },
  {
    name: "prints without end",
    attempt: async ({ sandbox }) => {
      const { output, timedOut } = await run(sandbox, "yes", 2_000);
      return `${timedOut} ${output.length < 1_100_000}`;
    },
    expectation: (learned) => expect(learned).toBe("true true"),
  },
  {
    name: "waits for an input that never comes",
    attempt: async ({ sandbox }) => (await run(sandbox, 'cat; read line; echo "went on [$line]"')).output,
    expectation: (learned) => expect(learned).toBe("went on []\n"),
  },
];

async function readOr(sandbox: Sandbox, path: string): Promise<string> {
  return await sandbox.readFile(path).then(
    (content) => content.toString(),
    (error: unknown) => String(error),
  );
}
