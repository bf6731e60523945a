// A TCP socket of the SDK as the server's Transport. Made by the platform, used for one connection after the other.
//
// What the SDK's sockets do, and this takes care of (modules/io/socket/lwip/tcp.c and lin/tcp.c):
//
// - How much room there is, nobody can ask: it comes with `onWritable`, which is called soon after the socket was made, and
//   with each write. So the server is told of a connection when its room is known.
// - On lwIP, octets that came before the connection was taken over are told of up to 250 ms later, and most clients send at
//   once. Until then nobody can know whether a client is silent, and a crowded server gives a silent one little time: so it
//   is told of a connection when the first octets are there, or when they would have been.
// - On lwIP `onError` is a FIN or a reset, and the socket cannot be written to any more. The end is told first, so that a
//   connection that waits for nothing is closed and not lost.
// - `write` throws once an error was delivered, and takes nothing, without a word, when one is about to be.
//   On Linux nothing is told at all after a failed write.
// - A socket that is closed while octets wait unread resets the connection; on most lwIP platforms closing also drops what
//   the client has not acknowledged. So what waits is read first, and a socket that still sends is kept until its room is
//   what it was in the beginning.

import { later, since } from "../../src/clock.js";
import type { Transport, TransportOwner } from "../../src/server/platform.js";
import { Region, type SocketMemory } from "./memory.js";
import type { Sockets, TcpOptions, TcpSocket } from "./sockets.js";

/** How far a closed connection may fall behind in taking the octets that are left, in milliseconds … */
const CLOSE_TIMEOUT_MS = 15_000;
/** … with each octet taken worth so many. */
const CLOSE_MS_PER_OCTET = 10;

/** How long the first octets of a connection may be late, in milliseconds: lwIP's TCP_TMR_INTERVAL, and some. */
const FIRST_OCTETS_MS = 260;

/** The address of nobody. */
const UNKNOWN = "";

// What a transport is doing.
const FREE = 0; // nothing: it can be used for the next connection
const OPENING = 1; // its room is not known, or its first octets may be late; nobody has been told of it
const OPEN = 2;
const FAILED = 3; // it cannot be written to; told as soon as everything is read
const CLOSING = 4; // closed by its owner; it still sends

/** What a transport needs of its platform. */
export interface TransportHost extends Pick<SocketMemory, "canSendFlash" | "fill" | "send" | "drop" | "lengthen"> {
	now(): number;
	/** The room is known: the connection can be used. */
	opened(transport: ModdableTransport): void;
	/** `tend` is to be called at `due`, or sooner. */
	tendAt(due: number): void;
	/** Nothing is left of the connection. */
	closed(transport: ModdableTransport): void;
	/** Something threw that must not. */
	report(error: unknown): void;
}

/** It is itself what its sockets are made with: the SDK copies what it needs of that. */
export class ModdableTransport implements Transport, TcpOptions {
	owner: TransportOwner | null = null;
	remoteAddress = UNKNOWN;
	room = 0;
	readonly before: ModdableTransport | null;
	protected readonly host: TransportHost;
	private tcp: TcpSocket | null = null;
	private phase = FREE;
	private roomMax = 0;
	/** As far as the socket has told. */
	unread = 0;
	/** When `tend` is due, as far as it is. */
	due = 0;

	/** `before`: the transport that was made before it. */
	constructor(host: TransportHost, before: ModdableTransport | null) {
		this.host = host;
		this.before = before;
	}

	get copiesParts(): boolean {
		return this.host.canSendFlash;
	}

	get isDrained(): boolean {
		return this.room >= this.roomMax;
	}

	/** For the platform: takes over the connection that `pending` stands for. */
	begin(TCP: Sockets["TCP"], pending: TcpSocket): void {
		this.tcp = pending;
		try {
			this.tcp = new TCP(this);
		} catch {
			// "invalid from": the client has reset the connection meanwhile. Or there is no memory for another.
			this.tcp = null;
			closeQuietly(pending);
			return;
		}
		this.phase = OPENING;
		this.remoteAddress = UNKNOWN;
		this.due = later(this.host.now(), FIRST_OCTETS_MS);
		this.host.tendAt(this.due);
	}

	// ---- What its socket is made with ----

	get from(): TcpSocket | null {
		return this.tcp;
	}

	get nodelay(): boolean {
		return true;
	}

	get target(): ModdableTransport {
		return this;
	}

	// The SDK calls these with its socket as `this`. An exception that escapes one ends the program.

	onReadable(this: TcpSocket, count: number): void {
		const transport = this.target as ModdableTransport;
		try {
			transport.readable(this, count);
		} catch (error) {
			transport.giveUp(this, error);
		}
	}

	onWritable(this: TcpSocket, room: number): void {
		const transport = this.target as ModdableTransport;
		try {
			transport.writable(this, room);
		} catch (error) {
			transport.giveUp(this, error);
		}
	}

	onError(this: TcpSocket): void {
		const transport = this.target as ModdableTransport;
		try {
			transport.failed(this);
		} catch (error) {
			transport.giveUp(this, error);
		}
	}

	// ---- What the server does ----

	read(octets: Uint8Array, start: number, length: number): number {
		const tcp = this.tcp;
		const unread = this.unread;
		if (unread === 0 || tcp === null) return 0;
		const count = unread < length ? unread : length;
		this.unread = unread - count;
		const end = start + length;
		try {
			if (octets instanceof Region && start === octets.start && end === octets.length) octets.fillFrom(tcp, count, end);
			else this.host.fill(tcp, octets, start, count);
		} catch (error) {
			if (octets instanceof Region) octets.lengthen();
			this.host.lengthen();
			// The socket has told of octets that it does not have.
			this.host.report(error);
			this.unread = 0;
			this.failWriting();
			return 0;
		}
		if (this.phase === FAILED && this.unread === 0) this.tendSoon();
		return count;
	}

	write(octets: Uint8Array, start: number, length: number): void {
		const tcp = this.tcp;
		// Of a socket that has failed, the Linux build would take what comes behind the octets that are missing.
		if (tcp === null || this.phase === FAILED) return;
		let room: number | undefined;
		try {
			room = this.host.send(tcp, octets, start, length);
		} catch {
			// "not ready": what the client has closed is known here first, when octets still wait to be read.
		}
		if (room === undefined) this.failWriting();
		else this.room = room;
	}

	writeMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void {
		const tcp = this.tcp;
		if (tcp === null || this.phase === FAILED) return;
		if (!this.host.canSendFlash) return this.writeParts(head, headEnd, content);
		let room: number | undefined;
		try {
			room = tcp.write(head);
			if (room !== undefined) room = tcp.write(headEnd);
			if (room !== undefined && content.length > 0) room = tcp.write(content);
		} catch {
			room = undefined;
		}
		if (room === undefined) this.failWriting();
		else this.room = room;
	}

	private writeParts(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void {
		this.write(head, 0, head.length);
		this.write(headEnd, 0, headEnd.length);
		if (content.length > 0) this.write(content, 0, content.length);
	}

	/** Whether the connection is open, for writing too. */
	protected get isWritable(): boolean {
		return this.phase === OPEN;
	}

	/** What is written is on its way. */
	flush(): void {}

	/** The socket has no such call. */
	end(): boolean {
		return false;
	}

	close(): void {
		const tcp = this.tcp;
		if (tcp === null) return;
		this.owner = null;
		this.drop(tcp);
		if (this.phase === FAILED || this.isDrained) {
			this.leave(tcp);
			return;
		}
		this.phase = CLOSING;
		this.due = later(this.host.now(), CLOSE_TIMEOUT_MS);
		this.host.tendAt(this.due);
	}

	/** The socket has no such call either; closed with octets unread it resets the connection, else it sends a FIN. */
	abort(): void {
		if (this.tcp !== null) this.leave(this.tcp);
	}

	private drop(tcp: TcpSocket): void {
		const count = this.unread;
		this.unread = 0;
		if (count === 0) return;
		try {
			this.host.drop(tcp, count);
		} catch (error) {
			this.host.report(error);
		}
	}

	private failWriting(): void {
		this.room = 0;
		if (this.phase !== OPEN) return;
		this.phase = FAILED;
		// The owner is in the middle of writing.
		this.tendSoon();
	}

	private tendSoon(): void {
		this.due = this.host.now();
		this.host.tendAt(this.due);
	}

	// ---- What the platform tells ----

	/** Whether it can be used for the next connection. */
	get isFree(): boolean {
		return this.phase === FREE;
	}

	/** Does what is due. Returns whether something will be. */
	tend(now: number): boolean {
		const tcp = this.tcp;
		if (tcp === null || this.phase === OPEN) return false;
		if (since(now, this.due) > 0) return true;
		if (this.phase === OPENING) this.open();
		else if (this.phase === CLOSING) this.leave(tcp);
		else if (this.unread === 0) this.lose(tcp);
		return false;
	}

	// ---- What the socket tells ----
	//
	// Which socket, has to be looked at: the Linux build goes on calling a socket that was closed in a callback (reportTrigger
	// in modules/io/socket/lin/tcp.c), when this may be another one's transport already.

	readable(tcp: TcpSocket, count: number): void {
		if (this.tcp !== tcp) return;
		const owner = this.owner;
		this.unread = count;
		if (this.phase === OPEN && owner !== null) return owner.readable();
		if (this.phase === CLOSING) this.drop(tcp);
		else if (this.phase !== OPENING) owner?.readable();
		else if (this.roomMax > 0) this.open();
	}

	writable(tcp: TcpSocket, room: number): void {
		if (this.tcp !== tcp || this.phase === FAILED) return;
		if (this.phase === CLOSING) return this.taken(tcp, this.roomOf(room));
		this.room = this.roomOf(room);
		if (this.phase === OPEN) this.owner?.writable();
		else this.learn(tcp, room);
	}

	/** It is closed, and still sends. A client that takes one octet after the other does not keep it for that. */
	private taken(tcp: TcpSocket, room: number): void {
		const count = room - this.room;
		this.room = room;
		if (this.isDrained) return this.leave(tcp);
		const end = later(this.host.now(), CLOSE_TIMEOUT_MS);
		const due = later(this.due, count * CLOSE_MS_PER_OCTET);
		this.due = since(due, end) > 0 ? due : end;
	}

	/** How many octets the server may write where the socket takes `socketRoom`. */
	protected roomOf(socketRoom: number): number {
		return socketRoom;
	}

	private learn(tcp: TcpSocket, room: number): void {
		this.roomMax = room;
		// Later the socket may have lost its connection, and to ask it then ends the program on lwIP.
		this.remoteAddress = tcp.remoteAddress ?? UNKNOWN;
		if (this.unread > 0) this.open();
	}

	private open(): void {
		this.phase = OPEN;
		// What room there is, may have changed since the socket told of it.
		this.room = this.roomOf(this.roomMax);
		this.host.opened(this);
		// Who has not read them yet has to know of them.
		if (this.unread > 0) this.owner?.readable();
	}

	/** For the platform: what the connection had is free. */
	vacate(): void {}

	failed(tcp: TcpSocket): void {
		if (this.tcp === tcp) this.lose(tcp);
	}

	/** Something threw that must not: the connection goes, the program does not. */
	giveUp(tcp: TcpSocket, error: unknown): void {
		this.host.report(error);
		if (this.tcp !== tcp) return;
		const owner = this.owner;
		this.leave(tcp);
		try {
			owner?.failed();
		} catch (again) {
			this.host.report(again);
		}
	}

	/** The connection is gone, and its owner is told, if it has one. */
	private lose(tcp: TcpSocket): void {
		this.phase = FAILED;
		this.room = 0;
		if (this.unread === 0) this.owner?.ended();
		if (this.tcp !== tcp) return;
		const owner = this.owner;
		this.leave(tcp);
		owner?.failed();
	}

	/** Closes the socket. Nothing is told any more. */
	private leave(tcp: TcpSocket): void {
		this.owner = null;
		this.room = 0;
		this.roomMax = 0;
		this.unread = 0;
		this.phase = FREE;
		this.tcp = null;
		try {
			tcp.close();
		} catch (error) {
			this.host.report(error);
		}
		this.host.closed(this);
	}
}

/** The SDK would keep it for ever. */
function closeQuietly(tcp: TcpSocket): void {
	try {
		tcp.close();
	} catch {
		// It was closed already.
	}
}
