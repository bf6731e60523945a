// From what tsc emitted to one file for each entry of the package; what entries share goes into chunks of its own.

const input = {
	index: "build/src/index.js",
	content: "build/src/content.js",
	"platform-node": "build/platform/node/listen.js",
	sim: "build/host-sim/index.js",
	"thimble-sim": "build/host-sim/cli.js",
};

export default {
	input,
	external: (id) => id.startsWith("node:") || id === "esbuild",
	output: {
		dir: "dist",
		format: "es",
		entryFileNames: "[name].js",
		chunkFileNames: "shared/[name].js",
		banner: (chunk) => (chunk.name === "thimble-sim" ? "#!/usr/bin/env node" : ""),
	},
};
