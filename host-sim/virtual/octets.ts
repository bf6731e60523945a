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

/** The first `length` octets. */
export function latin1Text(octets: Uint8Array, length: number = octets.length): string {
	let text = "";
	for (let index = 0; index < length; index += 1) text += String.fromCharCode(octets[index] as number);
	return text;
}
