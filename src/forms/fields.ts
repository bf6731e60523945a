// The fields of a form or of a query as a handler reads them: by name, as what they are meant to be. What does not fit is
// thrown, and the route answers it with 422 (RFC 9110 §15.5.21) and says what would.

import type { Request } from "../app/request.js";
import { findPair, nextPair, pairEnd, pairName, pairValue } from "../router/urlencoded.js";
import { ContentError } from "../sink.js";

/** A field that is missing or does not fit. Thrown in a handler of this module's routes, it is answered 422. */
export class FieldError extends ContentError {
	override readonly name = "FieldError";
	readonly field: string;

	/** `requirement`: what the field must be, as in "must be a whole number from 1 to 9". */
	constructor(field: string, requirement: string) {
		super(`${field} ${requirement}`);
		this.field = field;
	}
}

/** Fields by name. Each method but `value` and `has` throws FieldError when the field is missing or does not fit. */
export abstract class Fields {
	/** The first value of the name, decoded; undefined when it is not there. */
	abstract value(name: string): string | undefined;

	/** Whether the field is there: a checkbox that is not ticked is not sent at all. */
	has(name: string): boolean {
		return this.value(name) !== undefined;
	}

	/** Text of at most `lengthMax` UTF-16 code units, as `maxlength` counts them, and at least `lengthMin`, 0 unless given. */
	text(name: string, lengthMax: number, lengthMin = 0): string {
		const value = this.required(name);
		if (value.length > lengthMax) throw new FieldError(name, `must be ${lengthMax} characters at most`);
		if (value.length < lengthMin) throw new FieldError(name, `must be ${lengthMin} characters at least`);
		return value;
	}

	/** A whole number from `least` to `most`. */
	integer(name: string, least: number, most: number): number {
		const value = this.required(name);
		const number = isDecimal(value, false) ? Number(value) : Number.NaN;
		if (number >= least && number <= most) return number;
		throw new FieldError(name, `must be a whole number from ${least} to ${most}`);
	}

	/** A number from `least` to `most`, with a decimal point or without. */
	number(name: string, least: number, most: number): number {
		const value = this.required(name);
		const number = isDecimal(value, true) ? Number(value) : Number.NaN;
		if (number >= least && number <= most) return number;
		throw new FieldError(name, `must be a number from ${least} to ${most}`);
	}

	/** One of `values`. */
	oneOf<T extends string>(name: string, values: readonly T[]): T {
		const value = this.required(name);
		for (let index = 0; index < values.length; index += 1) if (values[index] === value) return value as T;
		throw new FieldError(name, `must be one of ${values.join(", ")}`);
	}

	private required(name: string): string {
		const value = this.value(name);
		if (value === undefined) throw new FieldError(name, "is missing");
		return value;
	}
}

/** The fields in a query. Valid as long as the request is. */
export class QueryFields extends Fields {
	readonly #request: Request;

	/** For `query`. */
	constructor(request: Request) {
		super();
		this.#request = request;
	}

	override value(name: string): string | undefined {
		return this.#request.queryParameter(name);
	}
}

/** The fields of a form, read in the octets that were sent: each look-up goes through them, and decodes what it returns. */
export class FormFields extends Fields {
	readonly #octets: Uint8Array;
	readonly #end: number;

	/** For the routes of this module: the pairs in `octets[0, end)`. */
	constructor(octets: Uint8Array, end: number) {
		super();
		this.#octets = octets;
		this.#end = end;
	}

	override value(name: string): string | undefined {
		const pair = findPair(this.#octets, 0, this.#end, name);
		return pair < 0 ? undefined : pairValue(this.#octets, pair, this.#end);
	}

	/** Whether the field is there. Decodes nothing. */
	override has(name: string): boolean {
		return findPair(this.#octets, 0, this.#end, name) >= 0;
	}

	/** All values of the name, as of a selection of several: in the order they came. */
	values(name: string): string[] {
		const found: string[] = [];
		let pair = findPair(this.#octets, 0, this.#end, name);
		while (pair >= 0) {
			found.push(pairValue(this.#octets, pair, this.#end));
			pair = findPair(this.#octets, pairEnd(this.#octets, pair, this.#end), this.#end, name);
		}
		return found;
	}

	/** Calls `visit` with each field, in the order they came. */
	forEach(visit: (name: string, value: string) => void): void {
		let pair = nextPair(this.#octets, 0, this.#end);
		while (pair >= 0) {
			visit(pairName(this.#octets, pair, this.#end), pairValue(this.#octets, pair, this.#end));
			pair = nextPair(this.#octets, pairEnd(this.#octets, pair, this.#end), this.#end);
		}
	}
}

/** Whether `text` is digits, with a "-" before them, and with a point among them where `isFraction`. */
function isDecimal(text: string, isFraction: boolean): boolean {
	const start = text.startsWith("-") ? 1 : 0;
	let points = 0;
	for (let index = start; index < text.length; index += 1) {
		const code = text.charCodeAt(index);
		if (code === 0x2e) points += 1;
		else if (code < 0x30 || code > 0x39) return false;
	}
	return text.length - start > points && points <= (isFraction ? 1 : 0);
}
