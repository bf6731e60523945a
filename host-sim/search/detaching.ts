// The behaviour that gives its connection to another protocol. For the searched app.

import type { RouteHandlers } from "../../src/app/app.js";
import type { DetachedConnection } from "../../src/app/response.js";
import { type Behaviour, handler, type ParameterReader, type Stage } from "./behaviour.js";

export const DETACHING: readonly Behaviour[] = [
	{
		name: "detach",
		weight: 4,
		parameters: (random) => [random.pick([0, 40, 400])],
		numberMax: 400,
		outcome: () => ({ status: 101, content: null, isDetached: true, isLast: true }),
		route: detaching,
	},
];

/** Another protocol: it sends back what it gets, and closes at an exclamation mark. */
function detaching(stage: Stage, number: ParameterReader): RouteHandlers {
	return handler(stage, (request, response) => {
		const timeoutMs = number(request, 0);
		if (!request.isContentComplete || request.version === "1.0") throw new Error("no upgrade here");
		response.setField("Upgrade", "echo");
		const pump = (connection: DetachedConnection) => {
			const octets = new Uint8Array(64);
			for (;;) {
				const count = connection.read(octets, 0, Math.min(octets.length, connection.room));
				if (count === 0) return;
				connection.write(octets, 0, count);
				if (octets.subarray(0, count).includes(0x21)) return connection.close();
			}
		};
		response.detach({ onReadable: pump, onWritable: pump }, timeoutMs);
	});
}
