// From what tsc emitted to one file for each entry of the package; what entries share goes into chunks of its own.
//
// Twice: for Node, and for firmware. Firmware has a folder of its own because everything in it goes to the linker: it holds
// no module that a board cannot run. There the core is the entry "index" itself, and no module stands between: each module
// costs flash, and in modules of one file each the source would cost the RAM of a pointer per module. `const` has to
// survive (preload keeps a pointer in RAM for every `let` and `var`), which rollup sees to and esbuild's bundler does not.
// Names are kept, so that the debugger can show them; docs/firmware.md has the figures.

// What is a number to everybody is one in the modules, too (tools/inline-constants.mjs).

import { inlineConstants } from "./tools/inline-constants.mjs";

/** The folders of src that are no part of the core. */
const FEATURES =
	/[\\/]src[\\/](auth|conditional|cookies|events|files|forms|guards|metrics|resources|sessions|uploads)[\\/]/;

const numbers = {
	name: "numbers in the place of constants",
	renderChunk: (code) => ({ code: inlineConstants(code), map: null }),
};

const node = {
	input: {
		index: "build/src/index.js",
		conditional: "build/src/conditional.js",
		content: "build/src/content.js",
		files: "build/src/files.js",
		"folder-node": "build/platform/node/folder.js",
		resources: "build/src/resources.js",
		forms: "build/src/forms/index.js",
		uploads: "build/src/uploads/index.js",
		redirects: "build/src/redirects.js",
		cookies: "build/src/cookies/index.js",
		sessions: "build/src/sessions/index.js",
		middleware: "build/src/middleware.js",
		metrics: "build/src/metrics/index.js",
		auth: "build/src/auth/index.js",
		guards: "build/src/guards/index.js",
		events: "build/src/events/index.js",
		"crypto-node": "build/platform/node/crypto.js",
		"update-node": "build/platform/node/update.js",
		"platform-node": "build/platform/node/listen.js",
		sim: "build/host-sim/index.js",
		"thimble-sim": "build/host-sim/cli.js",
		pack: "build/pack/index.js",
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
	input: {
		index: "build/src/index.js",
		conditional: "build/src/conditional.js",
		content: "build/src/content.js",
		files: "build/src/files.js",
		resources: "build/src/resources.js",
		forms: "build/src/forms/index.js",
		uploads: "build/src/uploads/index.js",
		redirects: "build/src/redirects.js",
		cookies: "build/src/cookies/index.js",
		sessions: "build/src/sessions/index.js",
		middleware: "build/src/middleware.js",
		metrics: "build/src/metrics/index.js",
		auth: "build/src/auth/index.js",
		guards: "build/src/guards/index.js",
		events: "build/src/events/index.js",
		crypto: "build/platform/moddable/crypto.js",
		update: "build/platform/moddable/update.js",
		platform: "build/platform/moddable/listen.js",
		wifi: "build/platform/moddable/wifi.js",
	},
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
		manualChunks: (id) =>
			/[\\/]build[\\/]src[\\/](\w+[\\/]|index|limits|clock)/.test(id) && !FEATURES.test(id) ? "index" : null,
		minifyInternalExports: false,
	},
};

export default [node, moddable];
