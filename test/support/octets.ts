// Strings of one character for each octet, and UTF-8 by the host's own coders: independent of what is tested. No platform
// is named here but TextEncoder and TextDecoder, which Node and the XS engine of the tests have.

/** How many characters are looked at in one string: XS finds the nth by counting from the first. */
const PIECE = 256;

/** The octets of a text whose characters are octets. */
export function octetsOf(text: string): Uint8Array {
	const octets = new Uint8Array(text.length);
	for (let start = 0; start < octets.length; start += PIECE) {
		const piece = text.slice(start, start + PIECE);
		for (let index = 0; index < piece.length; index += 1) octets[start + index] = piece.charCodeAt(index);
	}
	return octets;
}

/** One character for each octet. */
export function textOf(octets: Uint8Array): string {
	const pieces: string[] = [];
	for (let start = 0; start < octets.length; start += PIECE) {
		pieces.push(String.fromCharCode(...octets.subarray(start, start + PIECE)));
	}
	return pieces.join("");
}

/** The text as UTF-8, one character for each octet. */
export function toUtf8(text: string): string {
	return textOf(new TextEncoder().encode(text));
}

/** What UTF-8 of one character for each octet says. */
export function fromUtf8(text: string): string {
	return new TextDecoder("utf-8", { ignoreBOM: true }).decode(octetsOf(text));
}

/** How many octets the text has as UTF-8. */
export function utf8LengthOf(text: string): number {
	return new TextEncoder().encode(text).length;
}
