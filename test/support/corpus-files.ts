// Reads the corpus from the repository. For tests and tools on Node.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type CorpusCase, parseCorpus } from "./corpus-format.js";

/** All cases, by file and place. */
export function readCorpus(folder: string = fileURLToPath(new URL("../corpus/", import.meta.url))): CorpusCase[] {
	return readdirSync(folder)
		.filter((name) => name.endsWith(".md") && name !== "README.md")
		.sort()
		.flatMap((name) => parseCorpus(name, readFileSync(`${folder}/${name}`, "utf8")));
}
