// From the segments of one connection to its packets: sequence numbers, acknowledgements, windows. For the capture.
//
// The trace says when each segment left and arrived; what a segment acknowledges is what had arrived at its sender by then.
// Whoever captures sits at the server: a client's segment is seen when it arrives, a server's when it leaves.

import type { SegmentEvent, Side } from "../virtual/trace.js";
import { ACK, type Endpoint, FIN, PAYLOAD_LENGTH_MAX, PSH, RST, SYN, tcpPacket } from "./tcp-packet.js";

/** The longest shift that there is (RFC 7323 §2.3). */
const WINDOW_SHIFT_MAX = 14;

/** A packet, and when it was seen. */
export interface Packet {
	readonly connection: number;
	readonly from: Side;
	/** Where in the trace its segment stands. */
	readonly index: number;
	/** Virtual milliseconds. */
	readonly time: number;
	readonly octets: Uint8Array;
}

/** What one end has sent, and what of it has arrived. */
class Sender {
	readonly endpoint: Endpoint;
	/** The initial sequence number. */
	readonly initial: number;
	/** How many sequence numbers it has used. */
	used = 0;
	/** For each segment that uses sequence numbers, in order: when it arrived, and how many are used behind it. */
	readonly #arrivals: { readonly time: number; readonly used: number }[] = [];
	#arrivalCount = 0;
	#arrived = 0;
	windowShift = 0;

	constructor(endpoint: Endpoint, initial: number) {
		this.endpoint = endpoint;
		this.initial = initial;
	}

	/** Notes a segment that uses numbers up to `used`; `arrived` is −1 for one that never arrives. */
	sent(used: number, arrived: number): void {
		// A SYN that nobody answered is sent again.
		if (used === this.used) this.#arrivals.pop();
		this.used = used;
		this.#arrivals.push({ time: arrived, used });
	}

	/**
	 * How many of its sequence numbers the other end acknowledges at `time`: all that arrived before, and of the segments that
	 * arrived at that very time at most `countMax` more than the last time. Asked for with times that never fall.
	 */
	arrivedBy(time: number, countMax: number): number {
		let count = 0;
		for (;;) {
			const next = this.#arrivals[this.#arrivalCount];
			if (next === undefined || next.time < 0 || next.time > time) break;
			if (next.time === time) count += 1;
			if (count > countMax) break;
			this.#arrived = next.used;
			this.#arrivalCount += 1;
		}
		return this.#arrived;
	}
}

/** One connection, segment by segment in the order of the trace. */
export class TcpStream {
	readonly #connection: number;
	readonly #client: Sender;
	readonly #server: Sender;
	readonly #scalesWindows: boolean;
	readonly #segmentLength: number;
	/** What an acknowledgement follows, from the same end at the same time: it leaves something to be acknowledged by that. */
	readonly #followed = new Set<SegmentEvent>();
	#identification = 0;

	/** `segmentLength`: the longest segment that either end takes. `segments`: all of the connection's. */
	constructor(
		connection: number,
		client: Endpoint,
		server: Endpoint,
		segmentLength: number,
		segments: readonly SegmentEvent[],
	) {
		this.#connection = connection;
		this.#segmentLength = Math.min(segmentLength, PAYLOAD_LENGTH_MAX);
		// Any will do; those of several connections are apart, so that nobody takes one for the other.
		this.#client = new Sender(client, (connection * 0x10001) >>> 0);
		this.#server = new Sender(server, (0x80000000 + connection * 0x10001) >>> 0);
		for (const { from, window } of segments) {
			const sender = from === "client" ? this.#client : this.#server;
			sender.windowShift = Math.max(sender.windowShift, shiftFor(window));
		}
		for (const side of ["client", "server"]) this.#findFollowed(segments.filter(({ from }) => from === side));
		this.#scalesWindows = this.#client.windowShift > 0 || this.#server.windowShift > 0;
	}

	/** `segments`: those of one end. */
	#findFollowed(segments: readonly SegmentEvent[]): void {
		let acknowledgement = -1;
		for (let index = segments.length - 1; index >= 0; index -= 1) {
			const event = segments[index] as SegmentEvent;
			if (event.time === acknowledgement) this.#followed.add(event);
			if (event.segment === "ack") acknowledgement = event.time;
		}
	}

	/** How many segments of one moment it acknowledges: where several do, each takes its own. */
	#countMax(event: SegmentEvent): number {
		if (!this.#followed.has(event)) return Number.POSITIVE_INFINITY;
		return event.segment === "ack" ? 1 : 0;
	}

	/**
	 * The packets of the next segment, which stands at `index` of the trace: more than one for a segment that no packet has room for, none for one
	 * that is not seen.
	 */
	packets(event: SegmentEvent, index: number): Packet[] {
		const { from, segment, octets, time, arrived } = event;
		const [sender, other] = from === "client" ? [this.#client, this.#server] : [this.#server, this.#client];
		const acknowledged = other.arrivedBy(time, this.#countMax(event));
		const first = this.#firstNumber(event, sender);
		if (segment === "syn" || segment === "syn-ack") sender.sent(1, arrived);
		else if (segment === "fin") sender.sent(sender.used + 1, arrived);
		else if (segment === "data") sender.sent(sender.used + octets.length, arrived);
		const seen = from === "client" ? arrived : time;
		if (seen < 0) return [];
		const packets: Packet[] = [];
		for (let start = 0; start === 0 || start < octets.length; start += PAYLOAD_LENGTH_MAX) {
			const piece = octets.subarray(start, start + PAYLOAD_LENGTH_MAX);
			const octetsOfPacket = this.#packet(event, sender, other, first + start, acknowledged, piece);
			packets.push({ connection: this.#connection, from, index, time: seen, octets: octetsOfPacket });
		}
		return packets;
	}

	/** Which of its numbers a segment begins with. */
	#firstNumber({ segment }: SegmentEvent, { used }: Sender): number {
		if (segment === "syn" || segment === "syn-ack") return 0;
		// One that was acknowledged long ago, so that the other end has to answer (RFC 9293 §3.8.4).
		return segment === "keep-alive" ? used - 1 : used;
	}

	#packet(
		{ segment, window }: SegmentEvent,
		sender: Sender,
		other: Sender,
		number: number,
		acknowledged: number,
		octets: Uint8Array,
	): Uint8Array {
		const isSyn = segment === "syn" || segment === "syn-ack";
		const hasAck = segment !== "syn" && acknowledged > 0;
		this.#identification = (this.#identification + 1) & 0xffff;
		return tcpPacket({
			from: sender.endpoint,
			to: other.endpoint,
			sequence: (sender.initial + number) >>> 0,
			acknowledgement: hasAck ? (other.initial + acknowledged) >>> 0 : 0,
			flags: flagsOf(segment) | (hasAck ? ACK : 0),
			// In a SYN itself the window is never scaled (RFC 7323 §2.2).
			window: windowField(window, isSyn || !this.#scalesWindows ? 0 : sender.windowShift),
			segmentLengthMax: isSyn ? this.#segmentLength : 0,
			windowShift: isSyn && this.#scalesWindows ? sender.windowShift : -1,
			octets,
			identification: this.#identification,
		});
	}
}

function flagsOf(segment: SegmentEvent["segment"]): number {
	switch (segment) {
		case "syn":
		case "syn-ack":
			return SYN;
		case "data":
			return PSH;
		case "fin":
			return FIN;
		case "rst":
			return RST;
		default:
			return 0;
	}
}

/** By how many bits a window has to be shifted to fit into the header. */
function shiftFor(window: number): number {
	// Without an end: as wide as there is.
	if (!Number.isFinite(window)) return WINDOW_SHIFT_MAX;
	let shift = 0;
	while (shift < WINDOW_SHIFT_MAX && window / 2 ** shift > 0xffff) shift += 1;
	return shift;
}

/** The window as it stands in the header. One that is open is never told as closed. */
function windowField(window: number, shift: number): number {
	if (window <= 0) return 0;
	return Math.min(0xffff, Math.max(1, Math.floor(window / 2 ** shift)));
}
