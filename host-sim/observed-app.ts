// An app whose errors are shown as well as told to its own hook. For the simulator.

import type { App } from "../src/app/app.js";
import type { Request } from "../src/app/request.js";
import { RequestError } from "../src/server/host.js";
import type { Log } from "./log.js";

export function observedApp(app: App, log: Log): App {
	return {
		...app,
		onError: (error, request) => {
			log.error(`${requestWords(request)}: ${errorText(error)}`);
			try {
				app.onError?.(error, request);
			} catch (thrown) {
				log.error(`the app's onError: ${errorText(thrown)}`);
				throw thrown;
			}
		},
	};
}

function requestWords(request: Request | null): string {
	if (request === null) return "the server";
	try {
		return `${request.method} ${request.target}`;
	} catch {
		return "a request that is over";
	}
}

/** What was thrown, with its stack where that leads somewhere. */
export function errorText(error: unknown): string {
	if (error instanceof RequestError) return error.message;
	return error instanceof Error ? (error.stack ?? error.message) : `${String(error)} was thrown, which is no Error`;
}
