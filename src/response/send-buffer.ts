// What a connection is about to send: the octets of one fixed stretch of the server's memory, and behind them a piece, the
// content, that is sent from where it is.
//
//     base ≤ start ≤ end ≤ limit
//
// Octets from `start` to `end` wait for the transport, and then the piece. Nothing is put into the stretch while the piece
// waits. What the transport takes at once need not wait: it is passed on from where it is.

/** The longest piece that waits until all of it can be sent at once: what every network takes in one segment. */
export const WHOLE_LENGTH_MAX = 1460;

/** The way to the client: a transport. */
export interface Port {
	/** How many octets wait to be read. */
	readonly unread: number;
	/** Puts at most `length` octets into `octets` at `start`; returns how many. */
	read(octets: Uint8Array, start: number, length: number): number;
	/** How many octets it takes now. */
	readonly room: number;
	/** Takes `length` octets of `octets` from `start`: at most `room`. */
	write(octets: Uint8Array, start: number, length: number): void;
	/** Takes a head in two parts and content, one behind the other: together they are at most `room`. */
	writeMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void;
}

export class SendBuffer {
	readonly octets: Uint8Array;
	readonly base: number;
	readonly limit: number;
	start: number;
	end: number;
	/** Where it all goes, and where octets come from; null while nobody is connected. */
	port: Port | null = null;
	/** Whether something was passed on since anybody asked: for whoever watches the client's progress. */
	hasPassed = false;
	/** The piece, or null. */
	piece: Uint8Array | null = null;
	/** What of it is still to be sent begins here … */
	pieceStart = 0;
	/** … and ends here. */
	pieceEnd = 0;

	constructor(octets: Uint8Array, base: number, length: number) {
		this.octets = octets;
		this.base = base;
		this.limit = base + length;
		this.start = base;
		this.end = base;
	}

	/** Forgets everything that waits. */
	clear(): void {
		this.rewind();
		this.piece = null;
	}

	/** What comes next is put at the beginning of the stretch, which is empty. */
	rewind(): void {
		this.start = this.base;
		this.end = this.base;
	}

	/** Whether nothing waits. */
	get isEmpty(): boolean {
		return this.start === this.end && this.piece === null;
	}

	/** How many octets wait in the stretch. */
	get buffered(): number {
		return this.end - this.start;
	}

	/** How many octets the port takes now, behind those that stand in the stretch. */
	get portRoom(): number {
		const port = this.port;
		return port === null || this.piece !== null ? 0 : port.room - this.end + this.start;
	}

	/** Passes on what stands in the stretch, for which the port has room. */
	flush(): void {
		const start = this.start;
		const length = this.end - start;
		this.rewind();
		if (length > 0) this.port?.write(this.octets, start, length);
		this.hasPassed = true;
	}

	/** Passes on what stands in the stretch, and `from[start, end)` behind it. Together they are at most the port's room. */
	pass(from: Uint8Array, start: number, end: number): void {
		this.flush();
		this.port?.write(from, start, end - start);
	}

	/** Puts octets into the stretch, which has the room for them. */
	append(octets: Uint8Array): void {
		this.octets.set(octets, this.end);
		this.end += octets.length;
	}

	/** Sends octets from where they are, where nothing waits before them and the port takes them at once; otherwise puts them in. */
	send(octets: Uint8Array): void {
		const port = this.port;
		if (port !== null && this.start === this.end && octets.length <= port.room) port.write(octets, 0, octets.length);
		else this.append(octets);
	}

	/** Sends octets of content from where they are, behind what stands in the stretch. They must not change until they are sent. */
	attach(content: Uint8Array, start: number, end: number): void {
		this.piece = content;
		this.pieceStart = start;
		this.pieceEnd = end;
	}

	/**
	 * Sends a head, its end and content from where they are, where nothing waits before them and the port takes all of them at
	 * once. Otherwise the head and its end are put into the stretch, which has the room for them, and the content is attached.
	 */
	sendMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void {
		const port = this.port;
		if (port !== null && this.start === this.end && head.length + headEnd.length + content.length <= port.room) {
			return port.writeMessage(head, headEnd, content);
		}
		this.append(head);
		this.append(headEnd);
		if (content.length > 0) this.attach(content, 0, content.length);
	}

	/** `count` octets of the piece are sent. */
	pieceSent(count: number): void {
		this.pieceStart += count;
		if (this.pieceStart === this.pieceEnd) this.piece = null;
	}
}
