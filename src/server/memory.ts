// The memory of a server: one stretch of octets for each receive buffer, one for all send buffers, and the cells of all
// field tables, made once by `listen`, where the platform's sockets can reach them best. What it costs can be printed before anything is allocated
// (docs/memory.md).

import type { Limits } from "../limits.js";
import { MEMO_START } from "../message/field-memo.js";
import { FIELD_ROW_CELLS, FieldTable } from "../message/field-table.js";
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

/** Two octets in each cell of a kept field's row. */
const FIELD_ROW_LENGTH = 2 * FIELD_ROW_CELLS;

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
	readonly #fieldCells: Uint16Array;
	#sendBase = 0;
	#fieldBase = 0;

	constructor(limits: Limits, platform: Platform) {
		this.#platform = platform;
		this.#limits = limits;
		this.#sendOctets = platform.allocateSend(limits.connections * aligned(limits.sendLength));
		this.#fieldCells = new Uint16Array(limits.connections * limits.fieldsKeptMax * FIELD_ROW_CELLS);
	}

	/** The receive buffer of the next connection. */
	receiveBuffer(): ReceiveBuffer {
		const { receiveLength } = this.#limits;
		const start = memoLength(this.#limits);
		return new ReceiveBuffer(this.#platform.allocateReceive(start, receiveLength), start, receiveLength);
	}

	/** The field table of the next connection. */
	fieldTable(): FieldTable {
		const { fieldsKeptMax } = this.#limits;
		const base = this.#fieldBase;
		this.#fieldBase += fieldsKeptMax * FIELD_ROW_CELLS;
		return new FieldTable(this.#fieldCells, base, fieldsKeptMax);
	}

	/** The send buffer of the next connection. */
	sendBuffer(): SendBuffer {
		const { sendLength } = this.#limits;
		const base = this.#sendBase;
		this.#sendBase += aligned(sendLength);
		return new SendBuffer(this.#sendOctets, base, sendLength);
	}
}
