// The memory of a server: one stretch of octets for each receive buffer and one for all send buffers, made once by `listen`,
// where the platform's sockets can reach them best. What it costs can be printed before anything is allocated
// (docs/memory.md).

import type { Limits } from "../limits.js";
import { ContentReader } from "../message/content.js";
import { fieldsLength, headShareLength } from "../message/head.js";
import type { DateLine } from "../response/date.js";
import { ResponseWriter } from "../response/response-writer.js";
import type { Platform } from "./platform.js";

/** What a server will allocate, in octets. */
export interface MemoryCost {
	/** The receive buffer, send buffer and field table of one connection, and what is noted of its head. */
	readonly connectionLength: number;
	/** What all connections share, where it is not the platform's window (platform/moddable). */
	readonly sharedLength: number;
	/** All of it, objects of the engine not counted. */
	readonly totalLength: number;
}

/** Buffers begin at a multiple of eight, so that octets can be compared several at a time. */
function aligned(length: number): number {
	return (length + 7) & ~7;
}

/** Where octets arrive in a receive buffer; in front of that, what is remembered of the last head. */
function receiveBase({ receiveLength, rememberedLength }: Limits): number {
	const half = receiveLength >> 1;
	return (rememberedLength < half ? rememberedLength : half) & ~7;
}

/** What a server with these limits costs. `keepsFields`: whether its app registers any; those of another have no table. */
export function memoryCost(limits: Limits, keepsFields = true): MemoryCost {
	const buffers = aligned(limits.receiveLength) + aligned(limits.sendLength);
	const fields = fieldsLength(keepsFields ? limits.fieldsKeptMax : 0);
	const connectionLength = buffers + fields + headShareLength(receiveBase(limits) > 0);
	const sharedLength = aligned(limits.targetLengthMax);
	return { connectionLength, sharedLength, totalLength: sharedLength + limits.connections * connectionLength };
}

/** Hands out the buffers, connection by connection, while a server is made. */
export class Memory {
	/** The receive buffers of the connections. */
	readonly receive: readonly ContentReader[];
	readonly #limits: Limits;
	readonly #sendOctets: Uint8Array;
	#sendBase = 0;

	constructor(limits: Limits, platform: Platform) {
		const base = receiveBase(limits);
		const length = limits.receiveLength - base;
		this.#limits = limits;
		this.#sendOctets = platform.allocateSend(limits.connections * aligned(limits.sendLength));
		this.receive = Array.from(
			{ length: limits.connections },
			(_, index) => new ContentReader(platform.allocateReceive(base, length), base, length, index),
		);
	}

	/** The send buffer of the next connection, and what writes responses into it. */
	responseWriter(date: DateLine): ResponseWriter {
		const { sendLength } = this.#limits;
		const base = this.#sendBase;
		this.#sendBase += aligned(sendLength);
		return new ResponseWriter(this.#sendOctets, base, sendLength, date);
	}
}
