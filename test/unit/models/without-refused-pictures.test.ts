import { expect, test } from "vitest";
import type { Image, Message } from "../../../src/domain/message.ts";
import { type ModelRequest, RequestRefused } from "../../../src/domain/model.ts";
import { withoutRefusedPictures } from "../../../src/models/without-refused-pictures.ts";
import { actingModel, aRequest, refused } from "../../support/acting-model.ts";

const { signal } = new AbortController();
const asPng = (base64: string): Image => ({ mediaType: "image/png", base64 });
const looked = (picture: Image): Message => ({
  role: "tool",
  results: [{ callId: "c", name: "read_file", text: "A picture.", isError: false, images: [picture] }],
});
const about = (...messages: readonly Message[]): ModelRequest => ({ ...aRequest, messages });
const shown = ({ messages }: ModelRequest) =>
  messages.flatMap((message) =>
    message.role === "tool"
      ? message.results.map(({ text, images }) => [text, images?.map(({ base64 }) => base64)])
      : [],
  );
const leftOut = "A picture.\n[The picture is left out: the model's server does not take it.]";

/** A server that takes no picture named `bad`. */
function choosy() {
  return actingModel("a/1", [
    async ({ messages }) => {
      if (JSON.stringify(messages).includes("bad")) throw new RequestRefused("Could not process image.");
      return "Yes.";
    },
  ]);
}

test("a picture that is refused is left out from then on, and one that came later is shown", async () => {
  const model = choosy();
  const seeing = withoutRefusedPictures(model);
  const [bad, good] = [looked(asPng("bad")), looked(asPng("good"))];
  await seeing.complete(about(bad), { signal });
  await seeing.complete(about(bad, good), { signal });
  expect(model.asked.map(shown)).toEqual([
    [["A picture.", ["bad"]]],
    [[leftOut, []]],
    [
      [leftOut, []],
      ["A picture.", ["good"]],
    ],
  ]);
});

test("a picture in a person's words too", async () => {
  const model = choosy();
  const message: Message = { role: "user", text: "Look:", images: [asPng("bad")] };
  await withoutRefusedPictures(model).complete(about(message), { signal });
  expect(model.asked[1]?.messages).toEqual([{ ...message, text: leftOut.replace("A picture.", "Look:"), images: [] }]);
});

test("a request that is refused without them too is refused, and they stay", async () => {
  const wrong = new RequestRefused("A tool's name is too long.");
  const model = actingModel("a/1", [wrong, wrong, "Yes."]);
  const seeing = withoutRefusedPictures(model);
  const request = about(looked(asPng("good")));
  await expect(seeing.complete(request, { signal })).rejects.toBe(wrong);
  await seeing.complete(request, { signal });
  expect(model.asked[2]).toBe(request);
});

test("what has nothing to do with them is not asked twice", async () => {
  const model = actingModel("a/1", [refused]);
  await expect(withoutRefusedPictures(model).complete(about(looked(asPng("x"))), { signal })).rejects.toBe(refused);
  expect(model.asked).toHaveLength(1);
});
