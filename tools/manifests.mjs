// Writes dist/manifests: for each feature a manifest with which firmware gets its module, and those that it shares with others.
// So firmware that imports nothing of it has nothing of it in flash. For build.mjs.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { firmwareEntries } from "./entries.mjs";

/** What manifests/manifest_thimble.json has. */
export const CORE = ["index", "content", "platform", "wifi"];

/** The modules beside it that a built module imports, by name. */
function importsOf(code) {
	return [...code.matchAll(/^(?:import|export) (?:.* from )?'\.\/([\w-]+)\.js';$/gm)].map(([, name]) => name);
}

/** @param {string} root Of the repository, in which dist/moddable was built. */
export function writeManifests(root) {
	const built = join(root, "dist", "moddable");
	const folder = join(root, "dist", "manifests");
	mkdirSync(folder, { recursive: true });
	for (const file of readdirSync(built)) {
		const name = file.replace(/\.js$/, "");
		if (CORE.includes(name)) continue;
		const include = importsOf(readFileSync(join(built, file), "utf8")).filter((one) => !CORE.includes(one));
		const source = firmwareEntries.find((entry) => entry.name === name)?.source;
		const types = source === undefined ? [] : [`../types/${source}`];
		const manifest = {
			include: [...new Set(include)].map((one) => `./${one}.json`),
			modules: { [`thimble-http/${name}`]: [`../moddable/${name}`, ...types] },
		};
		writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(manifest, null, "\t")}\n`);
	}
}
