import { execFile } from "node:child_process";

/** The address that the person's own git would write into a commit there; `undefined` where it has none. */
export async function localEmail(path: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  // Git as the person has it, unlike everywhere else: reading a setting starts nothing.
  const email = await new Promise<string>((done) => {
    execFile("git", ["-C", path, "config", "--get", "user.email"], { env: environment }, (_, stdout) => done(stdout));
  });
  return email.trim() || undefined;
}
