// The path of a request target in the one form that routes are matched against (docs/paths.md): every percent-encoding
// decoded once, but "%2F" and "%25", which stay so that no data can be taken for a separator or be decoded twice; dot
// segments removed (RFC 3986 §5.2.4).

import { DIGIT_0, DOT, LETTER_F, PERCENT, PLUS, SLASH, SP } from "../octets/ascii.js";
import { HEX_DIGIT } from "../octets/classes.js";
import { Utf8Decoder } from "../octets/text.js";

const DIGIT_2 = DIGIT_0 + 2;
const DIGIT_5 = DIGIT_0 + 5;

/**
 * Writes the canonical form of a validated path (`octets[start, end)`, beginning with "/") to `to` from offset 0; returns
 * its length, which is never more than the path's. `to` may not overlap the path.
 */
export function canonicalPath(octets: Uint8Array, start: number, end: number, to: Uint8Array): number {
	let index = start;
	let length = 0;
	while (index < end) {
		// At a "/": write it and the segment behind it, then see what the segment was.
		const segmentStart = length;
		to[length] = SLASH;
		length += 1;
		index += 1;
		while (index < end && octets[index] !== SLASH) {
			let octet = octets[index] as number;
			index += 1;
			if (octet === PERCENT) {
				octet =
					(((HEX_DIGIT[octets[index] as number] as number) - 1) << 4) |
					((HEX_DIGIT[octets[index + 1] as number] as number) - 1);
				index += 2;
				if (octet === SLASH || octet === PERCENT) {
					to[length] = PERCENT;
					to[length + 1] = DIGIT_2;
					to[length + 2] = octet === SLASH ? LETTER_F : DIGIT_5;
					length += 3;
					continue;
				}
			}
			to[length] = octet;
			length += 1;
		}
		const segmentLength = length - segmentStart - 1;
		if (segmentLength > 2 || segmentLength === 0 || to[segmentStart + 1] !== DOT) continue;
		if (segmentLength === 2 && to[segmentStart + 2] !== DOT) continue;
		length = segmentLength === 1 ? segmentStart : previousSegment(to, segmentStart);
		// A dot segment at the very end leaves the "/" before it: "/a/.." is "/", "/a/." is "/a/".
		if (index === end) {
			to[length] = SLASH;
			length += 1;
		}
	}
	return length;
}

/** Where the segment before `offset` begins, with its "/"; 0 at the root, which has no parent. */
function previousSegment(path: Uint8Array, offset: number): number {
	let index = offset;
	while (index > 0) {
		index -= 1;
		if (path[index] === SLASH) break;
	}
	return index;
}

/** The text of `octets[start, end)`, percent-decoded and read as UTF-8. `plusIsSpace`: as forms write a space. */
export function decodeText(octets: Uint8Array, start: number, end: number, plusIsSpace: boolean): string {
	const decoder = new Utf8Decoder();
	for (let index = start; index < end; index += 1) {
		let octet = octets[index] as number;
		if (octet === PERCENT && index + 2 < end) {
			const high = HEX_DIGIT[octets[index + 1] as number] as number;
			const low = HEX_DIGIT[octets[index + 2] as number] as number;
			if (high > 0 && low > 0) {
				octet = ((high - 1) << 4) | (low - 1);
				index += 2;
			}
		} else if (plusIsSpace && octet === PLUS) octet = SP;
		decoder.push(octet);
	}
	return decoder.end();
}
