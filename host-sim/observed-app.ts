// An app whose errors are shown as well as told to its own hook. For the simulator.

import type { App } from "../src/app/app.js";
import type { Request } from "../src/app/request.js";
import { RequestError } from "../src/server/host.js";
import type { Log } from "./log.js";

/** C0 and C1 controls but the line end, and what turns the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for.
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** Nobody reads more than so many characters. */
const SHOWN_MAX = 10_000;

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

/** What was thrown, with its stack where that leads somewhere. A client may have a say in it. */
export function errorText(error: unknown): string {
	if (error instanceof RequestError) return error.message;
	try {
		if (!(error instanceof Error)) return `${visible(String(error))} was thrown, which is no Error`;
		return visible(typeof error.stack === "string" ? error.stack : `${error.name}: ${error.message}`);
	} catch {
		return "something was thrown that cannot be shown";
	}
}

/** Without what a terminal would take for orders, and without a line that looks like one of the log. */
function visible(text: string): string {
	const shown = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)} …` : text;
	return shown
		.replace(CONTROL, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`)
		.replace(/\n(?! {4}at )/g, "\n    | ");
}
