// The octets that the SDK's sockets fill and send. `read` fills a view and `write` sends one, always all of it, so that
// each length needs a view of that length: four heap slots of garbage on XS each time. What is here makes do with views
// that follow the length of their buffer. The first layer of the platform, which is one object for the sake of memory: platform.ts
// extends timer.ts, which extends this. For the transports.
//
// - A receive buffer is a buffer of its own. What arrives while it is empty is read straight into it: the buffer is made as
//   short as what is there, filled, and made long again. (Shortening drops what stands behind; nothing does.)
// - Everything else passes through the window, a stretch behind the send buffers, in the same buffer as they. Making it
//   short or long touches nothing but itself, and between the send buffers and the window `copyWithin` copies without
//   garbage; between it and another buffer `set` does.
//
// Every buffer is long again before anything else happens: the engine's collector gives away what a shortened one no longer
// covers (fxSweep and fxRenewChunk in xs/sources/xsMemory.c), and making it long would then need memory for all of it.

import type { TcpSocket } from "./sockets.js";

/** The longest window: a segment, as most networks have it, passes through it at once. */
const WINDOW_LENGTH_MAX = 1536;

/** A receive buffer, and what stands before it: the octets themselves, as the server has them. One object for the sake of memory. */
export class Region extends Uint8Array<ArrayBuffer> {
	/** A part of a region is no region. */
	static get [Symbol.species](): Uint8ArrayConstructor {
		return Uint8Array;
	}

	/** Where the receive buffer begins; what stands before it is no socket's. */
	readonly start: number;
	/** The receive buffer: where nothing stands before it, the region itself does for both. */
	private readonly filled: Uint8Array;

	constructor(buffer: ArrayBuffer, start: number) {
		// What is to be filled follows the length of the buffer.
		super(buffer, 0, start === 0 ? undefined : buffer.byteLength);
		this.start = start;
		this.filled = start === 0 ? this : new Uint8Array(buffer, start);
	}

	/**
	 * Fills the first `count` octets of the receive buffer, which ends at `end`; those behind them are lost. If it throws, the
	 * buffer stays short until it is lengthened.
	 */
	fillFrom(tcp: TcpSocket, count: number, end: number): void {
		const buffer = this.buffer;
		buffer.resize(this.start + count);
		tcp.read(this.filled);
		buffer.resize(end);
	}

	/** The buffer has its length again. */
	lengthen(): void {
		this.buffer.resize(this.buffer.maxByteLength);
	}
}

export abstract class SocketMemory {
	/** Whether the sockets can be given octets that lie in flash. */
	readonly canSendFlash: boolean;
	private readonly windowLength: number;
	private buffer: ArrayBuffer = new ArrayBuffer(0);
	/** The send buffers and the window. */
	private sendOctets: Uint8Array = new Uint8Array(0);
	/** The window. */
	private window: Uint8Array = this.sendOctets;
	private windowStart = 0;
	/** The same memory as `sendOctets`, in words; null until a part was sent of something. */
	private words: DataView | null = null;
	/** What a part was sent of last, and its words: a stream is sent part by part. */
	private source: Uint8Array | null = null;
	private sourceWords: DataView | null = null;

	/**
	 * `canSendFlash`: whether the sockets can be given octets that lie in flash. `bufferLength`: the longest buffer of a
	 * connection; what is longer than the window passes in pieces.
	 */
	constructor(canSendFlash: boolean, bufferLength: number) {
		this.canSendFlash = canSendFlash;
		this.windowLength = Math.min(WINDOW_LENGTH_MAX, bufferLength);
	}

	/** A buffer that can be made shorter, all zero. The simulator has some that were used before. */
	protected newBuffer(length: number): ArrayBuffer {
		return new ArrayBuffer(length, { maxByteLength: length });
	}

	allocateReceive(start: number, length: number): Uint8Array {
		return new Region(this.newBuffer(start + length), start);
	}

	allocateSend(length: number): Uint8Array {
		const start = (length + 7) & ~7;
		const whole = start + this.windowLength;
		const buffer = this.newBuffer(whole);
		this.buffer = buffer;
		this.windowStart = start;
		this.window = new Uint8Array(buffer, start);
		this.sendOctets = new Uint8Array(buffer);
		return this.sendOctets;
	}

	/** The window: between two calls of a socket nobody needs it. */
	allocateScratch(length: number): Uint8Array {
		return length <= this.windowLength ? this.window : new Uint8Array(length);
	}

	/**
	 * Puts `count` octets, which are there, into `octets` at `start`. If it throws, the window stays short until it is
	 * lengthened.
	 */
	fill(tcp: TcpSocket, octets: Uint8Array, start: number, count: number): void {
		if (count === 0) return;
		const buffer = this.buffer;
		const window = this.window;
		const windowStart = this.windowStart;
		const windowLength = this.windowLength;
		let target = start;
		let rest = count;
		while (rest > windowLength) {
			tcp.read(window);
			octets.set(window, target);
			target += windowLength;
			rest -= windowLength;
		}
		buffer.resize(windowStart + rest);
		tcp.read(window);
		octets.set(window, target);
		buffer.resize(windowStart + windowLength);
	}

	/** The window has its length again. */
	lengthen(): void {
		this.buffer.resize(this.windowStart + this.windowLength);
	}

	/** Reads `count` octets, which are there, and drops them. */
	drop(tcp: TcpSocket, count: number): void {
		for (let rest = count; rest > 0; rest -= this.windowLength) {
			this.buffer.resize(this.windowStart + (rest < this.windowLength ? rest : this.windowLength));
			try {
				tcp.read(this.window);
			} finally {
				this.buffer.resize(this.windowStart + this.windowLength);
			}
		}
	}

	/**
	 * Writes `length` octets of `octets` from `start`; there is room. Returns the room left, or undefined when not all of
	 * them were taken. Throws what the socket throws.
	 */
	send(tcp: TcpSocket, octets: Uint8Array, start: number, length: number): number | undefined {
		// A view that is there already: a prebuilt response, say.
		if (this.canSendFlash && start === 0 && length === octets.length) return tcp.write(octets);
		let room: number | undefined;
		let source = start;
		for (let rest = length; rest > 0; ) {
			const count = rest < this.windowLength ? rest : this.windowLength;
			this.fillWindow(octets, source, count);
			this.buffer.resize(this.windowStart + count);
			try {
				room = tcp.write(this.window);
			} finally {
				this.buffer.resize(this.windowStart + this.windowLength);
			}
			if (room === undefined) return room;
			source += count;
			rest -= count;
		}
		return room;
	}

	private fillWindow(octets: Uint8Array, start: number, count: number): void {
		if (octets === this.sendOctets) {
			octets.copyWithin(this.windowStart, start, start + count);
			return;
		}
		// Of what fits the window as a whole, a part takes no view: the pieces of a packed resource are all other sources.
		if (octets.length <= this.windowLength) {
			this.window.set(octets);
			if (start > 0)
				this.sendOctets.copyWithin(this.windowStart, this.windowStart + start, this.windowStart + start + count);
			return;
		}
		if (octets !== this.source || this.sourceWords === null) {
			this.source = octets;
			this.sourceWords = new DataView(octets.buffer, octets.byteOffset, octets.length);
		}
		this.words ??= new DataView(this.buffer);
		this.copyWords(this.sourceWords, this.words, start, count);
	}

	/** Fills the window with a part of another buffer: sixteen octets at a time, for six byte codes of XS each. */
	private copyWords(from: DataView, to: DataView, start: number, count: number): void {
		const whole = this.windowStart + (count & ~15);
		const end = this.windowStart + count;
		let source = start;
		let target = this.windowStart;
		while (target < whole) {
			to.setInt32(target, from.getInt32(source));
			to.setInt32(target + 4, from.getInt32(source + 4));
			to.setInt32(target + 8, from.getInt32(source + 8));
			to.setInt32(target + 12, from.getInt32(source + 12));
			source += 16;
			target += 16;
		}
		while (target < end) {
			to.setUint8(target, from.getUint8(source));
			source += 1;
			target += 1;
		}
	}
}
