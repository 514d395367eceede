import { NightshiftError } from "../../domain/errors.ts";

/**
 * Creates a thing of which there must be one. When the answer is lost, the thing may be there all the same: it is looked for
 * before the failure counts.
 */
export async function createOnce<T>(create: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof NightshiftError && error.code === "forge_unavailable")) throw error;
    const found = await find();
    if (found === undefined) throw error;
    return found;
  }
}
