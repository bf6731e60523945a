// Several parts of a representation in one response: multipart/byteranges (RFC 9110 §14.6). One for each request that asks for
// them, as its state.

import type { Response } from "../app/response.js";
import type { Representation } from "./representation.js";

const BOUNDARY_START = "thimble-part";
const NOT_BEGUN = -1;
const HEAD_PIECES = 3;

/** A boundary that nothing in the representation is, as far as it cannot know its own tag. */
function boundaryOf(tag: string): string {
	const safe = tag.replace(/[^0-9A-Za-z_.+-]/g, "");
	return `${BOUNDARY_START}-${safe.slice(0, 50)}`;
}

/** The Content-Type of several parts of what has this tag. */
export function multipartType(tag: string): string {
	return `multipart/byteranges; boundary=${boundaryOf(tag)}`;
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
	/** Which piece of that head comes next. */
	#headPiece = 0;

	/** `pairs`: start and end of each part, in their order. */
	constructor(one: Representation, pairs: readonly number[]) {
		this.one = one;
		this.#pairs = pairs;
		this.#boundary = boundaryOf(one.tag);
		this.type = multipartType(one.tag);
		let length = this.lineAt(pairs.length).length;
		for (let index = 0; index < pairs.length; index += 2) {
			length += this.headLengthAt(index) + (pairs[index + 1] as number) - (pairs[index] as number);
		}
		this.length = length;
	}

	/** The delimiter before the part of the pair at `index`, or behind the last. */
	private lineAt(index: number): string {
		const line = `${index === 0 ? "" : "\r\n"}--${this.#boundary}`;
		return index === this.#pairs.length ? `${line}--\r\n` : `${line}\r\n`;
	}

	/** The end of the part's head. What its octets are stands before it. */
	private rangeAt(index: number): string {
		const last = (this.#pairs[index + 1] as number) - 1;
		return `Content-Range: bytes ${this.#pairs[index]}-${last}/${this.one.length}\r\n\r\n`;
	}

	private headLengthAt(index: number): number {
		return this.lineAt(index).length + this.one.typeFields.lines.length + this.rangeAt(index).length;
	}

	/** The head of the part of the pair at `index`, in its three pieces: all of it may be more than there is ever room for. */
	private headPieceAt(index: number, piece: number): string | Uint8Array {
		if (piece === 0) return this.lineAt(index);
		return piece === 1 ? this.one.typeFields.lines : this.rangeAt(index);
	}

	/** Goes on with the response, as far as its room goes. */
	write(response: Response): void {
		while (response.room > 0) {
			if (this.#index === this.#pairs.length) return this.end(response);
			if (this.#at === NOT_BEGUN && !this.writeHead(response)) return;
			const end = this.#pairs[this.#index + 1] as number;
			const count = this.one.send(response, this.#at, end);
			if (count === 0) return;
			this.#at += count;
			if (this.#at < end) continue;
			this.#index += 2;
			this.#at = NOT_BEGUN;
		}
	}

	/** Writes what stands before the next part, as far as the room goes. False when there is more of it. */
	private writeHead(response: Response): boolean {
		for (; this.#headPiece < HEAD_PIECES; this.#headPiece += 1) {
			const piece = this.headPieceAt(this.#index, this.#headPiece);
			if (piece.length > response.room) return false;
			response.write(piece);
		}
		this.#headPiece = 0;
		this.#at = this.#pairs[this.#index] as number;
		return true;
	}

	/** Writes what stands behind the last part, with the room for it. */
	private end(response: Response): void {
		const line = this.lineAt(this.#index);
		if (line.length > response.room) return;
		response.write(line);
		response.end();
	}
}
