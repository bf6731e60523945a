// For boards whose lwIP has memory for a few segments, whatever its send buffers promise: a write that finds no memory ends
// the connection (xs_tcp_write in modules/io/socket/lwip/tcp.c). So here connections take turns: one that sends holds one of a
// few places until its client has acknowledged everything, and may meanwhile write what fits a segment, in one turn.
//
// Memory is taken by the segment because the SDK writes with TCP_WRITE_FLAG_MORE: then lwIP makes a whole segment of room for
// the first octet (tcp_pbuf_prealloc in lwIP's tcp_out.c). For the platform.

import { later, since } from "../../src/clock.js";
import type { TcpSocket } from "./sockets.js";
import { ModdableTransport, type TransportHost } from "./transport.js";

/** What fits a segment on every network without jumbo frames: TCP_MSS. */
const SEGMENT_LENGTH = 1460;

/**
 * How long the place of a closed connection stays taken, in milliseconds: while one of its messages is on its way, the SDK
 * closes it only when that has come (tcpRelease), in the next turn, and its segment is lwIP's until then.
 */
const CLOSING_MS = 2;

/** The places, and who waits for one. */
export class SegmentTurns {
	private readonly transports: SegmentTransport[] = [];
	private freeCount: number;
	/** Whose turn is next, so that all get one. */
	private next = 0;
	/** How many places will be free at `due`, as those who had them are closed. */
	private closing = 0;
	/** When `settle` is due, as far as it is. */
	due = 0;

	constructor(count: number) {
		this.freeCount = count;
	}

	join(transport: SegmentTransport): void {
		this.transports.push(transport);
	}

	get hasFree(): boolean {
		return this.freeCount > 0;
	}

	take(): void {
		this.freeCount -= 1;
		if (this.freeCount > 0) return;
		const transports = this.transports;
		for (let index = 0; index < transports.length; index += 1) (transports[index] as SegmentTransport).refuse();
	}

	/** Whoever had a place is closed. Returns when `settle` is due. */
	giveLater(now: number): number {
		this.closing += 1;
		this.due = later(now, CLOSING_MS);
		return this.due;
	}

	/** Gives the places of those who are closed by now. Returns whether some are still to come. */
	settle(now: number): boolean {
		if (this.closing === 0) return false;
		if (since(this.due, now) < 0) return true;
		// Whoever gets one of these places may be closed at once, and its own is not free yet.
		const count = this.closing;
		this.closing = 0;
		for (let given = 0; given < count; given += 1) this.give();
		return this.closing > 0;
	}

	give(): void {
		this.freeCount += 1;
		const transports = this.transports;
		for (let count = transports.length; count > 0 && this.freeCount > 0; count -= 1) {
			const transport = transports[this.next] as SegmentTransport;
			this.next = (this.next + 1) % transports.length;
			transport.offer();
		}
	}
}

export class SegmentTransport extends ModdableTransport {
	private readonly turns: SegmentTurns;
	private holdsPlace = false;
	/** The room of a connection on which everything is acknowledged. */
	private socketRoomMax = 0;

	constructor(host: TransportHost, before: ModdableTransport | null, turns: SegmentTurns) {
		super(host, before);
		this.turns = turns;
		turns.join(this);
	}

	override get isDrained(): boolean {
		return !this.holdsPlace;
	}

	/** A segment that goes out full is worth the copy: there are few. */
	override get copiesParts(): boolean {
		return false;
	}

	protected override roomOf(socketRoom: number): number {
		if (this.holdsPlace) return 0;
		return this.turns.hasFree && socketRoom > 0 ? SEGMENT_LENGTH : 0;
	}

	override write(octets: Uint8Array, start: number, length: number): void {
		const { room } = this;
		this.takePlace();
		super.write(octets, start, length);
		if (this.isWritable) this.room = room - length;
	}

	override writeMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void {
		const room = this.room - head.length - headEnd.length - content.length;
		this.takePlace();
		super.writeMessage(head, headEnd, content);
		if (this.isWritable) this.room = room;
	}

	private takePlace(): void {
		if (this.holdsPlace) return;
		this.holdsPlace = true;
		this.turns.take();
	}

	/** What is written from now on would be a segment of its own. */
	override flush(): void {
		if (this.holdsPlace) this.room = 0;
	}

	override writable(tcp: TcpSocket, socketRoom: number): void {
		if (socketRoom > this.socketRoomMax) this.socketRoomMax = socketRoom;
		const isAcknowledged = this.holdsPlace && socketRoom >= this.socketRoomMax;
		if (isAcknowledged) this.holdsPlace = false;
		super.writable(tcp, socketRoom);
		// Whoever has waited comes first where there is more than one.
		if (isAcknowledged) this.turns.give();
	}

	/** For the turns: there is no place any more. */
	refuse(): void {
		if (!this.holdsPlace) this.room = 0;
	}

	/** For the turns: there is a place. */
	offer(): void {
		if (this.holdsPlace || !this.isWritable || this.room > 0) return;
		this.room = SEGMENT_LENGTH;
		this.owner?.writable();
	}

	/** For the platform: the connection is gone, and what it had in flight with it. */
	override vacate(): void {
		this.socketRoomMax = 0;
		if (!this.holdsPlace) return;
		this.holdsPlace = false;
		this.host.tendAt(this.turns.giveLater(this.host.now()));
	}

	override tend(now: number): boolean {
		if (this.turns.settle(now)) this.host.tendAt(this.turns.due);
		return super.tend(now);
	}
}
