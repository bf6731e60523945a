// Bundles xs-entry.ts into one script for XS, which has no modules: today's sources, not minified, with numbers in the place
// of constants as firmware has them. For xs-rows.mjs.

import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { inlineConstants } from "../tools/inline-constants.mjs";

/** The global that the bundle leaves its exports in. */
export const GLOBAL = "bench";

/** @returns {Promise<string>} */
export async function bundleForXs() {
	const bundled = await build({
		entryPoints: [fileURLToPath(new URL("xs-entry.ts", import.meta.url))],
		bundle: true,
		write: false,
		format: "esm",
		target: "es2022",
		platform: "neutral",
		logLevel: "error",
	});
	const { code } = await transform(inlineConstants(bundled.outputFiles[0].text), {
		format: "iife",
		globalName: GLOBAL,
		target: "es2022",
		minifyWhitespace: true,
		banner: '"use strict";',
		footer: `globalThis.${GLOBAL} = ${GLOBAL};`,
	});
	return code;
}
