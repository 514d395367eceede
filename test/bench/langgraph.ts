import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BenchContext } from "./bench.ts";
import { temporaryFolder } from "./factory-floor.ts";
import { callOf, opening, said, toolName, toolTextOf } from "./scripted-turns.ts";

/** The newest that were found to install together. */
const packages = [
  "@langchain/langgraph@1.3.7",
  "@langchain/langgraph-checkpoint-postgres@1.0.4",
  "@langchain/core@1.1.49",
];
const installMs = 60_000;

export interface LangGraph extends AsyncDisposable {
  /** Plays so many of the scripted turns, until all of them are recorded. */
  converse(turns: number): Promise<void>;
}

// What we use of it: it is no dependency of ours, and its types are not there.
interface Saver {
  setup(): Promise<void>;
  end(): Promise<void>;
}
interface Call {
  readonly id: string;
  readonly args: { readonly path: string };
}
interface State {
  readonly messages: readonly { readonly tool_calls?: readonly Call[] }[];
}
type Node = (state: State) => Promise<{ readonly messages: readonly object[] }>;
interface Builder {
  addNode(name: string, node: Node): Builder;
  addEdge(from: string, to: string): Builder;
  addConditionalEdges(from: string, next: (state: State) => string): Builder;
  compile(options: { readonly checkpointer: Saver }): {
    invoke(input: object, options: object): Promise<State>;
  };
}
interface Graphs {
  readonly StateGraph: new (state: unknown) => Builder;
  readonly MessagesAnnotation: unknown;
  readonly START: string;
  readonly END: string;
}
type MessageClass = new (fields: object) => object;
interface Messages {
  readonly AIMessage: MessageClass;
  readonly HumanMessage: MessageClass;
  readonly ToolMessage: MessageClass;
}
interface Checkpoints {
  readonly PostgresSaver: { fromConnString(url: string): Saver };
}

/**
 * LangGraph with its Postgres checkpointer in the database at `url`: a list of messages, a node that is
 * the model, one that is the tool. It goes on while what has to be written piles up in memory, also when it is told to write in step, so
 * that only the whole of a session can be timed. It is installed for this run only; `undefined`, and why is told, where it cannot be.
 */
export async function installLangGraph(url: string, { signal, say }: BenchContext): Promise<LangGraph | undefined> {
  await using parts = new AsyncDisposableStack();
  const { path } = parts.use(await temporaryFolder());
  try {
    const install = ["install", "--prefix", path, "--no-audit", "--no-fund", "--ignore-scripts", ...packages];
    await promisify(execFile)("npm", install, { cwd: path, signal, timeout: installMs });
  } catch (error) {
    signal.throwIfAborted();
    const why =
      error instanceof Error ? error.message.split("\n").find((line) => line.includes("npm error")) : undefined;
    say(`LangGraph is left out: it cannot be installed (${why ?? `not within ${installMs / 1000} s`}).`);
    return undefined;
  }
  const load = createRequire(join(path, "package.json"));
  const { StateGraph, MessagesAnnotation, START, END }: Graphs = load("@langchain/langgraph");
  const { AIMessage, HumanMessage, ToolMessage }: Messages = load("@langchain/core/messages");
  const { PostgresSaver }: Checkpoints = load("@langchain/langgraph-checkpoint-postgres");
  const checkpointer = PostgresSaver.fromConnString(url);
  parts.defer(() => checkpointer.end());
  await checkpointer.setup();

  let threads = 0;
  const owned = parts.move();
  return {
    async converse(turns) {
      let n = 0;
      const model: Node = async () => {
        n += 1;
        const { id, name, arguments: args } = callOf(n);
        const tool_calls = n > turns ? [] : [{ type: "tool_call", id, name, args }];
        return { messages: [new AIMessage({ content: said, tool_calls })] };
      };
      const tool: Node = async ({ messages }) => ({
        messages: (messages.at(-1)?.tool_calls ?? []).map(
          ({ id, args }) => new ToolMessage({ tool_call_id: id, name: toolName, content: toolTextOf(args.path) }),
        ),
      });
      const graph = new StateGraph(MessagesAnnotation)
        .addNode("model", model)
        .addNode("tool", tool)
        .addEdge(START, "model")
        .addConditionalEdges("model", ({ messages }) => ((messages.at(-1)?.tool_calls ?? []).length > 0 ? "tool" : END))
        .addEdge("tool", "model")
        .compile({ checkpointer });
      threads += 1;
      const options = {
        configurable: { thread_id: `bench-${threads}` },
        recursionLimit: 3 * turns,
        signal,
      };
      const { messages } = await graph.invoke({ messages: [new HumanMessage({ content: opening })] }, options);
      if (messages.length !== 2 * turns + 2) throw new Error(`LangGraph stopped after ${messages.length} messages.`);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
