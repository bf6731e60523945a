// thimble-http/conditional: conditional requests to routes whose content is made when it is asked for (RFC 9110 §13).

import type { Request } from "./app/request.js";
import type { Response } from "./app/response.js";
import { checkTag } from "./conditional/entity-tag.js";
import { evaluate, NO_TAG, PRECONDITION_FIELDS } from "./conditional/evaluate.js";
import { NO_DATE } from "./conditional/http-date.js";
import { NOT_MODIFIED, PROCEED } from "./conditional/precondition.js";
import { freeze } from "./octets/freeze.js";
import { httpDate } from "./response/date.js";

export { PRECONDITION_FIELDS };

/** What there is to tell the state of a resource by. */
export interface Validators {
	/**
	 * The entity tag, quotes included (`"1f"`, or `W/"1f"` for content that is only as good); another one for all other content,
	 * and for each content coding.
	 */
	readonly etag?: string;
	/** When the content last changed, in seconds since 1970. HTTP knows whole seconds alone: a part of one counts for nothing. */
	readonly lastModified?: number;
}

const NOTHING: Validators = freeze({});

/**
 * Answers a request whose preconditions say so, with 304 or 412, and returns true: then the handler is done. Else adds ETag and
 * Last-Modified to the response and returns false: the handler answers, or, of a method that changes something, goes ahead.
 * The order is that of §13.2.2. `validators`: null when there is nothing yet that
 * could have any, as before a first PUT. The route reads PRECONDITION_FIELDS (`fields`). Fields that a 304 has to have as a 200 would
 * (Cache-Control, Vary and so on) are set before. Throws TypeError for what is no tag, RangeError for a date that is none of HTTP's.
 */
export function answersPreconditions(request: Request, response: Response, validators: Validators | null): boolean {
	const { etag = NO_TAG, lastModified = NO_DATE } = validators ?? NOTHING;
	if (etag !== NO_TAG) {
		checkTag(etag);
		response.setField("ETag", etag);
	}
	if (lastModified !== NO_DATE) response.setField("Last-Modified", httpDate(lastModified));
	// What a client is told is what it comes back with.
	const outcome = evaluate(request, etag, Math.floor(lastModified), validators !== null);
	if (outcome === PROCEED) return false;
	response.status = outcome === NOT_MODIFIED ? 304 : 412;
	if (outcome === NOT_MODIFIED) response.empty();
	else response.text("412 Precondition Failed\n", "text/plain");
	return true;
}
