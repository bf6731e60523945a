// A node:net socket as the server's Transport. What arrives is held, one chunk at a time, until the server has read it;
// while it is held the socket is paused, so that the client's window closes.

import type { Socket } from "node:net";
import { writeParts } from "../../src/server/parts.js";
import type { Transport, TransportOwner } from "../../src/server/platform.js";
import { SharedSocket } from "./shared-socket.js";

/** How many octets may wait in the socket before the server has to hold back. */
const SEND_ROOM_LENGTH = 65_536;

/** How many octets are joined before they are handed to the socket. */
const UNSENT_LENGTH_MAX = 16_384;

/** How long a closed connection has for octets its client does not take, in milliseconds without any progress. */
const CLOSE_TIMEOUT_MS = 15_000;

const NOTHING = Buffer.alloc(0);

/** Buffer's own, which takes any Uint8Array. */
const { latin1Slice } = Buffer.prototype as unknown as {
	latin1Slice: (this: Uint8Array, start: number, end: number) => string;
};

export class NodeTransport implements Transport {
	owner: TransportOwner | null = null;
	/** A socket that is closed does not know it any more. */
	readonly remoteAddress: string;
	readonly #socket: Socket;
	/** What has arrived: the octets from `#offset` to `#end` are not read yet. */
	#chunk: Buffer = NOTHING;
	#offset = 0;
	#end = 0;
	#isPaused = false;
	#hasEnded = false;
	#isClosed = false;
	/** What was written since the last `flush`, a character for each octet. */
	#unsent = "";

	constructor(socket: Socket) {
		this.#socket = socket;
		this.remoteAddress = socket.remoteAddress ?? "";
		if (socket instanceof SharedSocket) socket.arrived = (octets, length) => this.#arrivedShared(octets, length);
		else socket.on("data", (chunk: Buffer) => this.#arrived(chunk, chunk.length)).resume();
		socket.on("drain", () => this.owner?.writable());
		socket.on("end", () => this.#ended());
		socket.on("error", () => this.#failed());
		socket.on("close", () => this.#failed());
	}

	get room(): number {
		const room = SEND_ROOM_LENGTH - this.#socket.writableLength - this.#unsent.length;
		return room > 0 && this.#socket.writable ? room : 0;
	}

	readonly copiesParts = false;

	get isDrained(): boolean {
		return this.#socket.writableLength === 0 && this.#unsent === "";
	}

	get unread(): number {
		return this.#end - this.#offset;
	}

	read(octets: Uint8Array, start: number, length: number): number {
		const available = this.#end - this.#offset;
		if (available === 0) return 0;
		const count = available < length ? available : length;
		this.#chunk.copy(octets, start, this.#offset, this.#offset + count);
		this.#offset += count;
		if (count === available) this.#emptied();
		return count;
	}

	write(octets: Uint8Array, start: number, length: number): void {
		// What is given is not kept: the server's buffer is used again at once. A string of one character for each octet is the
		// cheapest copy: strings are joined, and the socket hands the whole to the system without making another.
		this.#unsent += latin1Slice.call(octets, start, start + length);
		if (this.#unsent.length >= UNSENT_LENGTH_MAX) this.flush();
	}

	writeMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void {
		writeParts(this, head, headEnd, content);
	}

	flush(): void {
		const unsent = this.#unsent;
		if (unsent === "") return;
		this.#unsent = "";
		this.#socket.write(unsent, "latin1");
	}

	end(): boolean {
		this.flush();
		this.#socket.end();
		return true;
	}

	close(): void {
		this.flush();
		this.#detach();
		const socket = this.#socket;
		socket.setTimeout(CLOSE_TIMEOUT_MS, () => socket.resetAndDestroy());
		socket.destroySoon();
	}

	abort(): void {
		this.#detach();
		this.#socket.resetAndDestroy();
	}

	#detach(): void {
		this.owner = null;
		this.#isClosed = true;
		this.#drop();
	}

	#drop(): void {
		this.#chunk = NOTHING;
		this.#offset = 0;
		this.#end = 0;
	}

	#arrived(chunk: Buffer, length: number): void {
		if (this.#isClosed) return;
		this.#chunk = chunk;
		this.#offset = 0;
		this.#end = length;
		this.owner?.readable();
		if (this.#offset === this.#end) return;
		this.#isPaused = true;
		this.#socket.pause();
	}

	/** What is left of them is kept: the octets are somebody else's in a moment. */
	#arrivedShared(octets: Buffer, length: number): void {
		this.#arrived(octets, length);
		const left = this.#end - this.#offset;
		if (left === 0) return;
		this.#chunk = Buffer.from(octets.subarray(this.#offset, this.#end));
		this.#offset = 0;
		this.#end = left;
	}

	#emptied(): void {
		this.#drop();
		if (this.#hasEnded) setImmediate(() => this.owner?.ended());
		if (!this.#isPaused) return;
		this.#isPaused = false;
		this.#socket.resume();
	}

	#ended(): void {
		if (this.#hasEnded) return;
		this.#hasEnded = true;
		// Node tells the end while a chunk is still held here, when nothing followed it.
		if (this.#end === 0) this.owner?.ended();
	}

	#failed(): void {
		if (this.#isClosed) return;
		const owner = this.owner;
		this.#detach();
		owner?.failed();
	}
}
