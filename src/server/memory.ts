// The memory of a server: one stretch of octets for each receive buffer and one for all send buffers, made once by
// `listen`, where the platform's sockets can reach them best. What it costs can be printed before anything is allocated
// (docs/memory.md).

import type { Limits } from "../limits.js";
import { MEMO_START } from "../message/field-memo.js";
import { ReceiveBuffer } from "../message/receive-buffer.js";
import { SendBuffer } from "../response/send-buffer.js";
import type { Platform } from "./platform.js";

/** What a server will allocate, in octets. */
export interface MemoryCost {
	/** The receive buffer, send buffer, field table and remembered fields of one connection. */
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

/** What stands in front of a receive buffer (src/message/field-memo.ts). */
function memoLength({ rememberedLength }: Limits): number {
	return rememberedLength === 0 ? 0 : aligned(MEMO_START + rememberedLength);
}

/** What a server with these limits costs. */
export function memoryCost(limits: Limits): MemoryCost {
	const buffers = memoLength(limits) + aligned(limits.receiveLength) + aligned(limits.sendLength);
	const connectionLength = buffers + limits.fieldsKeptMax * FIELD_ROW_LENGTH;
	const sharedLength = aligned(limits.targetLengthMax);
	return { connectionLength, sharedLength, totalLength: sharedLength + limits.connections * connectionLength };
}

/** Hands out the buffers, connection by connection, while a server is made. */
export class Memory {
	readonly #platform: Platform;
	readonly #limits: Limits;
	readonly #sendOctets: Uint8Array;
	#sendBase = 0;

	constructor(limits: Limits, platform: Platform) {
		this.#platform = platform;
		this.#limits = limits;
		this.#sendOctets = platform.allocateSend(limits.connections * aligned(limits.sendLength));
	}

	/** The receive buffer of the next connection. */
	receiveBuffer(): ReceiveBuffer {
		const { receiveLength } = this.#limits;
		const start = memoLength(this.#limits);
		return new ReceiveBuffer(this.#platform.allocateReceive(start, receiveLength), start, receiveLength);
	}

	/** The send buffer of the next connection. */
	sendBuffer(): SendBuffer {
		const { sendLength } = this.#limits;
		const base = this.#sendBase;
		this.#sendBase += aligned(sendLength);
		return new SendBuffer(this.#sendOctets, base, sendLength);
	}
}
