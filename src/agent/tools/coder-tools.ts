import type { Toolbox } from "../run-tool.ts";
import { bash } from "./bash.ts";
import { editFile } from "./edit-file.ts";
import { readFile } from "./read-file.ts";
import { search } from "./search.ts";
import { submit } from "./submit.ts";
import { writeFile } from "./write-file.ts";

/** What the coder may do, all of it in one sandbox. */
export const coderTools: Toolbox = [bash, readFile, editFile, writeFile, search, submit];
