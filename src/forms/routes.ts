// Routes whose input is small enough to be had at once: queries, forms as pages send them, JSON.

import type { HandlerResult, RouteHandlers } from "../app/app.js";
import { refuse } from "../app/refuse.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { wholeContent } from "../content.js";
import { freeze } from "../octets/freeze.js";
import { Utf8Decoder } from "../octets/text.js";
import { FormFields, QueryFields } from "./fields.js";
import { acceptsContent, answering, CONTENT_FIELDS, contentRefusalLengthMax } from "./refusal.js";

const FORM_TYPE = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

/** What every route of this module that reads content takes. */
export interface ContentOptions {
	/** The most content in octets; more is answered 413. The memory for it is taken while a request is served. */
	readonly lengthMax: number;
	/** Whether content has to come with its length: chunked content is then answered 411. Default false. */
	readonly lengthRequired?: boolean;
}

export interface JsonOptions extends ContentOptions {
	/**
	 * How deep arrays and objects may be nested; deeper content is answered 422. Each level takes stack, and a machine whose
	 * stack is used up aborts. Default 8.
	 */
	readonly depthMax?: number;
}

/** A handler that reads the query. `query` is valid as long as the request is. */
export type QueryHandler = (request: Request, response: Response, query: QueryFields) => HandlerResult;
/** A handler that has a form's fields. They are the handler's to keep. */
export type FormHandler = (request: Request, response: Response, fields: FormFields) => HandlerResult;
/** A handler that has the value that JSON said. */
export type JsonHandler = (request: Request, response: Response, value: unknown) => HandlerResult;

/** A route that reads its query by name; a parameter that is missing or does not fit is answered 422. */
export function query(handler: QueryHandler): RouteHandlers {
	const answer = handler;
	return {
		onRequest: (request, response) => answering(answer, request, response, new QueryFields(request), undefined),
	};
}

/** A route for a form as `application/x-www-form-urlencoded`, which is what pages send unless told otherwise. */
export function form(options: ContentOptions, handler: FormHandler): RouteHandlers {
	const answer = handler;
	return typedContent(options, FORM_TYPE, (request, response, content) => {
		const fields = new FormFields(content, content.length);
		return answering(answer, request, response, fields, undefined);
	});
}

/** A route for JSON (RFC 8259), in UTF-8. Content that is none is answered 400. Throws RangeError for a depth that is none. */
export function json(options: JsonOptions, handler: JsonHandler): RouteHandlers {
	const answer = handler;
	const depthMax = options.depthMax ?? 8;
	if (!Number.isInteger(depthMax) || depthMax < 0)
		throw new RangeError(`depthMax must be a whole number, not ${depthMax}`);
	return typedContent(options, JSON_TYPE, (request, response, content) => {
		if (depthOf(content) > depthMax) {
			return refuse(response, 422, `nest the JSON at most ${depthMax} deep\n`);
		}
		const text = textOf(content, 0, content.length);
		if (text === null) return refuse(response, 400, "the content is not UTF-8\n");
		let value: unknown;
		try {
			value = JSON.parse(text);
		} catch {
			return refuse(response, 400, "the content is no JSON\n");
		}
		return answering(answer, request, response, value, undefined);
	});
}

/** `wholeContent` of one media type. */
function typedContent(
	options: ContentOptions,
	type: string,
	handler: (request: Request, response: Response, content: Uint8Array) => HandlerResult,
): RouteHandlers {
	// Constants, and frozen: of a route in flash, each parameter that its functions use would cost the RAM of a pointer.
	const required = options.lengthRequired ?? false;
	const taken = type;
	const whole = freeze(wholeContent(options.lengthMax, handler));
	return {
		...whole,
		fields: CONTENT_FIELDS,
		headLengthMax: contentRefusalLengthMax(type),
		onRequest: (request, response) =>
			acceptsContent(request, response, taken, required) ? whole.onRequest?.(request, response) : undefined,
	};
}

const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** How deep the brackets outside strings are nested. */
function depthOf(content: Uint8Array): number {
	let depth = 0;
	let deepest = 0;
	let isString = false;
	for (let index = 0; index < content.length; index += 1) {
		const octet = content[index] as number;
		if (isString) {
			if (octet === BACKSLASH) index += 1;
			else if (octet === QUOTE) isString = false;
		} else if (octet === QUOTE) isString = true;
		else if (octet === 0x5b || octet === 0x7b) {
			depth += 1;
			if (depth > deepest) deepest = depth;
		} else if (octet === 0x5d || octet === 0x7d) depth -= 1;
	}
	return deepest;
}

/** The longest piece that is decoded octet by octet. */
const PIECE_LENGTH = 64;

/** The text that octets are in UTF-8, put together from halves: on XS each addition copies both strings. Null for what is none. */
function textOf(octets: Uint8Array, start: number, end: number): string | null {
	if (end - start <= PIECE_LENGTH) {
		const decoder = new Utf8Decoder();
		for (let index = start; index < end; index += 1) decoder.push(octets[index] as number);
		const text = decoder.end();
		return decoder.isWellFormed ? text : null;
	}
	// A character has at most three octets behind its first.
	let middle = (start + end) >> 1;
	for (let back = 0; back < 3 && isContinuation(octets[middle] as number); back += 1) middle -= 1;
	const first = textOf(octets, start, middle);
	const second = first === null ? null : textOf(octets, middle, end);
	return first === null || second === null ? null : first + second;
}

function isContinuation(octet: number): boolean {
	return (octet & 0xc0) === 0x80;
}
