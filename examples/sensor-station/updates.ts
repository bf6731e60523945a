// Resumable firmware uploads at /firmware, for those who have signed in: into the partition that does not run, on a laptop into the
// flash of a simulated ESP32. The new firmware runs from the next restart on.

import type { Route } from "thimble-http";
import { random } from "thimble-http/crypto";
import { aroundAll } from "thimble-http/middleware";
import { openUpdate } from "thimble-http/update";
import { uploads } from "thimble-http/uploads";
import { signedIn } from "./sign-in.js";

export const updates: Readonly<Record<string, Route>> = Object.freeze(
	aroundAll(
		signedIn,
		uploads("/firmware", {
			// The partition knows better.
			lengthMax: Number.POSITIVE_INFINITY,
			sink: (_request, length) => openUpdate(length),
			random,
		}),
	),
);
