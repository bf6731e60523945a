// A connection as a Transport on the simulated network, by the letter of src/server/platform.ts: no board's sockets in
// between. As `node` it does what Node's sockets do; as `hostile` it does whatever the contract permits, drawn from the
// seed. A server that breaks the contract is found out: that is a fault of the network. For the contract's platform.

import { writeParts } from "../../src/server/parts.js";
import type { Transport, TransportOwner } from "../../src/server/platform.js";
import { CLIENT_WINDOW, type SdkClient } from "../sdk/client.js";
import type { EventTarget } from "../sdk/events.js";
import type { MessageTarget, Network } from "../sdk/network.js";
import { type Segment, SegmentQueue } from "../sdk/segment.js";
import { ServerEnd } from "../sdk/server-end.js";
import type { ConnectionManners } from "./manners.js";

export class ContractTransport extends ServerEnd implements Transport, MessageTarget {
	owner: TransportOwner | null = null;
	readonly remoteAddress: string;
	readonly #manners: ConnectionManners;
	readonly #onAccepted: (transport: ContractTransport) => void;
	readonly #received = new SegmentQueue();
	/** How many of the received octets the server can read. */
	#visible = 0;
	/** How many octets it may write before it is told of more room. */
	#credit: number;
	/** How many octets it has read that the client does not know of. */
	#unannounced = 0;
	// What is to be told.
	#isAccepting = false;
	#isReadable = false;
	#isWritable = false;
	#hasEnded = false;
	#hasToldEnd = false;
	#isReset = false;
	#isTellingSoon = false;
	/** What is told late is told in a turn of the program, too, unless the program is gone by then. */
	readonly #late: EventTarget = {
		happen: () => {
			if (this.network.powerLossCount === this.#powerLossCount) this.network.post(this);
		},
	};
	readonly #powerLossCount: number;
	#isClosed = false;
	#isOwnSideEnded = false;

	/** `onAccepted`: told when the client's handshake is complete. */
	constructor(
		network: Network,
		client: SdkClient,
		manners: ConnectionManners,
		onAccepted: (transport: ContractTransport) => void,
	) {
		super(network, client);
		this.#manners = manners;
		this.#onAccepted = onAccepted;
		this.#powerLossCount = network.powerLossCount;
		this.#credit = manners.roomMax;
		this.remoteAddress = manners.hidesAddress ? "" : client.address;
	}

	get window(): number {
		return Math.max(0, this.network.profile.windowLength - this.#received.length - this.#unannounced);
	}

	// ---- What the server does ----

	#check(call: string): boolean {
		if (!this.#isClosed) return true;
		// A program that has ended does nothing any more.
		if (this.isForgotten) return false;
		this.network.fault(`${call} on a transport that is closed or has failed`);
		return false;
	}

	get room(): number {
		if (this.#isClosed || this.#isReset || this.#isOwnSideEnded) return 0;
		return Math.min(this.free, this.#credit);
	}

	get unread(): number {
		return this.#visible;
	}

	/** Those that do are the boards', simulated with their own sockets. */
	readonly copiesParts = false;

	get isDrained(): boolean {
		return this.queued === 0;
	}

	read(octets: Uint8Array, start: number, length: number): number {
		if (!this.#check("read")) return 0;
		if (start < 0 || length < 0 || start + length > octets.length) this.network.fault("a read past the buffer's end");
		const count = Math.min(length, this.#visible);
		for (let read = 0; read < count; ) {
			const segment = this.#received.first as Segment;
			const part = Math.min(count - read, segment.length);
			this.network.fill(octets, start + read, segment.octets, segment.start, part);
			read += part;
			segment.start += part;
			this.#received.length -= part;
			if (segment.length > 0) continue;
			this.#received.shift();
			this.network.segments.give(segment);
		}
		// The contract lets a platform overwrite the rest.
		if (this.#manners.scribbles) octets.fill(SCRIBBLE, start + count, start + length);
		this.#visible -= count;
		this.#announce(count);
		if (this.#received.first === null && this.#hasEnded) this.#tellSoon();
		return count;
	}

	/** Opens the client's window, not by the octet. */
	#announce(count: number): void {
		this.#unannounced += count;
		if (this.#unannounced === 0) return;
		if (this.#received.length > 0 && this.#unannounced < this.network.profile.segmentLength) return;
		const announced = this.#unannounced;
		this.#unannounced = 0;
		this.network.toClient(this.client, CLIENT_WINDOW, announced, null);
	}

	write(octets: Uint8Array, start: number, length: number): void {
		if (!this.#check("write")) return;
		if (length > this.room) return this.network.fault(`a write of ${length} octets into a room of ${this.room}`);
		if (start < 0 || start + length > octets.length) this.network.fault("a write from past the buffer's end");
		this.queue(octets, start, length);
		this.#credit -= length;
		if (this.#credit < this.#manners.roomMax) this.#promiseRoom();
		if (!this.#manners.holdsBack) this.transmit();
	}

	writeMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void {
		const length = head.length + headEnd.length + content.length;
		if (length > this.room) return this.network.fault(`a message of ${length} octets into a room of ${this.room}`);
		writeParts(this, head, headEnd, content);
	}

	/** Where room was withheld, it has to be told of when it is there. */
	#promiseRoom(): void {
		if (this.#manners.roomMax === Number.POSITIVE_INFINITY) return;
		this.#isWritable = true;
		this.#tellSoon();
	}

	flush(): void {
		if (this.#check("flush")) this.transmit();
	}

	end(): boolean {
		if (!this.#check("end")) return true;
		this.transmit();
		if (!this.#manners.canEnd) return false;
		this.#isOwnSideEnded = true;
		this.sendEnd();
		return true;
	}

	close(): void {
		if (!this.#check("close")) return;
		this.#leave();
		if (this.isGone) return;
		if (this.isLost) return this.gone();
		// As close(2) does: what was not read makes it a reset.
		if (this.#received.first !== null) return this.sendReset();
		this.sendEnd();
		this.checkGone();
	}

	abort(): void {
		if (!this.#check("abort")) return;
		this.#leave();
		if (this.isLost && !this.isGone) this.gone();
		else this.sendReset();
	}

	#leave(): void {
		this.#isClosed = true;
		this.owner = null;
	}

	protected override get isOver(): boolean {
		return this.#isClosed;
	}

	// ---- What the network does ----

	protected established(): void {
		this.#isAccepting = true;
		this.#tellSoon();
	}

	protected arrive(segment: Segment): void {
		if (this.#isClosed) {
			this.network.segments.give(segment);
			return this.sendReset();
		}
		this.#received.add(segment);
		this.#isReadable = true;
		this.#tellSoon();
	}

	protected arriveEnd(): void {
		this.#hasEnded = true;
		this.#tellSoon();
	}

	protected arriveReset(): void {
		this.#isReset = true;
		this.#tellSoon();
	}

	protected roomGrew(): void {
		if (this.#isClosed) return;
		this.#isWritable = true;
		this.#tellSoon();
	}

	// ---- Telling the server ----

	#tellSoon(): void {
		if (this.#isTellingSoon || this.#isClosed) return;
		this.#isTellingSoon = true;
		const delay = this.#manners.delayMs();
		if (delay === 0) this.network.post(this);
		else this.network.after(delay, this.#late, 0);
	}

	deliver(): void {
		this.#isTellingSoon = false;
		if (this.#isClosed) return;
		if (this.#isAccepting) {
			this.#isAccepting = false;
			this.#onAccepted(this);
			if (this.#received.length > 0 || this.#hasEnded || this.#isReset) this.#tellSoon();
			return;
		}
		this.#tell();
	}

	#tell(): void {
		const { length } = this.#received;
		if (this.#isReadable || this.#manners.isSpurious()) {
			this.#visible = Math.min(length, this.#visible + this.#manners.arrivalMax);
			this.#isReadable = this.#visible < length;
			if (this.#isReadable) this.#tellSoon();
			this.owner?.readable();
		}
		if (this.#isClosed) return;
		if (this.#isWritable || this.#manners.isSpurious()) {
			// Told once without any, if that is its manner; then with all there is.
			this.#isWritable = this.#credit === 0 && this.#manners.isSpurious();
			if (this.#isWritable) this.#tellSoon();
			else this.#credit = this.#manners.roomMax;
			this.owner?.writable();
		}
		if (this.#isClosed) return;
		if (this.#isReset) {
			const { owner } = this;
			this.#leave();
			owner?.failed();
		} else if (this.#hasEnded && !this.#hasToldEnd && this.#received.first === null) {
			this.#hasToldEnd = true;
			this.owner?.ended();
		}
	}

	/** The board has lost its power. */
	override forget(): void {
		this.#leave();
		super.forget();
	}

	protected timer(): void {}
}

/** What the rest of a buffer is overwritten with: no octet of a message. */
const SCRIBBLE = 0;
