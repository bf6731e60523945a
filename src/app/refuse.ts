// How features refuse a request: a status, and a text that says what to do.

import { fieldLineLength } from "../response/field-writer.js";
import { STATUS_LINE_LENGTH_MAX } from "../response/status.js";
import { type Response, TYPE_TEXT } from "./response.js";

/** The longest head of a refusal without further fields: for the `headLengthMax` of who refuses. */
export const REFUSAL_LENGTH_MAX: number = STATUS_LINE_LENGTH_MAX + fieldLineLength("Content-Type", TYPE_TEXT);

/** Answers with this status and text, unless the request has its answer. Returns false, as a link of a chain does then. */
export function refuse(response: Response, status: number, text: string): false {
	if (!response.isOpen) return false;
	response.status = status;
	response.text(text);
	return false;
}
