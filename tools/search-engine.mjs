// How V8 is set up for the search: a play leaves a server with its buffers behind as garbage, all at once. For tools/sim.mjs
// and bench/sim.mjs, which run it in workers.

import { setFlagsFromString } from "node:v8";

/** How large the space for what is new is, in megabytes. */
const YOUNG_MB = 64;

/** What a worker is given. */
export const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 3 * YOUNG_MB };

/** For the workers that are started from now on. */
export function setUpEngine() {
	// With much room from the beginning, next to nothing of a play is still alive when V8 looks. Without that V8 takes what it
	// saw alive while it warmed up for long-lived, and makes it where only a full collection finds it dead.
	setFlagsFromString("--no-allocation-site-pretenuring");
	setFlagsFromString(`--min-semi-space-size=${YOUNG_MB}`);
}
