import { renderPrompt } from "../agent/render-prompt.ts";
import type { ReadText } from "../domain/committed-files.ts";
import { quoteUntrusted } from "../domain/quote-untrusted.ts";
import type { Prompt } from "../domain/recording.ts";
import type { Sandbox } from "../domain/sandbox.ts";
import { type Ticket, toDocument } from "../domain/ticket.ts";
import type { RepositoryCommands } from "./repository-commands.ts";

/** Who the coder is and how it works here. */
export async function coderPrompt(
  { workspace }: Pick<Sandbox, "workspace">,
  { setup, test }: RepositoryCommands,
  online: boolean,
): Promise<Prompt> {
  const prepared = setup === null ? "Nothing was installed." : `\`${setup}\` has been run.`;
  return await renderPrompt("coder", {
    workspace,
    test_command:
      test === null
        ? "this repository names no test command, so check your change as well as you can."
        : `run \`${test}\` and see it pass.`,
    setup_note: `${prepared} ${online ? "The network is open." : "The network reaches package registries only."}`,
  });
}

/** The task, with what the repository asks of everybody as it stands on the base. */
export async function ticketPrompt(ticket: Ticket, read: ReadText): Promise<Prompt> {
  return await renderPrompt("ticket", {
    ticket_id: toDocument(ticket).id,
    ticket_type: ticket.type,
    title: quoteUntrusted("issue title", ticket.title, 500),
    description: quoteUntrusted("issue", ticket.body),
    instructions: await instructions(read),
  });
}

async function instructions(read: ReadText): Promise<string> {
  for (const name of ["AGENTS.md", "CLAUDE.md"]) {
    const text = await read(name);
    if (text !== undefined)
      return `The repository's maintainers ask of everybody who changes it:\n${quoteUntrusted(name, text)}`;
  }
  return "";
}
