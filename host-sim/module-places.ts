// Where the modules of a bundle were: what they learn of that by `import.meta`, and where the CommonJS ones among them find what
// they require. A bundle runs elsewhere, and as one. For load-app.ts.

import { readFileSync } from "node:fs";
import { dirname, extname } from "node:path";
import { pathToFileURL } from "node:url";
import type { Loader, Plugin } from "esbuild";

/** What each module that asks has of its own; esbuild sees to it that they do not meet. */
const PLACES: Readonly<Record<string, { readonly name: string; readonly of: (path: string) => string }>> = {
	"import.meta.url": { name: "__moduleUrl", of: (path) => pathToFileURL(path).href },
	"import.meta.filename": { name: "__modulePath", of: (path) => path },
	"import.meta.dirname": { name: "__moduleFolder", of: dirname },
};

/** For esbuild's `define`. */
export const placeDefinitions: Readonly<Record<string, string>> = Object.fromEntries(
	Object.entries(PLACES).map(([asked, { name }]) => [asked, name]),
);

const LOADERS: Readonly<Record<string, Loader>> = {
	".ts": "ts",
	".mts": "ts",
	".cts": "ts",
	".tsx": "tsx",
	".jsx": "jsx",
};

export const placePlugin: Plugin = {
	name: "module-places",
	setup({ onLoad }) {
		onLoad({ filter: /\.[cm]?[jt]sx?$/ }, ({ path }) => {
			const source = readFileSync(path, "utf8");
			// However it is written: "import.meta?.url", with line ends and remarks in it. What nobody asks for, esbuild leaves out.
			if (!source.includes("import") || !source.includes("meta")) return undefined;
			// In a line that is there, so that the others keep their numbers; but nothing may stand before "#!".
			const start = /^#!.*\n/.exec(source)?.[0].length ?? 0;
			const known = Object.values(PLACES)
				.map(({ name, of }) => `const ${name} = ${JSON.stringify(of(path))};`)
				.join(" ");
			const contents = `${source.slice(0, start)}${known} ${source.slice(start)}`;
			return { contents, loader: LOADERS[extname(path)] ?? "js" };
		});
	},
};

/** What a bundle of the module in `entry` begins with: `require`, for CommonJS packages that want modules of Node's. */
export function requireBanner(entry: string): string {
	const name = "__thimbleCreateRequire";
	return `import { createRequire as ${name} } from "node:module"; const require = ${name}(${JSON.stringify(pathToFileURL(entry).href)});`;
}
