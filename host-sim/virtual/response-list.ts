// The responses a client has received, as a list that says what is the matter when somebody looks for one that has not
// come: a test that fails then tells its reader why. For the simulator's client.

import type { ReadResponse } from "./response-reader.js";

/** Responses in order. An index past the end throws, saying what the connection waits for. */
export interface ResponseList extends ReadonlyArray<ReadResponse> {
	readonly 0: ReadResponse;
	readonly 1: ReadResponse;
	readonly 2: ReadResponse;
	readonly 3: ReadResponse;
	readonly 4: ReadResponse;
	readonly 5: ReadResponse;
	readonly 6: ReadResponse;
	readonly 7: ReadResponse;
}

/** `responses`, which may grow. `explain`: why there is no further one. */
export function responseList(responses: readonly ReadResponse[], explain: () => string): ResponseList {
	return new Proxy(responses, {
		get(target, name, receiver): unknown {
			const isMissing = typeof name === "string" && /^[0-9]+$/.test(name) && Number(name) >= target.length;
			if (isMissing) throw new Error(`there is no responses[${name}]: ${explain()}`);
			return Reflect.get(target, name, receiver);
		},
	}) as ResponseList;
}
