// A fingerprint of 64 bits of what has passed, the same on every engine. For the search.

const FNV_PRIME = 0x01000193;
const FNV_OFFSET = 0x811c9dc5;
/** The second half is a hash of the states that the first has gone through. */
const OTHER_FACTOR = 0x2545f491;

export class Hash {
	one = FNV_OFFSET | 0;
	other = 0;

	number(value: number): void {
		this.one = Math.imul(this.one ^ (value | 0), FNV_PRIME);
		this.other = Math.imul(this.other, OTHER_FACTOR) ^ this.one;
	}

	/** Returns whether `wanted` is one of them: whoever looks at each octet can as well look for one. */
	octets(octets: Uint8Array, start: number, end: number, wanted = -1): boolean {
		let { one, other } = this;
		let isThere = false;
		for (let index = start; index < end; index += 1) {
			const octet = octets[index] as number;
			if (octet === wanted) isThere = true;
			one = Math.imul(one ^ octet, FNV_PRIME);
			other = Math.imul(other, OTHER_FACTOR) ^ one;
		}
		this.one = one;
		this.other = other;
		this.number(end - start);
		return isThere;
	}

	/** Adds another one: in whatever order several are added, the sum is the same. */
	add(hash: Hash): void {
		this.one = (this.one + hash.one) | 0;
		this.other = (this.other + hash.other) | 0;
	}

	get text(): string {
		return hexadecimal(this.one) + hexadecimal(this.other);
	}

	static fromText(text: string): Hash {
		const hash = new Hash();
		hash.one = Number.parseInt(text.slice(0, 8), 16) | 0;
		hash.other = Number.parseInt(text.slice(8), 16) | 0;
		return hash;
	}

	/** What others are added to. */
	static sum(): Hash {
		const hash = new Hash();
		hash.one = 0;
		return hash;
	}
}

function hexadecimal(word: number): string {
	return (word >>> 0).toString(16).padStart(8, "0");
}
