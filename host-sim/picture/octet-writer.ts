// Octets that grow as they are written, in either order of significance. For the capture.

export class OctetWriter {
	#octets = new Uint8Array(256);
	#length = 0;

	/** How many octets are written. */
	get length(): number {
		return this.#length;
	}

	/** All that is written, as a copy of its own. */
	toOctets(): Uint8Array {
		return this.#octets.slice(0, this.#length);
	}

	u8(value: number): void {
		this.#reserve(1);
		this.#octets[this.#length] = value;
		this.#length += 1;
	}

	/** The most significant octet first, as on the network. */
	u16(value: number): void {
		this.u8(value >>> 8);
		this.u8(value);
	}

	/** The most significant octet first, as on the network. */
	u32(value: number): void {
		this.u16(value >>> 16);
		this.u16(value);
	}

	/** The least significant octet first. */
	u16Little(value: number): void {
		this.u8(value);
		this.u8(value >>> 8);
	}

	/** The least significant octet first. */
	u32Little(value: number): void {
		this.u16Little(value);
		this.u16Little(value >>> 16);
	}

	octets(octets: Uint8Array): void {
		this.#reserve(octets.length);
		this.#octets.set(octets, this.#length);
		this.#length += octets.length;
	}

	/** Zeros up to the next multiple of four octets. */
	pad(): void {
		while (this.#length % 4 !== 0) this.u8(0);
	}

	/** Writes over two octets at `at`, the most significant first. */
	patchU16(at: number, value: number): void {
		this.#octets[at] = value >>> 8;
		this.#octets[at + 1] = value;
	}

	/** The Internet checksum (RFC 1071) of the octets from `start` on, with `sum` added to it first. */
	checksum(start: number, sum = 0): number {
		let total = sum;
		for (let index = start; index < this.#length; index += 2) {
			const low = index + 1 < this.#length ? (this.#octets[index + 1] as number) : 0;
			total += ((this.#octets[index] as number) << 8) + low;
		}
		while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
		return ~total & 0xffff;
	}

	#reserve(length: number): void {
		const needed = this.#length + length;
		if (needed <= this.#octets.length) return;
		const longer = new Uint8Array(Math.max(needed, 2 * this.#octets.length));
		longer.set(this.#octets.subarray(0, this.#length));
		this.#octets = longer;
	}
}
