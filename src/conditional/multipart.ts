// Several parts of a representation in one response: multipart/byteranges (RFC 9110 §14.6). One for each request that asks for
// them, as its state.

import type { Response } from "../app/response.js";
import type { Representation } from "./representation.js";

const BOUNDARY_START = "thimble-part";
const NOT_BEGUN = -1;

/** A boundary that nothing in the representation is, as far as it cannot know its own tag. */
function boundaryOf(tag: string): string {
	const safe = tag.replace(/[^0-9A-Za-z_.+-]/g, "");
	return `${BOUNDARY_START}-${safe.slice(0, 50)}`;
}

export class Multipart {
	/** What it is parts of. */
	readonly one: Representation;
	/** The Content-Type of all. */
	readonly type: string;
	/** How many octets all of it has. */
	readonly length: number;
	readonly #boundary: string;
	readonly #pairs: readonly number[];
	/** The pair that is being sent, and what of it comes next; NOT_BEGUN before its head. */
	#index = 0;
	#at = NOT_BEGUN;

	/** `pairs`: start and end of each part, in their order. */
	constructor(one: Representation, pairs: readonly number[]) {
		this.one = one;
		this.#pairs = pairs;
		this.#boundary = boundaryOf(one.tag);
		this.type = `multipart/byteranges; boundary=${this.#boundary}`;
		let length = this.textAt(pairs.length).length;
		for (let index = 0; index < pairs.length; index += 2) {
			length += this.textAt(index).length + (pairs[index + 1] as number) - (pairs[index] as number);
		}
		this.length = length;
	}

	/** What stands before the part of the pair at `index`, or behind the last. */
	private textAt(index: number): string {
		const line = `${index === 0 ? "" : "\r\n"}--${this.#boundary}`;
		const [start, end] = [this.#pairs[index], this.#pairs[index + 1]];
		if (start === undefined || end === undefined) return `${line}--\r\n`;
		const { type, length } = this.one;
		return `${line}\r\nContent-Type: ${type}\r\nContent-Range: bytes ${start}-${end - 1}/${length}\r\n\r\n`;
	}

	/** Goes on with the response, as far as its room goes. */
	write(response: Response): void {
		while (response.room > 0) {
			if (this.#at === NOT_BEGUN && !this.writeText(response)) return;
			if (this.#index === this.#pairs.length) return;
			const end = this.#pairs[this.#index + 1] as number;
			const count = this.one.send(response, this.#at, end);
			if (count === 0) return;
			this.#at += count;
			if (this.#at < end) continue;
			this.#index += 2;
			this.#at = NOT_BEGUN;
		}
	}

	/** Writes what stands before the next part; behind the last one it ends the response. False without the room. */
	private writeText(response: Response): boolean {
		const text = this.textAt(this.#index);
		if (text.length > response.room) return false;
		response.write(text);
		if (this.#index === this.#pairs.length) response.end();
		else this.#at = this.#pairs[this.#index] as number;
		return true;
	}
}
