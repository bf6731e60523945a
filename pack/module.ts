// A packed folder as text: the module, its types, and the manifest with which the Moddable SDK preloads it. For the command and
// for the rollup plugin.

import type { PackedFolder } from "./pack.js";

const ENTRY = "thimble-http/resources";

/** The module: its default export is what `resources` takes. */
export function moduleText({ files }: PackedFolder): string {
	const lines = files.map(({ text }) => `\t${JSON.stringify(text)},\n`);
	return [
		"// Made by thimble-pack. What is changed here is lost.\n",
		`import { packed } from ${JSON.stringify(ENTRY)};\n`,
		`export default packed([\n${lines.join("")}]);\n`,
	].join("\n");
}

/** The declarations of that module. */
export function declarationText(): string {
	return [
		"// Made by thimble-pack. What is changed here is lost.\n",
		`import type { PackedResources } from ${JSON.stringify(ENTRY)};\n`,
		"declare const resources: PackedResources;",
		"export default resources;\n",
	].join("\n");
}

/** A manifest that includes the module under `name`, and has it lie in flash. */
export function manifestText(name: string): string {
	return `${JSON.stringify({ modules: { [name]: "./index" }, preload: [name] }, null, "\t")}\n`;
}
