// An app whose errors are shown as well as told to its own hook. For the simulator.

import type { App } from "../src/app/app.js";
import type { Request } from "../src/app/request.js";
import { RequestError } from "../src/server/host.js";
import type { Log } from "./log.js";

/** C0 and C1 controls but the line end, and what turns the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for.
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

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

/** What was thrown, with its stack where that leads somewhere. A client may have a say in its message. */
export function errorText(error: unknown): string {
	if (error instanceof RequestError) return error.message;
	if (!(error instanceof Error)) return `${visible(String(error))} was thrown, which is no Error`;
	const { message, stack = message } = error;
	return visible(stack).replace(visible(message), () => visible(message).replaceAll("\n", "\n    | "));
}

/** Without what a terminal would take for orders; line ends stay. */
function visible(text: string): string {
	return text.replace(CONTROL, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
