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
}

export class BufferShelf {
	/** Those that were on their way when a simulation ended are lost. */
	readonly segments = new SegmentPool();
	/** By their lengths: all of them, those that are in use first. */
	readonly #byLength = new Map<number, ShelvedBuffer[]>();
	readonly #usedCounts = new Map<number, number>();

	/** A buffer that can be made shorter, all zero. */
	take(length: number): ArrayBuffer {
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
			buffers.push({ buffer, octets: new Uint8Array(buffer) });
			return buffer;
		}
		if (one.buffer.byteLength < length) one.buffer.resize(length);
		one.octets.fill(0);
		return one.buffer;
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

	/**
	 * A region that has its shape in common with all others: of a class that extends Uint8Array, V8 gives each object on such a
	 * buffer a shape of its own (JSFunction::GetDerivedRabGsabTypedArrayMap), and code that meets hundreds of shapes is slow.
	 */
	override allocateReceive(start: number, length: number): Uint8Array {
		const region = Reflect.construct(Region, [this.newBuffer(start + length), start], Uint8Array) as Region;
		return Object.setPrototypeOf(region, Region.prototype) as Region;
	}

	/** The window, which is made short and long all the time, begins with a page. */
	override allocateSend(length: number): Uint8Array {
		return super.allocateSend(Math.ceil(length / PAGE_LENGTH) * PAGE_LENGTH);
	}
}
