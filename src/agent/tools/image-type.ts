import type { Image } from "../../domain/message.ts";

/** What kind of picture these bytes are, by how they begin; `undefined` for what models cannot look at. */
export function imageType(content: Buffer): Image["mediaType"] | undefined {
  const begins = content.toString("latin1", 0, 12);
  if (begins.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (begins.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(begins)) return "image/gif";
  return /^RIFF.{4}WEBP/s.test(begins) ? "image/webp" : undefined;
}
