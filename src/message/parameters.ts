// Parameters, read where they stand: behind ";" as those of Content-Type (RFC 9110 §5.6.6) and of a part's
// Content-Disposition (RFC 2183 §2), or between "," as those of Authorization (§11.2). For features.

import { BACKSLASH, COMMA, DQUOTE, EQUALS, HTAB, SEMICOLON, SP } from "../octets/ascii.js";
import { FIELD_VALUE, TOKEN_LOWER } from "../octets/classes.js";

// On XS `charCodeAt` called like this leaves no slots; where a string ends it answers NaN.
const charCodeAt = String.prototype.charCodeAt;

/** Whether `octets[start, end)` is `text`, ASCII in lower case, in whatever case. */
export function isWord(octets: Uint8Array, start: number, end: number, text: string): boolean {
	let index = start;
	for (;;) {
		const code = charCodeAt.call(text, index - start);
		if (!(code >= 0)) return index === end;
		if (index === end) return false;
		const octet = octets[index] as number;
		if (octet !== code && (octet < 0x41 || octet > 0x5a || octet + 0x20 !== code)) return false;
		index += 1;
	}
}

/** Where a value ends that parameters may follow: at the ";" or the white space behind it, or at `end`. */
export function valueEnd(octets: Uint8Array, start: number, end: number): number {
	let index = start;
	while (index < end && octets[index] !== SEMICOLON && octets[index] !== SP && octets[index] !== HTAB) index += 1;
	return index;
}

/** Walks the parameters of `octets[start, end)`, which begins behind the value they belong to. */
export class Parameters {
	/** Whether what was read so far is as the grammar has it. */
	isWellFormed = true;
	nameStart = 0;
	nameEnd = 0;
	/** The value of the parameter, without its quotes. */
	start = 0;
	end = 0;
	#at: number;
	readonly #octets: Uint8Array;
	readonly #end: number;
	readonly #separator: number;
	/** Whether the next parameter needs a separator before it. */
	#isBehind: boolean;

	/** `separator`: SEMICOLON stands before each parameter, COMMA between two. */
	constructor(octets: Uint8Array, start: number, end: number, separator: number) {
		this.#separator = separator;
		this.#isBehind = separator !== COMMA;
		this.#octets = octets;
		this.#at = start;
		this.#end = end;
	}

	/** Goes to the next parameter; false when there is none, or none that is well-formed. */
	next(): boolean {
		for (;;) {
			this.skipSpace();
			if (this.#at === this.#end) return false;
			if (this.#octets[this.#at] === this.#separator) {
				this.#at += 1;
				this.#isBehind = false;
			} else if (this.#isBehind) return this.malformed();
			else {
				this.#isBehind = true;
				return this.parameter();
			}
		}
	}

	isNamed(name: string): boolean {
		return isWord(this.#octets, this.nameStart, this.nameEnd, name);
	}

	private parameter(): boolean {
		this.nameStart = this.#at;
		this.nameEnd = this.tokenEnd();
		if (this.nameEnd === this.nameStart || this.#octets[this.nameEnd] !== EQUALS || this.nameEnd === this.#end) {
			return this.malformed();
		}
		this.#at = this.nameEnd + 1;
		if (this.#at < this.#end && this.#octets[this.#at] === DQUOTE) return this.quoted();
		this.start = this.#at;
		this.end = this.tokenEnd();
		this.#at = this.end;
		return this.end > this.start || this.malformed();
	}

	private quoted(): boolean {
		const octets = this.#octets;
		let index = this.#at + 1;
		this.start = index;
		while (index < this.#end) {
			const octet = octets[index] as number;
			if (octet === DQUOTE) {
				this.end = index;
				this.#at = index + 1;
				return true;
			}
			if (FIELD_VALUE[octet] === 0) break;
			index += octet === BACKSLASH ? 2 : 1;
		}
		return this.malformed();
	}

	private tokenEnd(): number {
		let index = this.#at;
		while (index < this.#end && TOKEN_LOWER[this.#octets[index] as number] !== 0) index += 1;
		return index;
	}

	private skipSpace(): void {
		while (this.#at < this.#end && (this.#octets[this.#at] === SP || this.#octets[this.#at] === HTAB)) this.#at += 1;
	}

	private malformed(): boolean {
		this.isWellFormed = false;
		return false;
	}
}
