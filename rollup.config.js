// From what tsc emitted to one file for each entry of the package; what entries share goes into chunks of its own.
//
// Twice: for Node, and for firmware. Firmware has a folder of its own because everything in it goes to the linker: it holds
// no module that a board cannot run. There the core is the entry "index" itself, and no module stands between: each module
// costs flash, and in modules of one file each the source would cost the RAM of a pointer per module. `const` has to
// survive (preload keeps a pointer in RAM for every `let` and `var`), which rollup sees to and esbuild's bundler does not.
// Names are kept, so that the debugger can show them; docs/firmware.md has the figures.
//
// What is a number to everybody is one in the modules, too (tools/inline-constants.mjs).

import { firmwareEntries, inputsOf, nodeEntries } from "./tools/entries.mjs";
import { inlineConstants } from "./tools/inline-constants.mjs";

/** What of src is the core. */
const CORE =
	/[\\/]build[\\/]src[\\/](app|clock|connection|index|limits|message|octets|response|router|server)(\.js$|[\\/])/;

const numbers = {
	name: "numbers in the place of constants",
	renderChunk: (code) => ({ code: inlineConstants(code), map: null }),
};

const node = {
	input: {
		...inputsOf(nodeEntries),
		"thimble-sim": "build/host-sim/cli.js",
		"thimble-pack": "build/pack/cli.js",
	},
	external: (id) => id.startsWith("node:") || id === "esbuild",
	plugins: [numbers],
	output: {
		dir: "dist",
		format: "es",
		entryFileNames: "[name].js",
		chunkFileNames: "shared/[name].js",
		banner: (chunk) => (chunk.name === "thimble-sim" || chunk.name === "thimble-pack" ? "#!/usr/bin/env node" : ""),
	},
};

const moddable = {
	input: inputsOf(firmwareEntries),
	// The SDK's own modules: everything that is not a path.
	external: (id) => !/^[./]/.test(id),
	preserveEntrySignatures: "allow-extension",
	plugins: [numbers],
	output: {
		dir: "dist/moddable",
		format: "es",
		entryFileNames: "[name].js",
		// What features share among themselves; what they share with the core is in "index".
		chunkFileNames: "[name].js",
		manualChunks: (id) => (CORE.test(id) ? "index" : null),
		minifyInternalExports: false,
	},
};

export default [node, moddable];
