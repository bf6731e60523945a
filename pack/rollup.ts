// A rollup plugin that does what thimble-pack does: `import site from "./public?resources"` is the packed folder ./public.

import { dirname, resolve } from "node:path";
import { moduleText } from "./module.js";
import { type PackOptions, packFolder } from "./pack.js";

const SUFFIX = "?resources";
/** Modules that are no files begin with it, as rollup has it. */
const VIRTUAL = "\0";

/** What the plugin uses of rollup's context. */
interface LoadContext {
	addWatchFile(file: string): void;
}

/** The plugin, as rollup and Vite take it. */
export interface ResourcesPlugin {
	readonly name: string;
	resolveId(id: string, importer: string | undefined): string | null;
	load(this: LoadContext, id: string): string | null;
}

/** Makes the plugin. */
export function packedResources(options: PackOptions = {}): ResourcesPlugin {
	return {
		name: "thimble-pack",
		resolveId(id, importer) {
			if (!id.endsWith(SUFFIX)) return null;
			const folder = id.slice(0, -SUFFIX.length);
			return `${VIRTUAL}${importer === undefined ? resolve(folder) : resolve(dirname(importer), folder)}${SUFFIX}`;
		},
		load(id) {
			if (!id.startsWith(VIRTUAL) || !id.endsWith(SUFFIX)) return null;
			const packed = packFolder(id.slice(VIRTUAL.length, -SUFFIX.length), options);
			for (const { file } of packed.files) this.addWatchFile(file);
			return moduleText(packed);
		},
	};
}
