// TextEncoder and TextDecoder for UTF-8 as the Encoding Standard has them, for the tests that hold the core's own coders to
// them on an engine whose are others: XS encodes surrogates that stand alone as they are. In bundles only; held to Node's
// own by xs.test.ts. No platform is named here.

const REPLACEMENT = 0xfffd;

/** One octet after the other of what a code point is in UTF-8. */
function pushCodePoint(octets: number[], codePoint: number): void {
	if (codePoint < 0x80) return void octets.push(codePoint);
	if (codePoint < 0x800) return void octets.push(0xc0 | (codePoint >> 6), 0x80 | (codePoint & 0x3f));
	if (codePoint < 0x10000) {
		return void octets.push(0xe0 | (codePoint >> 12), 0x80 | ((codePoint >> 6) & 0x3f), 0x80 | (codePoint & 0x3f));
	}
	octets.push(
		0xf0 | (codePoint >> 18),
		0x80 | ((codePoint >> 12) & 0x3f),
		0x80 | ((codePoint >> 6) & 0x3f),
		0x80 | (codePoint & 0x3f),
	);
}

export class TextEncoder {
	encode(text: string): Uint8Array {
		const octets: number[] = [];
		for (const character of text) {
			const codePoint = character.codePointAt(0) as number;
			pushCodePoint(octets, codePoint >= 0xd800 && codePoint <= 0xdfff ? REPLACEMENT : codePoint);
		}
		return Uint8Array.from(octets);
	}
}

export class TextDecoder {
	readonly #isFatal: boolean;

	constructor(label: string, options: { readonly fatal?: boolean; readonly ignoreBOM?: boolean }) {
		if (label !== "utf-8") throw new RangeError(`no ${label} here`);
		if (options.fatal !== true && options.ignoreBOM !== true)
			throw new RangeError("a byte order mark is not removed here");
		this.#isFatal = options.fatal ?? false;
	}

	/** The "UTF-8 decoder" of the Encoding Standard, step by step. */
	decode(octets: Uint8Array): string {
		const characters: string[] = [];
		let codePoint = 0;
		let needed = 0;
		let lower = 0x80;
		let upper = 0xbf;
		const put = (one: number) => void characters.push(String.fromCodePoint(one));
		const fail = () => {
			if (this.#isFatal) throw new TypeError("not UTF-8");
			put(REPLACEMENT);
		};
		const begin = (octet: number) => {
			if (octet < 0x80) return put(octet);
			if (octet < 0xc2 || octet > 0xf4) return fail();
			if (octet === 0xe0) lower = 0xa0;
			if (octet === 0xed) upper = 0x9f;
			if (octet === 0xf0) lower = 0x90;
			if (octet === 0xf4) upper = 0x8f;
			needed = octet < 0xe0 ? 1 : octet < 0xf0 ? 2 : 3;
			codePoint = octet & (0x3f >> needed);
		};
		for (const octet of octets) {
			if (needed === 0) {
				begin(octet);
				continue;
			}
			const fits = octet >= lower && octet <= upper;
			lower = 0x80;
			upper = 0xbf;
			if (!fits) {
				needed = 0;
				fail();
				begin(octet);
				continue;
			}
			codePoint = (codePoint << 6) | (octet & 0x3f);
			needed -= 1;
			if (needed === 0) put(codePoint);
		}
		if (needed > 0) fail();
		return characters.join("");
	}
}
