/**
 * Runs inside an srt sandbox, as the first of its processes and as confined as the others: starts commands as it is told on
 * standard input and answers on standard output, in frames. One sandbox lasts for many commands, which share processes,
 * files and network as in a container, and a command costs a fork and not a sandbox. Ends, and all with it, with its input.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { killGroup } from "../process/process-tree.ts";
import { encodeFrame, type Frame, FrameReader, frameTypes, type StartRequest } from "./frames.ts";
import { newcomers, pidsToKill } from "./srt-kill.ts";

/** How long output may follow after the end, where a process left behind holds it open. */
const trailingMs = 250;
/** Marks a command and all that it starts, by their environment. */
const marker = "NIGHTSHIFT_COMMAND";

/** The relays to the proxy, and this program: there before the first command. */
const first = new Set(newcomers(new Set()));

const children = new Map<number, ChildProcess>();

const reader = new FrameReader();
process.stdin.on("data", (chunk: Buffer) => {
  for (const frame of reader.push(chunk)) take(frame);
});
process.stdin.once("end", () => process.exit());
process.stdout.on("drain", () => {
  for (const { stdout, stderr } of children.values()) for (const stream of [stdout, stderr]) stream?.resume();
});
send(frameTypes.ready, 0);

function take({ type, id, payload }: Frame): void {
  switch (type) {
    case frameTypes.start: {
      const request: StartRequest = JSON.parse(payload.toString());
      void start(id, request);
      break;
    }
    case frameTypes.input:
      children.get(id)?.stdin?.write(payload);
      break;
    case frameTypes.inputEnd:
      children.get(id)?.stdin?.end();
      break;
    case frameTypes.kill:
      void kill(id);
      break;
    case frameTypes.killAll:
      void killAll(id);
      break;
  }
}

async function start(id: number, { argv, env, input }: StartRequest): Promise<void> {
  const [program = "", ...args] = argv;
  try {
    const child = spawn(program, args, {
      cwd: "/",
      env: { ...process.env, ...env, [marker]: String(id) },
      detached: true,
      stdio: [input ? "pipe" : "ignore", "pipe", "pipe"],
    });
    children.set(id, child);
    // A command need not read all that it is given.
    child.stdin?.on("error", () => undefined);
    child.stdout?.on("data", (chunk: Buffer) => send(frameTypes.stdout, id, chunk));
    child.stderr?.on("data", (chunk: Buffer) => send(frameTypes.stderr, id, chunk));
    const closed = once(child, "close");
    await once(child, "exit");
    await Promise.race([closed, pause(trailingMs)]);
    exited(id, child.signalCode === null ? (child.exitCode ?? 1) : 128 + constants.signals[child.signalCode]);
  } catch (error) {
    // There was no room for one more process, say.
    send(frameTypes.stderr, id, Buffer.from(`${String(error)}\n`));
    exited(id, 126);
  }
}

function exited(id: number, exitCode: number): void {
  const child = children.get(id);
  children.delete(id);
  const code = Buffer.alloc(4);
  code.writeInt32BE(exitCode);
  send(frameTypes.exit, id, code);
  // Read on and dropped: a process left behind must not block on a full pipe, nor die of a closed one.
  for (const stream of [child?.stdout, child?.stderr]) stream?.removeAllListeners("data").resume();
}

async function kill(id: number): Promise<void> {
  const root = children.get(id)?.pid;
  await killThose(() => pidsToKill(`${marker}=${id}`, root));
  if (root !== undefined) killGroup(root);
}

async function killAll(id: number): Promise<void> {
  for (const { pid } of children.values()) if (pid !== undefined) killGroup(pid);
  await killThose(async () => newcomers(first));
  exited(id, 0);
}

/** Again until none is left, since one may fork in between. */
async function killThose(find: () => Promise<readonly number[]>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const doomed = await find();
    if (doomed.length === 0) break;
    for (const pid of doomed) killProcess(pid);
    await pause(2);
  }
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone by itself.
  }
}

function send(type: number, id: number, payload?: Uint8Array): void {
  if (process.stdout.write(encodeFrame(type, id, payload))) return;
  // Read no more than is taken from us: a command that prints without end must not fill our memory.
  for (const { stdout, stderr } of children.values()) for (const stream of [stdout, stderr]) stream?.pause();
}
