// Documents that tests hold the code to. Bundles for other engines are given the text instead (test/xs/bundle.ts).

import { readFileSync } from "node:fs";

/** The text of a file in docs. */
export function readDocument(name: string): string {
	return readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
}
