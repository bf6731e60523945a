// What happened in a simulation, in the order in which it happened: what went over the wire, what the server's connections
// did, and what was remarked. Everything that shows a simulation is made from this alone: the ladder, the capture, the text
// of a failure, the hash of a search. For the simulator, and for whoever draws.
//
// Times are virtual milliseconds since the beginning, and may have a fraction. Connections are numbered from 1, in the order
// in which their clients sent the first SYN.

/** Whose end of the wire. */
export type Side = "client" | "server";

/** What a TCP segment is there for. What it acknowledges and its sequence number follow from those before it. */
export type SegmentKind = "syn" | "syn-ack" | "ack" | "data" | "fin" | "rst" | "keep-alive" | "window";

/** A segment between the two ends of a connection. */
export interface SegmentEvent {
	readonly kind: "segment";
	readonly connection: number;
	readonly from: Side;
	readonly segment: SegmentKind;
	/** When it left. The event stands in the trace where it left. */
	readonly time: number;
	/** When it arrived; −1: never (the network was away, or the other end was gone). */
	arrived: number;
	/** What it carries; empty but for "data". Nobody changes it. */
	readonly octets: Uint8Array;
	/** How many octets its sender would take from now on. */
	readonly window: number;
}

/** A server's connection after a step: its phase, what it waits for and until when, how full its buffers are. */
export interface StateEvent {
	readonly kind: "state";
	readonly connection: number;
	readonly time: number;
	/** The slot it has. */
	readonly slot: number;
	/** A name of PHASES (src/connection/states.ts). */
	readonly phase: string;
	/** A name of WAITS (src/connection/waits.ts). */
	readonly wait: string;
	/** When the wait ends; −1: never. */
	readonly deadline: number;
	readonly received: number;
	readonly receiveLength: number;
	readonly unsent: number;
	readonly sendLength: number;
}

/** A request that the server has understood, or what became of it. */
export interface MessageEvent {
	readonly kind: "request" | "response";
	readonly connection: number;
	readonly time: number;
	/** "GET /path"; or the status, "200", with what there is to say of it. */
	readonly text: string;
}

/** Something worth a line: a fault that was injected, a client's step, an error that the app was told. Connection 0: nobody's. */
export interface RemarkEvent {
	readonly kind: "remark";
	readonly connection: number;
	readonly time: number;
	readonly text: string;
}

export type TraceEvent = SegmentEvent | StateEvent | MessageEvent | RemarkEvent;

/** A whole simulation. */
export interface Trace {
	/** The name of the profile. */
	readonly profile: string;
	readonly seed: number;
	/** The longest segment that the network carries, in octets (TCP's MSS). */
	readonly segmentLength: number;
	readonly events: readonly TraceEvent[];
}
