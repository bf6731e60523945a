// Between text and octets, a character for each. For the simulation and its clients.

/** Throws RangeError for a character beyond U+00FF. */
export function octetsOf(text: string): Uint8Array {
	const octets = new Uint8Array(text.length);
	for (let index = 0; index < text.length; index += 1) {
		const code = text.charCodeAt(index);
		if (code > 255) throw new RangeError(`character ${index} is no octet: give octets for text beyond U+00FF`);
		octets[index] = code;
	}
	return octets;
}

/** The octets before `end`, from `start`. */
export function latin1Text(octets: Uint8Array, end: number = octets.length, start = 0): string {
	const { fromCharCode } = String;
	let text = "";
	let index = start;
	// Eight at a time: each piece that is added leaves an object behind.
	for (; index + 8 <= end; index += 8) {
		text += fromCharCode(
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
	for (; index < end; index += 1) text += fromCharCode(octets[index] as number);
	return text;
}
