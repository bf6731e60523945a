// How features refuse a request: a status, and a text that says what to do.

import type { Response } from "./response.js";

/** Answers with this status and text, unless the request has its answer. Returns false, as a link of a chain does then. */
export function refuse(response: Response, status: number, text: string): false {
	if (!response.isOpen) return false;
	response.status = status;
	response.text(text);
	return false;
}
