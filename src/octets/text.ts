// Between strings and octets. ISO-8859-1 for what HTTP calls octets (field values), UTF-8 for what people write.
// Called when an app asks for a string or hands one over; never on the way of a request that does neither.

// On XS every property access on a primitive string leaves two slots behind: `call` leaves none, and lengths are asked
// for once.
const charCodeAt = String.prototype.charCodeAt;

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

/** How many octets `text` takes in UTF-8. A lone surrogate counts as U+FFFD, three octets. */
export function utf8Length(text: string): number {
	const count = text.length;
	let length = count;
	for (let index = 0; index < count; index += 1) {
		const code = charCodeAt.call(text, index);
		if (code < 0x80) continue;
		if (code < 0x800) length += 1;
		else if (isPair(text, index)) {
			length += 2;
			index += 1;
		} else length += 2;
	}
	return length;
}

function isPair(text: string, index: number): boolean {
	const code = charCodeAt.call(text, index);
	if (code < 0xd800 || code > 0xdbff) return false;
	const next = charCodeAt.call(text, index + 1);
	return next >= 0xdc00 && next <= 0xdfff;
}

/** Where an encoding of a string into octets stands: `index` in code units, `offset` in octets. */
export interface TextCursor {
	index: number;
	offset: number;
}

/**
 * Writes `text` in UTF-8 from code unit `cursor.index` to `octets` from `cursor.offset`, as many whole characters as fit
 * before `end`, and moves the cursor past them.
 */
export function encodeUtf8(text: string, cursor: TextCursor, octets: Uint8Array, end: number): void {
	let index = cursor.index;
	let offset = cursor.offset;
	const length = text.length;
	while (index < length) {
		let code = charCodeAt.call(text, index);
		if (code < 0x80) {
			if (offset >= end) break;
			octets[offset] = code;
			offset += 1;
			index += 1;
			continue;
		}
		if (code < 0x800) {
			if (offset + 2 > end) break;
			octets[offset] = 0xc0 | (code >> 6);
			octets[offset + 1] = 0x80 | (code & 0x3f);
			offset += 2;
			index += 1;
			continue;
		}
		if (isPair(text, index)) {
			if (offset + 4 > end) break;
			code = 0x10000 + ((code & 0x3ff) << 10) + (charCodeAt.call(text, index + 1) & 0x3ff);
			octets[offset] = 0xf0 | (code >> 18);
			octets[offset + 1] = 0x80 | ((code >> 12) & 0x3f);
			octets[offset + 2] = 0x80 | ((code >> 6) & 0x3f);
			octets[offset + 3] = 0x80 | (code & 0x3f);
			offset += 4;
			index += 2;
			continue;
		}
		if (offset + 3 > end) break;
		if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
		octets[offset] = 0xe0 | (code >> 12);
		octets[offset + 1] = 0x80 | ((code >> 6) & 0x3f);
		octets[offset + 2] = 0x80 | (code & 0x3f);
		offset += 3;
		index += 1;
	}
	cursor.index = index;
	cursor.offset = offset;
}

/** The octets of `text` in UTF-8. For definitions: it allocates. */
export function utf8(text: string): Uint8Array {
	const octets = new Uint8Array(utf8Length(text));
	encodeUtf8(text, { index: 0, offset: 0 }, octets, octets.length);
	return octets;
}

/** Collects octets and gives the string they are in UTF-8; what is not UTF-8 becomes U+FFFD (WHATWG Encoding §8.1.1). */
export class Utf8Decoder {
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
			this.#text += "\ufffd";
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
		} else this.#text += "\ufffd";
	}

	private begin(bits: number, needed: number): void {
		this.#code = bits;
		this.#needed = needed;
	}

	end(): string {
		if (this.#needed > 0) this.#text += "\ufffd";
		return this.#text;
	}
}
