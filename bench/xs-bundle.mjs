// Bundles xs-entry.ts into one script for XS, which has no modules: today's sources, not minified. For xs-rows.mjs.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The global that the bundle leaves its exports in. */
export const GLOBAL = "bench";

/** @returns {Promise<string>} */
export async function bundleForXs() {
	const result = await build({
		entryPoints: [fileURLToPath(new URL("xs-entry.ts", import.meta.url))],
		bundle: true,
		write: false,
		format: "iife",
		globalName: GLOBAL,
		target: "es2022",
		platform: "neutral",
		minifyWhitespace: true,
		banner: { js: '"use strict";' },
		footer: { js: `globalThis.${GLOBAL} = ${GLOBAL};` },
		logLevel: "error",
	});
	return result.outputFiles[0].text;
}
