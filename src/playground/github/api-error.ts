import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Schemas } from "./shapes/schemas.ts";

const documentation = "https://docs.github.com/rest";

/** An answer other than success, in the body that GitHub documents for it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: ContentfulStatusCode;
  readonly body: Schemas["basic-error"] | Schemas["validation-error"];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ContentfulStatusCode,
    message: string,
    options: {
      readonly errors?: NonNullable<Schemas["validation-error"]["errors"]>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly documentation?: string;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.headers = options.headers ?? {};
    this.body = {
      message,
      ...(options.errors === undefined ? {} : { errors: options.errors }),
      documentation_url: options.documentation ?? documentation,
      status: String(status),
    };
  }
}

export function notFound(message = "Not Found"): ApiError {
  return new ApiError(404, message);
}

export function badCredentials(message = "Bad credentials"): ApiError {
  return new ApiError(401, message);
}

export function validationFailed(...errors: NonNullable<Schemas["validation-error"]["errors"]>): ApiError {
  return new ApiError(422, "Validation Failed", { errors });
}
