// The octets a connection is about to send: one fixed stretch of the server's memory and two cursors.
//
//     base ≤ start ≤ end ≤ limit
//
// Octets from `start` to `end` wait for the transport.

export class SendBuffer {
	readonly octets: Uint8Array;
	readonly base: number;
	readonly limit: number;
	start: number;
	end: number;

	constructor(octets: Uint8Array, base: number, length: number) {
		this.octets = octets;
		this.base = base;
		this.limit = base + length;
		this.start = base;
		this.end = base;
	}

	clear(): void {
		this.start = this.base;
		this.end = this.base;
	}

	get pending(): number {
		return this.end - this.start;
	}
}
