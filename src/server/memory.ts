// The memory of a server: one stretch of octets for all buffers, laid out once by `listen`. What it costs can be printed
// before anything is allocated (docs/memory.md).

import type { Limits } from "../limits.js";

/** What a server will allocate, in octets. */
export interface MemoryCost {
	/** The receive buffer, send buffer and field table of one connection. */
	readonly connectionLength: number;
	/** What all connections share. */
	readonly sharedLength: number;
	/** All of it, objects of the engine not counted. */
	readonly totalLength: number;
}

/** Five columns of two octets for each kept field (src/message/field-table.ts). */
const FIELD_ROW_LENGTH = 10;

/** Buffers begin at a multiple of eight, so that octets can be compared several at a time. */
function aligned(length: number): number {
	return (length + 7) & ~7;
}

/** What a server with these limits costs. */
export function memoryCost(limits: Limits): MemoryCost {
	const buffers = aligned(limits.receiveLength) + aligned(limits.sendLength);
	const connectionLength = buffers + limits.fieldsKeptMax * FIELD_ROW_LENGTH;
	const sharedLength = aligned(limits.targetLengthMax);
	return { connectionLength, sharedLength, totalLength: sharedLength + limits.connections * connectionLength };
}

/** Hands out the stretch, piece by piece, while a server is made. */
export class Memory {
	readonly octets: Uint8Array;
	#offset = 0;

	constructor(limits: Limits) {
		const buffers = aligned(limits.receiveLength) + aligned(limits.sendLength);
		this.octets = new Uint8Array(limits.connections * buffers);
	}

	/** The offset of the next `length` octets. */
	take(length: number): number {
		const offset = this.#offset;
		this.#offset += aligned(length);
		return offset;
	}
}
