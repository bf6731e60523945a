// Clients that were accepted while every slot was taken: they wait, unread, until a slot is free or their time is over.
// Who has sent something goes first, since silent connections are cheap to make. For the server.

import { since } from "../clock.js";
import type { Transport, TransportOwner } from "./platform.js";

/** Who is told about the line. */
export interface WaitingLineOwner {
	/** A client in the line has sent something. */
	waitingReadable(): void;
}

class Place implements TransportOwner {
	transport: Transport | null = null;
	since = 0;
	private readonly line: WaitingLine;

	constructor(line: WaitingLine) {
		this.line = line;
	}

	readable(): void {
		this.line.readable();
	}

	writable(): void {}

	ended(): void {
		this.line.leave(this);
	}

	failed(): void {
		this.line.forget(this);
	}
}

export class WaitingLine {
	/** How many wait. */
	count = 0;
	/** Oldest first; the rest is spare. */
	private readonly places: Place[] = [];
	private readonly owner: WaitingLineOwner;

	constructor(length: number, owner: WaitingLineOwner) {
		this.owner = owner;
		for (let index = 0; index < length; index += 1) this.places.push(new Place(this));
	}

	get isFull(): boolean {
		return this.count === this.places.length;
	}

	/** Puts a client at the end of the line, which is not full. */
	enter(transport: Transport, now: number): void {
		const place = this.places[this.count] as Place;
		this.count += 1;
		place.transport = transport;
		place.since = now;
		transport.owner = place;
	}

	/** For a place whose client has closed its side. */
	leave(place: Place): void {
		const { transport } = place;
		this.forget(place);
		transport?.close();
	}

	/** For a place whose client is gone, and its transport with it. */
	forget(place: Place): void {
		this.remove(this.places.indexOf(place));
	}

	/** For a place whose client has sent something. */
	readable(): void {
		this.owner.waitingReadable();
	}

	/** Whether somebody waits who has sent something. */
	get hasReadable(): boolean {
		return this.firstReadable() >= 0;
	}

	/** Takes out the next client for a slot: the first that has sent something, else the first. Null when nobody waits. */
	next(): Transport | null {
		if (this.count === 0) return null;
		const readable = this.firstReadable();
		return this.take(readable < 0 ? 0 : readable);
	}

	/** When the client that has waited longest came; meaningless when nobody waits. */
	get oldest(): number {
		return (this.places[0] as Place).since;
	}

	/** Takes out the client that has waited longest if that is `limitMs` or more, else null. */
	nextExpired(now: number, limitMs: number): Transport | null {
		return this.count > 0 && since(this.oldest, now) >= limitMs ? this.take(0) : null;
	}

	private firstReadable(): number {
		for (let index = 0; index < this.count; index += 1) {
			const { transport } = this.places[index] as Place;
			if (transport !== null && transport.unread > 0) return index;
		}
		return -1;
	}

	private take(index: number): Transport | null {
		const { transport } = this.places[index] as Place;
		this.remove(index);
		return transport;
	}

	private remove(index: number): void {
		if (index < 0 || index >= this.count) return;
		const place = this.places[index] as Place;
		if (place.transport !== null) place.transport.owner = null;
		place.transport = null;
		this.places.copyWithin(index, index + 1, this.count);
		this.count -= 1;
		this.places[this.count] = place;
	}
}
