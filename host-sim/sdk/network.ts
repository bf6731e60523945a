// A network in virtual time with one board on it, whose program uses the SDK's sockets: the double of them for a server, its
// clients and a clock. Nothing happens but in `advance` and `stall`, and always in the same order. For tests, the simulator
// and whoever measures; it needs nothing but the language, so that it runs on XS as well.

import { CLIENT_RESET, CLIENT_SYN_ARRIVES, SdkClient, type SdkClientOwner } from "./client.js";
import { EventQueue, type EventTarget } from "./events.js";
import type { SocketClasses } from "./host-object.js";
import { linSockets } from "./lin.js";
import { lwipSockets } from "./lwip.js";
import type { SocketProfile } from "./profiles.js";
import { type Segment, SegmentPool } from "./segment.js";
import type { ServerEnd } from "./server-end.js";
import { LinTimers, McTimers, type TimerClass, type Timers, timerClass } from "./timers.js";

/** What modMessagePostToMachine delivers to. */
export interface MessageTarget {
	deliver(): void;
}

/** An open port. */
export interface Port {
	readonly port: number;
	connect(client: SdkClient): void;
}

/** How long segments are on their way. */
export interface Link {
	/**
	 * When a segment arrives that leaves at `time` and carries `length` octets. `isToServer`: where it goes. Segments of one
	 * connection do not overtake each other, whatever this says.
	 */
	arrival(time: number, length: number, isToServer: boolean): number;
}

/** What was written down of a segment: when it arrives, −1 while that is never. */
export interface SegmentRecord {
	arrived: number;
}

/** Sees every segment, and writes down when it arrives. */
export interface NetworkTap {
	/** A client's SYN leaves. */
	syn(client: SdkClient, arrives: number): SegmentRecord;
	/** A segment leaves; `kind`: one of SERVER_… (server-end.ts). */
	toServer(end: ServerEnd, kind: number, segment: Segment | null, arrives: number): SegmentRecord;
	/** A segment leaves; `kind`: one of CLIENT_… (client.ts). */
	toClient(client: SdkClient, kind: number, segment: Segment | null, arrives: number): SegmentRecord;
	/** Nothing of a connection that is on its way arrives any more. */
	lost(client: SdkClient): void;
}

/** A segment that is sent again when the network is back. */
interface Held {
	readonly time: number;
	readonly end: ServerEnd | null;
	readonly client: SdkClient;
	readonly kind: number;
	readonly count: number;
	readonly segment: Segment | null;
	readonly record: SegmentRecord | null;
}

/** Fewer octets are not worth a view. */
const VIEW_LENGTH_MIN = 16;

export interface NetworkOptions {
	/** How long everything is on its way, in milliseconds. Default 1. */
	readonly latencyMs?: number;
	/** How long it is on its way, where that depends on more; null: it does not. */
	readonly link?: Link | null;
	/** Where the program's clock stands in the beginning. Default 0. */
	readonly ticks?: number;
	/** Whether a program's buffer is filled by a view, all at once: quick on V8, but a view is garbage. Default: octet by octet. */
	readonly fillsByView?: boolean;
	/** Segments that another network has used, which is used no more. Default: none. */
	readonly segments?: SegmentPool;
}

/** The first port that the system chooses. */
const FREE_PORT_MIN = 49_153;

export class Network {
	readonly profile: SocketProfile;
	/** Milliseconds since the beginning. */
	time = 0;
	isUp = true;
	/** How many of the coming calls of lwIP's tcp_write fail, as without memory; the kernel's write likewise. */
	writeFailures = 0;
	/** How many octets of lwIP's memory are taken by segments. */
	memoryUsed = 0;
	/** How many TCP objects of the program are not closed: the SDK keeps them for ever. */
	objectCount = 0;
	/** How often the board has lost its power. */
	powerLossCount = 0;
	/** How many control blocks are in use. */
	connectionCount = 0;
	/** What the program did that would have crashed it. */
	readonly faults: string[] = [];
	/** Where the SDK itself would have used freed memory, which no program can prevent. */
	readonly hazards: string[] = [];
	readonly segments: SegmentPool;
	readonly timers: Timers;
	readonly TCP: SocketClasses["TCP"];
	readonly Listener: SocketClasses["Listener"];
	readonly Timer: TimerClass;
	readonly Time: { readonly ticks: number };
	/** Sees every segment, if there is one. */
	tap: NetworkTap | null = null;
	/** Whose connections the program has taken over, by the `target` of its TCP, if somebody wants to know. */
	clients: Map<unknown, SdkClient> | null = null;
	/** What `Time.ticks` is more than the time that has passed. */
	ticksStart: number;
	readonly #link: Link | null;
	readonly #latency: number;
	readonly #fillsByView: boolean;
	readonly #events = new EventQueue();
	/** What was sent during an outage that connections survive: it is sent again. */
	readonly #held: Held[] = [];
	#isHolding = false;
	readonly #ports: Port[] = [];
	readonly #ends: ServerEnd[] = [];
	/** What was posted: as many as `#messageCount` says. Whoever was told is not held: it may be gone. */
	#messages: (MessageTarget | null)[] = [];
	#messageCount = 0;
	#delivering: (MessageTarget | null)[] = [];
	#clientCount = 0;

	constructor(profile: SocketProfile, options: NetworkOptions = {}) {
		const { latencyMs = 1, ticks = 0, fillsByView = false } = options;
		this.#fillsByView = fillsByView;
		this.profile = profile;
		this.#latency = latencyMs;
		this.#link = options.link ?? null;
		this.ticksStart = ticks;
		this.segments = options.segments ?? new SegmentPool();
		this.timers = profile.isLwip ? new McTimers(this) : new LinTimers(this, (what) => this.fault(what));
		const sockets = profile.isLwip ? lwipSockets(this) : linSockets(this);
		this.TCP = sockets.TCP;
		this.Listener = sockets.Listener;
		this.Timer = timerClass(this.timers);
		this.Time = new ProgramClock(this);
	}

	// ---- What a script does ----

	/** A client sends its SYN. `address`: its own. `owner`: told what happens to it. */
	connect(port: number, address = "192.0.2.1", owner: SdkClientOwner | null = null): SdkClient {
		this.#clientCount += 1;
		return new SdkClient(this, this.segments, port, address, this.#clientCount, owner);
	}

	/** Lets `ms` pass: everything happens that is due. */
	advance(ms: number): void {
		const end = this.time + ms;
		while (this.step(end));
	}

	/**
	 * Lets the next thing happen that is due until `end`, with what happens at the same time, and one turn of the program.
	 * False: nothing was, and it is `end`.
	 */
	step(end: number): boolean {
		for (;;) {
			const hasHappened = this.#happen();
			if (this.#turn() || hasHappened) return true;
			this.timers.skipIdle(Math.min(this.#events.next, end));
			const next = Math.min(this.#events.next, this.timers.next);
			if (next > end) break;
			if (next > this.time) this.time = next;
		}
		this.time = end;
		return false;
	}

	/** When something is due next; Infinity when nothing is. */
	get next(): number {
		return this.#messageCount > 0 ? this.time : Math.min(this.#events.next, this.timers.next);
	}

	/** How many events have happened on the network. */
	get eventCount(): number {
		return this.#events.happened;
	}

	/** Lets `ms` pass while the program is busy: the stack goes on where it is a task of its own. */
	stall(ms: number): void {
		const end = this.time + ms;
		if (this.profile.hasOwnTask) {
			while (this.#events.next <= end) {
				this.time = Math.max(this.time, this.#events.next);
				this.#events.happen();
			}
		}
		this.time = end;
	}

	/**
	 * The network goes away: connections there are hear nothing any more, on either end. `resets`: the address changes, and
	 * lwIP aborts what was bound to it (tcp_netif_ip_addr_changed).
	 */
	lose(resets = false): void {
		this.isUp = false;
		for (const end of this.#ends.slice()) {
			end.client.isLost = true;
			this.tap?.lost(end.client);
			if (resets) end.cutOff();
			else end.lose();
		}
	}

	/** The network goes away, and connections survive it: what is sent meanwhile is lost, and sent again when it is back. */
	interrupt(): void {
		this.isUp = false;
		this.#isHolding = true;
	}

	/** The network is there again. `resentAt`: when what was sent first at `time` is sent again. */
	restore(resentAt: (time: number, until: number) => number = (_time, until) => until): void {
		const { time } = this;
		this.isUp = true;
		this.#isHolding = false;
		for (const { time: sent, end, client, kind, count, segment, record } of this.#held.splice(0)) {
			const rest = resentAt(sent, time) - time;
			if (end === null) this.#sendToClient(client, kind, count, segment, record, rest);
			else this.#sendToServer(end, kind, count, segment, record, rest);
		}
	}

	/**
	 * The board loses its power: its program and its connections are gone, and nobody is told. What a client sends from now on
	 * is answered with a reset.
	 */
	reset(): void {
		this.powerLossCount += 1;
		for (const end of this.#ends.slice()) end.forget();
		this.#ports.length = 0;
		this.#messages.fill(null);
		this.#messageCount = 0;
		this.timers.clear();
		this.clients?.clear();
		this.objectCount = 0;
		this.memoryUsed = 0;
	}

	#happen(): boolean {
		const events = this.#events;
		if (events.next > this.time) return false;
		do events.happen();
		while (events.next <= this.time);
		return true;
	}

	/**
	 * One turn of the program. On the boards, due timers first, then the messages that were there at the beginning, one at
	 * least (loop_task in build/devices/esp32/lib/main/main.c; modMessageService in xs/platforms/esp/xsHost.c, which stops
	 * after one message when another timer is due). On Linux everything is a timer.
	 */
	#turn(): boolean {
		const hasRun = this.timers.execute(this.time);
		const messages = this.#messages;
		const count = this.#messageCount;
		if (count === 0) return hasRun;
		if (count > 1 && this.profile.hasOwnTask && this.timers.next <= this.time) {
			const first = messages[0] as MessageTarget;
			messages.copyWithin(0, 1, count);
			this.#messageCount -= 1;
			messages[count - 1] = null;
			first.deliver();
			return true;
		}
		this.#messages = this.#delivering;
		this.#messageCount = 0;
		this.#delivering = messages;
		for (let index = 0; index < count; index += 1) {
			const target = messages[index] as MessageTarget;
			messages[index] = null;
			target.deliver();
		}
		return true;
	}

	// ---- What the stacks do ----

	/** modMessagePostToMachine */
	post(target: MessageTarget): void {
		this.#messages[this.#messageCount] = target;
		this.#messageCount += 1;
	}

	fault(what: string): void {
		this.faults.push(what);
	}

	hazard(what: string): void {
		this.hazards.push(what);
	}

	/** Tells `target` in `ms`. */
	after(ms: number, target: EventTarget, kind: number): void {
		this.#events.add(this.time + ms, target, kind, 0, null);
	}

	toServer(end: ServerEnd, kind: number, count: number, segment: Segment | null): void {
		if (this.#isHolding) return this.#hold(end, end.client, kind, count, segment);
		this.#sendToServer(end, kind, count, segment, null, 0);
	}

	toClient(client: SdkClient, kind: number, count: number, segment: Segment | null): void {
		if (this.#isHolding) return this.#hold(null, client, kind, count, segment);
		this.#sendToClient(client, kind, count, segment, null, 0);
	}

	#hold(end: ServerEnd | null, client: SdkClient, kind: number, count: number, segment: Segment | null): void {
		const { time, tap } = this;
		let record: SegmentRecord | null = null;
		if (tap !== null) {
			record = end === null ? tap.toClient(client, kind, segment, -1) : tap.toServer(end, kind, segment, -1);
		}
		this.#held.push({ time, end, client, kind, count, segment, record });
	}

	/** `delayMs`: how long until it leaves. */
	#sendToServer(
		end: ServerEnd,
		kind: number,
		count: number,
		segment: Segment | null,
		record: SegmentRecord | null,
		delayMs: number,
	): void {
		const { client } = end;
		const arrives = this.#arrival(segment, true, client.arrivesAtServer, delayMs);
		client.arrivesAtServer = arrives;
		if (record === null) this.tap?.toServer(end, kind, segment, arrives);
		else record.arrived = arrives;
		this.#events.add(arrives, end, kind, count, segment);
	}

	#sendToClient(
		client: SdkClient,
		kind: number,
		count: number,
		segment: Segment | null,
		record: SegmentRecord | null,
		delayMs: number,
	): void {
		const arrives = this.#arrival(segment, false, client.arrivesAtClient, delayMs);
		client.arrivesAtClient = arrives;
		if (record === null) this.tap?.toClient(client, kind, segment, arrives);
		else record.arrived = arrives;
		this.#events.add(arrives, client, kind, count, segment);
	}

	/** When a segment arrives that leaves in `delayMs`; never before `last`, when the one before it does. */
	#arrival(segment: Segment | null, isToServer: boolean, last: number, delayMs: number): number {
		const time = this.time + delayMs;
		const link = this.#link;
		if (link === null) return time + this.#latency > last ? time + this.#latency : last;
		const arrival = link.arrival(time, segment === null ? 0 : segment.length, isToServer);
		return arrival > last ? arrival : last;
	}

	toClientAfter(ms: number, client: SdkClient, kind: number): void {
		this.#events.add(this.time + ms, client, kind, 0, null);
	}

	/** A client's SYN leaves. */
	syn(client: SdkClient): void {
		const arrives = this.#arrival(null, true, 0, 0);
		client.syn = this.tap === null ? null : this.tap.syn(client, arrives);
		this.#events.add(arrives, client, CLIENT_SYN_ARRIVES, 0, null);
	}

	/** A client's SYN has come. */
	synArrived(client: SdkClient): void {
		if (!this.isUp && client.syn !== null) client.syn.arrived = -1;
		if (!this.isUp || this.connectionCount >= this.profile.controlBlocks) return client.dropped();
		const port = this.#ports.find((one) => one.port === client.port);
		if (port === undefined) this.toClient(client, CLIENT_RESET, 0, null);
		else port.connect(client);
	}

	opened(end: ServerEnd): void {
		this.connectionCount += 1;
		this.#ends.push(end);
	}

	gone(end: ServerEnd): void {
		const index = this.#ends.indexOf(end);
		if (index < 0) return;
		this.connectionCount -= 1;
		this.#ends.splice(index, 1);
	}

	/** The port itself, or a free one for 0. Throws `taken` when somebody has it. */
	freePort(port: number, taken: string): number {
		let free = port === 0 ? FREE_PORT_MIN : port;
		while (port === 0 && this.#isTaken(free)) free += 1;
		if (this.#isTaken(free)) throw new Error(taken);
		return free;
	}

	#isTaken(port: number): boolean {
		return this.#ports.some((one) => one.port === port);
	}

	listen(port: Port): void {
		this.#ports.push(port);
	}

	/** For what is read of a connection, or written: puts `count` octets from `start` into another buffer at `target`. */
	fill(out: Uint8Array, target: number, octets: Uint8Array, start: number, count: number): void {
		if (this.#fillsByView && count >= VIEW_LENGTH_MIN) out.set(octets.subarray(start, start + count), target);
		else for (let index = 0; index < count; index += 1) out[target + index] = octets[start + index] as number;
	}

	unlisten(port: Port): void {
		const index = this.#ports.indexOf(port);
		if (index >= 0) this.#ports.splice(index, 1);
	}
}

/** Time.ticks: modules/base/time/esp/modTime.c and lin/modTime.c. */
class ProgramClock {
	readonly #network: Network;

	constructor(network: Network) {
		this.#network = network;
	}

	get ticks(): number {
		const network = this.#network;
		const ticks = network.ticksStart + network.time;
		return network.profile.ticksWrap ? ticks | 0 : Math.floor(ticks);
	}
}
