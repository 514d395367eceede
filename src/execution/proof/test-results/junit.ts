import type { TestResult } from "../../../domain/test-result.ts";
import { readXml, type XmlPart } from "./read-xml.ts";

type Opened = Extract<XmlPart, { type: "open" }>;

/** JUnit's XML, which most runners can write. There is no one schema of it: what all of them have in common is read. */
export function readJunit(xml: string): readonly TestResult[] {
  const tests: TestResult[] = [];
  let suiteFile: string | undefined;
  let test: TestResult | undefined;
  let told: string[] | undefined;
  for (const part of readXml(xml)) {
    if (part.type === "text") {
      told?.push(part.text);
    } else if (part.type === "open") {
      if (part.name === "testsuite") suiteFile = part.attributes.get("file");
      if (part.name === "testcase") test = testOf(part, suiteFile);
      const outcome = outcomes[part.name];
      if (test === undefined || outcome === undefined) continue;
      const said = part.attributes.get("message") ?? "";
      // Of an error after a failure, say in the cleaning up, the first is told.
      if (test.status !== "failed") test = { ...test, status: outcome, ...(outcome === "failed" && { message: said }) };
      if (outcome === "failed") told ??= [];
    } else if (part.name === "testcase" && test !== undefined) {
      tests.push(withText(test, told?.join("").trim()));
      test = undefined;
      told = undefined;
    }
  }
  return tests;
}

const outcomes: Readonly<Record<string, TestResult["status"]>> = {
  failure: "failed",
  error: "failed",
  skipped: "skipped",
};

function testOf({ attributes }: Opened, suiteFile: string | undefined): TestResult {
  const owner = attributes.get("classname") ?? "";
  const isFile = /\/|\.(?:[cm]?[jt]sx?|py)$/.test(owner);
  const file = attributes.get("file") ?? (isFile ? owner : suiteFile);
  const name = attributes.get("name") ?? "";
  const seconds = Number.parseFloat(attributes.get("time") ?? "");
  return {
    name: isFile || owner === "" ? name : `${owner} > ${name}`,
    ...(file !== undefined && { file }),
    status: "passed",
    ...(seconds >= 0 && { duration_ms: seconds * 1000 }),
  };
}

/** The text says the message again, mostly, and then where. */
function withText(test: TestResult, text: string | undefined): TestResult {
  if (test.message === undefined || text === undefined || text === "") return test;
  return { ...test, message: text.includes(test.message.trim()) ? text : `${test.message}\n${text}` };
}
