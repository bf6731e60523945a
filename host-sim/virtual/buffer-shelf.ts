// Memory of simulated boards that is used again by the next: the segments of the network, and the buffers of the adapter, which
// can be made shorter; an engine may take each of these from the system, and give it back. For whoever plays one simulation
// after the other.

import { Region } from "../../platform/moddable/memory.js";
import { type ModdableOptions, ModdablePlatform } from "../../platform/moddable/platform.js";
import type { Sockets } from "../../platform/moddable/sockets.js";
import { SegmentPool } from "../sdk/segment.js";

/** What a system gives out at a time: making a buffer shorter or longer within one of them asks nothing of it. */
const PAGE_LENGTH = 4096;

interface ShelvedBuffer {
	readonly buffer: ArrayBuffer;
	readonly octets: Uint8Array;
	/** What a board made of it that had it as a receive buffer. */
	region: Region | null;
}

/**
 * A region that has its shape in common with all others: of a class that extends Uint8Array, V8 gives each object on a buffer that
 * can be resized a shape of its own (JSFunction::GetDerivedRabGsabTypedArrayMap), and code that meets many shapes is slow.
 */
function regionOf(buffer: ArrayBuffer, start: number): Region {
	const region = Reflect.construct(Region, [buffer, start], Uint8Array) as Region;
	return Object.setPrototypeOf(region, Region.prototype) as Region;
}

export class BufferShelf {
	/** Those that were on their way when a simulation ended are lost. */
	readonly segments = new SegmentPool();
	/** By their lengths: all of them, those that are in use first. */
	readonly #byLength = new Map<number, ShelvedBuffer[]>();
	readonly #usedCounts = new Map<number, number>();

	/** A buffer that can be made shorter, all zero. */
	take(length: number): ArrayBuffer {
		return this.#take(length).buffer;
	}

	/** A region on such a buffer. */
	takeRegion(start: number, length: number): Region {
		const one = this.#take(start + length);
		if (one.region?.start !== start) one.region = regionOf(one.buffer, start);
		return one.region;
	}

	#take(length: number): ShelvedBuffer {
		let buffers = this.#byLength.get(length);
		if (buffers === undefined) {
			buffers = [];
			this.#byLength.set(length, buffers);
		}
		const used = this.#usedCounts.get(length) ?? 0;
		this.#usedCounts.set(length, used + 1);
		const one = buffers[used];
		if (one === undefined) {
			const buffer = new ArrayBuffer(length, { maxByteLength: length });
			const made = { buffer, octets: new Uint8Array(buffer), region: null };
			buffers.push(made);
			return made;
		}
		if (one.buffer.byteLength < length) one.buffer.resize(length);
		one.octets.fill(0);
		return one;
	}

	/** Nobody uses any of them any more. */
	takeBack(): void {
		this.#usedCounts.clear();
	}
}

/** The adapter to the SDK's sockets, with buffers from a shelf. */
export class ShelvedPlatform extends ModdablePlatform {
	readonly #shelf: BufferShelf;

	constructor(shelf: BufferShelf, sockets: Sockets, options: ModdableOptions) {
		super(sockets, options);
		this.#shelf = shelf;
	}

	protected override newBuffer(length: number): ArrayBuffer {
		return this.#shelf.take(length);
	}

	override allocateReceive(start: number, length: number): Uint8Array {
		return this.#shelf.takeRegion(start, length);
	}

	/** The window, which is made short and long all the time, begins with a page. */
	override allocateSend(length: number): Uint8Array {
		return super.allocateSend(Math.ceil(length / PAGE_LENGTH) * PAGE_LENGTH);
	}
}
