import type { Image, Message } from "../domain/message.ts";
import { type Model, type ModelRequest, RequestRefused } from "../domain/model.ts";

const leftOut = "[The picture is left out: the model's server does not take it.]";

/**
 * The model, which goes on without the pictures that its server refuses: it may take none, or not this one. They are part of the conversation, so that
 * otherwise every later request would be refused with them.
 */
export function withoutRefusedPictures(model: Model): Model {
  const refused = new WeakSet<Image>();
  return {
    ...model,
    async complete(request, options) {
      const sent = without(refused, request);
      try {
        return await model.complete(sent, options);
      } catch (error) {
        const pictures = sent.messages.flatMap(picturesOf);
        if (!(error instanceof RequestRefused) || pictures.length === 0) throw error;
        for (const picture of pictures) refused.add(picture);
        try {
          return await model.complete(without(refused, sent), options);
        } catch (again) {
          // Then it was not for them.
          if (again instanceof RequestRefused) for (const picture of pictures) refused.delete(picture);
          throw again;
        }
      }
    },
  };
}

function picturesOf(message: Message): readonly Image[] {
  if (message.role === "user") return message.images ?? [];
  return message.role === "tool" ? message.results.flatMap(({ images }) => images ?? []) : [];
}

function without(refused: WeakSet<Image>, whole: ModelRequest): ModelRequest {
  const isRefused = (picture: Image) => refused.has(picture);
  if (!whole.messages.some((message) => picturesOf(message).some(isRefused))) return whole;
  const { bytes: _, ...request } = whole;
  const blind = <Part extends { readonly text: string; readonly images?: readonly Image[] | undefined }>(part: Part) =>
    part.images?.some(isRefused)
      ? { ...part, text: `${part.text}\n${leftOut}`.trim(), images: part.images.filter((it) => !isRefused(it)) }
      : part;
  return {
    ...request,
    messages: request.messages.map((message) => {
      if (message.role === "user") return blind(message);
      return message.role === "tool" ? { ...message, results: message.results.map(blind) } : message;
    }),
  };
}
