// A loopback socket that behaves like a board's: so much room and no more, so much unread and no more, told on arrival
// only. A decorator around Node's transport, for BoardPort.

import type { Socket } from "node:net";
import { NodeTransport } from "../platform/node/transport.js";
import { writeParts } from "../src/server/parts.js";
import type { Transport, TransportOwner } from "../src/server/platform.js";
import type { Profile } from "./profiles.js";

export class BoardTransport implements Transport, TransportOwner {
	owner: TransportOwner | null = null;
	readonly #socket: Socket;
	readonly #inner: NodeTransport;
	readonly #profile: Profile;
	readonly #onWrite: (length: number) => void;
	/** What has arrived and was not read: the octets from `#start` to `#end`. */
	readonly #window: Uint8Array;
	#start = 0;
	#end = 0;
	/** Whether the inner transport may hold octets that are still on their way, as far as the board can tell. */
	#isMoreUnderWay = false;
	#isPullDue = false;
	#hasEnded = false;
	#isClosed = false;
	#room: number;
	#flushedLength = 0;
	#isRoomDue = false;

	/** `onWrite`: told how much each write took. */
	constructor(socket: Socket, profile: Profile, onWrite: (length: number) => void = () => {}) {
		this.#socket = socket;
		this.#profile = profile;
		this.#onWrite = onWrite;
		this.#room = profile.sendLength;
		this.#window = new Uint8Array(profile.windowLength);
		this.#inner = new NodeTransport(socket);
		this.#inner.owner = this;
	}

	get remoteAddress(): string {
		return this.#inner.remoteAddress;
	}

	get room(): number {
		return this.#socket.writable ? this.#room : 0;
	}

	get copiesParts(): boolean {
		return this.#profile.canSendFlash && this.#profile.segmentsMax === undefined;
	}

	get isDrained(): boolean {
		return this.#room === this.#profile.sendLength;
	}

	get unread(): number {
		return this.#end - this.#start;
	}

	// ---- Receiving ----

	read(octets: Uint8Array, start: number, length: number): number {
		const count = Math.min(length, this.unread);
		if (count === 0) return 0;
		octets.set(this.#window.subarray(this.#start, this.#start + count), start);
		this.#start += count;
		if (this.#isMoreUnderWay || this.#hasEnded) this.#pullLater();
		return count;
	}

	readable(): void {
		// While a pull is due, what comes now waits for it: the order is the same, and so is the turn.
		if (!this.#isPullDue && this.#pull() > 0) this.owner?.readable();
	}

	/** Lets in what the window has room for; the rest holds the client back. */
	#pull(): number {
		const window = this.#window;
		window.copyWithin(0, this.#start, this.#end);
		this.#end -= this.#start;
		this.#start = 0;
		let pulled = 0;
		for (;;) {
			const free = window.length - this.#end;
			this.#isMoreUnderWay = free === 0;
			if (free === 0) return pulled;
			const count = this.#inner.read(window, this.#end, free);
			if (count === 0) return pulled;
			this.#end += count;
			pulled += count;
		}
	}

	/** The window has opened: what the client sends into it arrives in a later turn. */
	#pullLater(): void {
		if (this.#isPullDue) return;
		this.#isPullDue = true;
		setImmediate(() => {
			this.#isPullDue = false;
			if (this.#isClosed) return;
			if (this.#pull() > 0) this.owner?.readable();
			this.#tellEnd();
		});
	}

	ended(): void {
		this.#hasEnded = true;
		this.#tellEnd();
	}

	#tellEnd(): void {
		if (this.#hasEnded && this.unread === 0) this.owner?.ended();
	}

	failed(): void {
		const { owner } = this;
		this.#leave();
		owner?.failed();
	}

	// ---- Sending ----

	/** Takes all of it. Throws RangeError when it is more than the room, as the board's `write` throws "would block". */
	write(octets: Uint8Array, start: number, length: number): void {
		const room = this.#room;
		if (length > room) throw new RangeError(`would block: write of ${length} octets into a room of ${room}`);
		// Since the server asked for the room, the socket may have found its connection lost: that is told in a later turn.
		if (!this.#socket.writable) return;
		this.#room -= length;
		this.#onWrite(length);
		this.#socket.write(Buffer.from(octets.subarray(start, start + length)), (error) => {
			if (!error) this.#flushed(length);
		});
	}

	writeMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void {
		writeParts(this, head, headEnd, content);
	}

	/** A board sends at once. */
	flush(): void {}

	/** The inner transport's own buffer has nothing to do with the board's room. */
	writable(): void {}

	/** The room comes back when the octets have left, in a later turn, as with an acknowledgement. */
	#flushed(length: number): void {
		this.#flushedLength += length;
		if (this.#isRoomDue) return;
		this.#isRoomDue = true;
		setImmediate(() => {
			this.#isRoomDue = false;
			this.#room += this.#flushedLength;
			this.#flushedLength = 0;
			this.owner?.writable();
		});
	}

	// ---- Closing ----

	end(): boolean {
		return this.#profile.canEnd && this.#inner.end();
	}

	close(): void {
		this.#leave();
		this.#inner.close();
	}

	abort(): void {
		this.#leave();
		this.#inner.abort();
	}

	#leave(): void {
		this.owner = null;
		this.#isClosed = true;
	}
}
