// How routes refuse content, and what they ask of it before they read any: those of this folder, and uploads. Each answer
// says in its text what would be taken.

import type { HandlerResult } from "../app/app.js";
import { REFUSAL_LENGTH_MAX, refuse } from "../app/refuse.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { isWord, valueEnd } from "../message/parameters.js";
import { fieldLineLength } from "../response/field-writer.js";
import { isThenable } from "../server/promises.js";
import { ContentError } from "../sink.js";

const ENCODING_LENGTH = fieldLineLength("Accept-Encoding", "identity");

/** The request fields that these routes read. */
export const CONTENT_FIELDS: readonly string[] = Object.freeze(["content-type", "content-encoding"]);

/** The longest head with which `acceptsContent` refuses content that is not of this type. */
export function contentRefusalLengthMax(type: string): number {
	return REFUSAL_LENGTH_MAX + Math.max(fieldLineLength("Accept", type), ENCODING_LENGTH);
}

/**
 * Whether the content is one that can be read: of the media type, not encoded, and of known length where it has to be. If not
 * it is refused: 415 (RFC 9110 §15.5.16), 411 (§15.5.12). A request without content needs no type.
 */
export function acceptsContent(request: Request, response: Response, type: string, lengthRequired: boolean): boolean {
	if (request.findField("content-encoding") >= 0) {
		response.setField("Accept-Encoding", "identity");
		return refuse(response, 415, "send the content without a Content-Encoding\n");
	}
	if (lengthRequired && request.contentLength < 0) {
		return refuse(response, 411, "send the content with its Content-Length, not chunked\n");
	}
	if (hasMediaType(request, type)) return true;
	if (request.contentLength === 0 && request.findField("content-type") < 0) return true;
	response.setField("Accept", type);
	return refuse(response, 415, `send the content as ${type}\n`);
}

/** Whether the one Content-Type is `type`, or ends in it where that begins with "+" (RFC 6839 §3). */
function hasMediaType(request: Request, type: string): boolean {
	const row = request.findField("content-type");
	if (row < 0 || request.findField("content-type", row + 1) >= 0) return false;
	const { octets } = request;
	const start = request.valueStart(row);
	return isWord(octets, start, valueEnd(octets, start, request.valueEnd(row)), type);
}

/** Calls a handler; a ContentError, as a FieldError is one, that it throws or its promise is rejected with is answered. */
export function answering<A, B>(
	handler: (request: Request, response: Response, one: A, other: B) => HandlerResult,
	request: Request,
	response: Response,
	one: A,
	other: B,
): HandlerResult {
	try {
		const result = handler(request, response, one, other);
		if (!isThenable(result)) return result;
		return Promise.resolve(result).then(undefined, (error: unknown) => refuseError(response, error));
	} catch (error) {
		refuseError(response, error);
		return undefined;
	}
}

/** Answers a ContentError with its status; throws any other error on. */
export function refuseError(response: Response, error: unknown): void {
	if (!(error instanceof ContentError)) throw error;
	refuse(response, error.status, `${error.message}\n`);
}
