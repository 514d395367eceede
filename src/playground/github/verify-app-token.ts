import { verify } from "node:crypto";
import { z } from "zod";
import { ApiError, badCredentials } from "./api-error.ts";
import type { App } from "./github-state.ts";

const claims = z.object({ iat: z.number(), exp: z.number(), iss: z.union([z.string(), z.number()]) });

/** Clocks differ a little; GitHub allows for it too. */
const leewaySeconds = 60;

/**
 * Checks an App's JWT as GitHub does: RS256 with the App's key, valid for ten minutes at most, issued by its id or client id.
 * @throws ApiError 401 with GitHub's words, which Octokit reads to correct its clock.
 */
export function verifyAppToken(app: App, jwt: string, now: Date): void {
  const [header = "", payload = "", signature = ""] = jwt.split(".");
  const signed = Buffer.from(`${header}.${payload}`);
  if (!isRs256(header) || !verify("RSA-SHA256", signed, app.publicKey, Buffer.from(signature, "base64url"))) {
    throw badCredentials("A JSON web token could not be decoded");
  }
  const read = claims.safeParse(decode(payload));
  if (!read.success) throw badCredentials("A JSON web token could not be decoded");
  const { iat, exp, iss } = read.data;
  const seconds = now.getTime() / 1000;
  if (iat > seconds + leewaySeconds) {
    throw badCredentials(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (exp <= seconds) {
    throw badCredentials(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > seconds + 600 + leewaySeconds) {
    throw badCredentials("'Expiration time' claim ('exp') is too far in the future");
  }
  if (String(iss) !== String(app.id) && iss !== app.clientId) throw new ApiError(404, "Integration not found");
}

function isRs256(header: string): boolean {
  return z.object({ alg: z.literal("RS256") }).safeParse(decode(header)).success;
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return undefined;
  }
}
