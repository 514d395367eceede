import type { Readable } from "node:stream";
import { ending } from "../ending.ts";
import { OutputBuffer } from "../output-buffer.ts";
import type { ShellProcess } from "./shell-process.ts";

const defaultKeepBytes = 1_000_000;
const maxSavedBytes = 50_000_000;
const saveTimeoutMs = 10_000;

export interface ShellOutputOptions {
  readonly keepBytes: number | undefined;
  readonly onOutput: ((text: string) => void) | undefined;
  /** Where the bytes come from: held up while the file takes them. */
  readonly source: Readable;
  /** Starts what writes its standard input to `path` inside the sandbox. */
  openFile(): Promise<{ readonly path: string; readonly process: ShellProcess }>;
}

/**
 * What one command prints: told as it comes, its head and tail kept in memory, and when that is not all of it, the whole (its
 * first 50 MB) written to a file in the sandbox on the way.
 */
export class ShellOutput {
  readonly #options: ShellOutputOptions;
  readonly #keepBytes: number;
  readonly #kept: OutputBuffer;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** All of it, as long as it fits into `keepBytes`; then what waits for the file. */
  #unsaved: Buffer[] = [];
  #length = 0;
  #savedBytes = 0;
  #file: Promise<{ readonly path: string; readonly process: ShellProcess } | undefined> | undefined;
  #process: ShellProcess | undefined;

  constructor(options: ShellOutputOptions) {
    this.#options = options;
    this.#keepBytes = options.keepBytes ?? defaultKeepBytes;
    this.#kept = new OutputBuffer(this.#keepBytes);
  }

  add(chunk: Buffer): void {
    this.#kept.add(chunk);
    this.#tell(this.#decoder.decode(chunk, { stream: true }));
    this.#length += chunk.length;
    this.#save(chunk);
  }

  /** The output and its file, once the command has ended. */
  async finish(): Promise<{ readonly output: string; readonly savedTo: string | undefined }> {
    this.#tell(this.#decoder.decode());
    const output = this.#kept.text();
    const file = await this.#file;
    if (file === undefined) return { output, savedTo: undefined };
    file.process.stdin.end();
    // A file that cannot be written whole, on a full disk say, is none.
    const written = file.process.ended.then((exitCode) => {
      if (exitCode !== 0) throw new Error("not written");
    });
    const end = await ending(written, saveTimeoutMs).catch(() => "failed" as const);
    this.#options.source.resume();
    return { output, savedTo: end === "ended" ? file.path : undefined };
  }

  #tell(text: string): void {
    if (text !== "") this.#options.onOutput?.(text);
  }

  #save(chunk: Buffer): void {
    const wanted = chunk.subarray(0, maxSavedBytes - this.#savedBytes);
    if (wanted.length === 0) return;
    this.#savedBytes += wanted.length;
    if (this.#process !== undefined) {
      this.#write(this.#process, wanted);
      return;
    }
    this.#unsaved.push(Buffer.from(wanted));
    if (this.#length <= this.#keepBytes || this.#file !== undefined) return;
    this.#options.source.pause();
    this.#file = this.#open();
  }

  async #open() {
    try {
      const file = await this.#options.openFile();
      file.process.stdin.on("error", () => undefined);
      file.process.ended.catch(() => undefined);
      file.process.output.resume();
      this.#process = file.process;
      for (const chunk of this.#unsaved) file.process.stdin.write(chunk);
      return file;
    } catch {
      // The command goes on without its file; when the sandbox is lost, the shell itself will say so.
      return undefined;
    } finally {
      this.#unsaved = [];
      this.#options.source.resume();
    }
  }

  #write({ stdin }: ShellProcess, chunk: Buffer): void {
    if (!stdin.writable || stdin.write(chunk)) return;
    const { source } = this.#options;
    const goOn = () => {
      stdin.off("drain", goOn).off("close", goOn);
      source.resume();
    };
    source.pause();
    stdin.on("drain", goOn).on("close", goOn);
  }
}
