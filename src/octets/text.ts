// Between strings and octets. ISO-8859-1 for what HTTP calls octets (field values), UTF-8 for what people write.
// Called when an app asks for a string or hands one over; never on the way of a request that does neither.

// On XS every property access on a primitive string, `length` too, leaves two slots behind; `call` leaves none, and where a
// string ends `charCodeAt` answers NaN, which is less than nothing and not less than anything.
const charCodeAt = String.prototype.charCodeAt;
const slice = String.prototype.slice;

/**
 * On XS `charCodeAt` counts from the start of the string: longer ones are taken in pieces of so many code units. Each piece
 * is chunk garbage of its length, and counted for from the start once.
 */
const PIECE_LENGTH = 256;

/** The octets of an ASCII string. For definitions: it allocates. Throws RangeError on an octet above 0x7F. */
export function ascii(text: string): Uint8Array {
	const octets = new Uint8Array(text.length);
	for (let index = 0; index < text.length; index += 1) {
		const code = text.charCodeAt(index);
		if (code > 0x7f) throw new RangeError(`"${text}" is not ASCII`);
		octets[index] = code;
	}
	return octets;
}

/** The octets from `start` to `end` as a string of the same length, one code unit for each octet. */
export function latin1(octets: Uint8Array, start: number, end: number): string {
	let text = "";
	let index = start;
	// Eight at a time: an eighth of the intermediate strings.
	for (; index + 8 <= end; index += 8) {
		text += String.fromCharCode(
			octets[index] as number,
			octets[index + 1] as number,
			octets[index + 2] as number,
			octets[index + 3] as number,
			octets[index + 4] as number,
			octets[index + 5] as number,
			octets[index + 6] as number,
			octets[index + 7] as number,
		);
	}
	for (; index < end; index += 1) text += String.fromCharCode(octets[index] as number);
	return text;
}

/** Whether `text` is read as it stands, and not in pieces. */
function isShort(text: string): boolean {
	return !(charCodeAt.call(text, PIECE_LENGTH) >= 0);
}

/** How long the piece from `start` is, if the text is so long: a surrogate pair stays together. */
function pieceLength(text: string, start: number): number {
	const last = charCodeAt.call(text, start + PIECE_LENGTH - 1);
	return last >= 0xd800 && last <= 0xdbff ? PIECE_LENGTH - 1 : PIECE_LENGTH;
}

/**
 * How many octets `text` takes in UTF-8, from code unit `start` on. A lone surrogate counts as U+FFFD, three octets.
 */
export function utf8Length(text: string, start = 0): number {
	if (isShort(text)) return utf8LengthOfPiece(text, start);
	let length = 0;
	let from = start;
	for (;;) {
		const count = pieceLength(text, from);
		const piece = slice.call(text, from, from + count);
		if (piece === "") return length;
		length += utf8LengthOfPiece(piece, 0);
		from += count;
	}
}

function utf8LengthOfPiece(piece: string, start: number): number {
	let index = start;
	let length = 0;
	let code = 0;
	for (;;) {
		code = charCodeAt.call(piece, index);
		index += 1;
		if (code < 0x80) length += 1;
		else if (code < 0x800) length += 2;
		else if (!(code >= 0x800)) return length;
		else if (isPair(code, piece, index)) {
			length += 4;
			index += 1;
		} else length += 3;
	}
}

/** Whether the code units `code` and the one at `next` are a surrogate pair. */
function isPair(code: number, piece: string, next: number): boolean {
	if (code < 0xd800 || code > 0xdbff) return false;
	const low = charCodeAt.call(piece, next);
	return low >= 0xdc00 && low <= 0xdfff;
}

/** Where octets are put: behind `end`, and before `limit`. */
export interface OctetSink {
	readonly octets: Uint8Array;
	end: number;
	readonly limit: number;
}

/**
 * Puts `text` into `sink` in UTF-8 from code unit `start` on, as many whole characters as fit. Returns the first code unit
 * that did not fit, or −1 when all is there.
 */
export function encodeUtf8(text: string, start: number, sink: OctetSink): number {
	if (isShort(text)) return encodePiece(text, start, sink);
	let from = start;
	for (;;) {
		const count = pieceLength(text, from);
		const piece = slice.call(text, from, from + count);
		if (piece === "") return -1;
		const index = encodePiece(piece, 0, sink);
		if (index >= 0) return from + index;
		from += count;
	}
}

function encodePiece(piece: string, start: number, sink: OctetSink): number {
	const octets = sink.octets;
	const limit = sink.limit;
	const last = limit - 4;
	let index = start;
	let offset = sink.end;
	let code = 0;
	for (;;) {
		code = charCodeAt.call(piece, index);
		if (code < 0x80) {
			if (offset >= limit) break;
			octets[offset] = code;
			offset += 1;
			index += 1;
			// Where there is one there are more, mostly: four at a time.
			while (offset <= last) {
				code = charCodeAt.call(piece, index);
				if (!(code < 0x80)) break;
				octets[offset] = code;
				code = charCodeAt.call(piece, index + 1);
				if (!(code < 0x80)) {
					offset += 1;
					index += 1;
					break;
				}
				octets[offset + 1] = code;
				code = charCodeAt.call(piece, index + 2);
				if (!(code < 0x80)) {
					offset += 2;
					index += 2;
					break;
				}
				octets[offset + 2] = code;
				code = charCodeAt.call(piece, index + 3);
				if (!(code < 0x80)) {
					offset += 3;
					index += 3;
					break;
				}
				octets[offset + 3] = code;
				offset += 4;
				index += 4;
			}
		} else if (code < 0x800) {
			if (offset + 2 > limit) break;
			octets[offset] = 0xc0 | (code >> 6);
			octets[offset + 1] = 0x80 | (code & 0x3f);
			offset += 2;
			index += 1;
		} else if (!(code >= 0x800)) {
			index = -1;
			break;
		} else if (isPair(code, piece, index + 1)) {
			if (offset + 4 > limit) break;
			code = 0x10000 + ((code & 0x3ff) << 10) + (charCodeAt.call(piece, index + 1) & 0x3ff);
			octets[offset] = 0xf0 | (code >> 18);
			octets[offset + 1] = 0x80 | ((code >> 12) & 0x3f);
			octets[offset + 2] = 0x80 | ((code >> 6) & 0x3f);
			octets[offset + 3] = 0x80 | (code & 0x3f);
			offset += 4;
			index += 2;
		} else {
			if (offset + 3 > limit) break;
			if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
			octets[offset] = 0xe0 | (code >> 12);
			octets[offset + 1] = 0x80 | ((code >> 6) & 0x3f);
			octets[offset + 2] = 0x80 | (code & 0x3f);
			offset += 3;
			index += 1;
		}
	}
	sink.end = offset;
	return index;
}

/** The octets of `text` in UTF-8. For definitions: it allocates. */
export function utf8(text: string): Uint8Array {
	const octets = new Uint8Array(utf8Length(text));
	encodeUtf8(text, 0, { octets, end: 0, limit: octets.length });
	return octets;
}

/** Collects octets and gives the string they are in UTF-8; what is not UTF-8 becomes U+FFFD (WHATWG Encoding §8.1.1). */
export class Utf8Decoder {
	/** Whether all there was is UTF-8. After `end`. */
	isWellFormed = true;
	#text = "";
	#code = 0;
	#needed = 0;
	#lower = 0x80;
	#upper = 0xbf;

	push(octet: number): void {
		if (this.#needed > 0) {
			if (octet >= this.#lower && octet <= this.#upper) {
				this.#lower = 0x80;
				this.#upper = 0xbf;
				this.#code = (this.#code << 6) | (octet & 0x3f);
				this.#needed -= 1;
				if (this.#needed === 0) this.#text += String.fromCodePoint(this.#code);
				return;
			}
			this.#needed = 0;
			this.#lower = 0x80;
			this.#upper = 0xbf;
			this.replace();
		}
		if (octet < 0x80) this.#text += String.fromCharCode(octet);
		else if (octet >= 0xc2 && octet <= 0xdf) this.begin(octet & 0x1f, 1);
		else if (octet >= 0xe0 && octet <= 0xef) {
			if (octet === 0xe0) this.#lower = 0xa0;
			if (octet === 0xed) this.#upper = 0x9f;
			this.begin(octet & 0x0f, 2);
		} else if (octet >= 0xf0 && octet <= 0xf4) {
			if (octet === 0xf0) this.#lower = 0x90;
			if (octet === 0xf4) this.#upper = 0x8f;
			this.begin(octet & 0x07, 3);
		} else this.replace();
	}

	private replace(): void {
		this.#text += "\ufffd";
		this.isWellFormed = false;
	}

	private begin(bits: number, needed: number): void {
		this.#code = bits;
		this.#needed = needed;
	}

	end(): string {
		if (this.#needed > 0) this.replace();
		return this.#text;
	}
}
