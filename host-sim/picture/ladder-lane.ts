// What the ladder shows of one connection: arrows for its segments, notes for what the server did, the deadlines it missed.
// Nothing is placed yet. For the ladder.

import type { SegmentEvent, Side, StateEvent, Trace, TraceEvent } from "../virtual/trace.js";
import { contentText, countText, octetsText, startText, timeText } from "./words.js";

/** How an arrow looks. */
export type ArrowStyle = "client" | "server" | "fin" | "rst" | "ack";

/** A segment, or a run of them that is drawn as one. */
export interface Arrow {
	readonly from: Side;
	readonly style: ArrowStyle;
	/** When the first left and arrived; −1: never. */
	readonly time: number;
	readonly arrived: number;
	/** When the last left and arrived. */
	lastTime: number;
	lastArrived: number;
	/** How many segments it stands for, and how many octets they carry. */
	count: number;
	length: number;
	/** The first of them, as far as they are looked at. */
	octets: Uint8Array;
	/** "" for one that says nothing worth reading. */
	label: string;
}

/** What is said beside the server. */
export interface Note {
	readonly time: number;
	readonly text: string;
	readonly style: "remark" | "message" | "path" | "wait" | "missed";
}

export class Lane {
	readonly connection: number;
	/** Those with a label. */
	arrows: Arrow[] = [];
	/** Those without one. */
	bare: Arrow[] = [];
	readonly notes: Note[] = [];
	readonly states: StateEvent[] = [];
	/** What was waited for in vain, and until when. */
	readonly missed: { readonly time: number; readonly wait: string }[] = [];
	/** Each request and response, as text. */
	readonly messages: string[] = [];
	first = Number.POSITIVE_INFINITY;
	last = 0;
	segmentCount = 0;
	readonly #windows: Record<Side, number> = { client: -1, server: -1 };

	constructor(connection: number) {
		this.connection = connection;
	}

	/** Adds an event of the connection, in the order of the trace. */
	add(event: TraceEvent): void {
		this.first = Math.min(this.first, event.time);
		this.last = Math.max(this.last, event.time);
		if (event.kind === "segment") this.#addSegment(event);
		else if (event.kind === "state") this.states.push(event);
		else if (event.kind === "remark") this.remark(event);
	}

	/** A remark on the connection, or one on all of them for which this is the place. */
	remark({ time, text }: { readonly time: number; readonly text: string }): void {
		this.notes.push({ time, text, style: "remark" });
	}

	#addSegment(event: SegmentEvent): void {
		this.segmentCount += 1;
		this.last = Math.max(this.last, event.arrived);
		const { from, time, arrived, octets } = event;
		const label = this.#label(event);
		const arrow: Arrow = {
			from,
			style: styleOf(event),
			time,
			arrived,
			lastTime: time,
			lastArrived: arrived,
			count: 1,
			length: octets.length,
			octets,
			label: arrived < 0 ? `${label === "" ? "ACK" : label}, lost` : label,
		};
		this.#windows[from] = event.window;
		if (arrow.label !== "") this.arrows.push(arrow);
		else if (!this.#isLikeLast(arrow)) this.bare.push(arrow);
	}

	/** Whether nobody could tell it from the one before: acknowledgements of one moment. */
	#isLikeLast({ from, time, arrived }: Arrow): boolean {
		const last = this.bare[this.bare.length - 1];
		return last !== undefined && last.from === from && last.time === time && last.arrived === arrived;
	}

	#label({ segment, octets, window, from }: SegmentEvent): string {
		const closed = window === 0 && segment !== "rst" && segment !== "fin" ? CLOSED : "";
		switch (segment) {
			case "syn":
				return "SYN";
			case "syn-ack":
				return "SYN-ACK";
			case "fin":
				return "FIN";
			case "rst":
				return "RST";
			case "keep-alive":
				return "keep-alive";
			case "data":
				return closed === "" ? contentText(octets) : `${contentText(octets)}, ${closed}`;
			default:
				// A window is worth a word when it closes, and when it opens again.
				if (this.#windows[from] === 0 && window > 0) return `window ${countText(window)}`;
				return this.#windows[from] === 0 ? "" : closed;
		}
	}

	/** After the last event: what the server did, moment by moment. `messages`: its requests and responses. */
	finish(messages: readonly TraceEvent[]): void {
		this.#findMissed();
		let message = 0;
		let index = 0;
		let phase = "free";
		let wait = "nothing";
		for (;;) {
			const time = Math.min(
				this.states[index]?.time ?? Number.POSITIVE_INFINITY,
				messages[message]?.time ?? Number.POSITIVE_INFINITY,
			);
			if (time === Number.POSITIVE_INFINITY) break;
			const texts: string[] = [];
			for (; messages[message]?.time === time; message += 1) addMessage(texts, messages[message] as TraceEvent);
			this.messages.push(...texts);
			const path: string[] = [];
			let state: StateEvent | undefined;
			for (; this.states[index]?.time === time; index += 1) {
				state = this.states[index] as StateEvent;
				if (state.phase !== phase) path.push(state.phase);
				phase = state.phase;
			}
			this.#noteMoment(time, texts, path, path.length > 0 || state?.wait !== wait ? state : undefined);
			wait = state?.wait ?? wait;
		}
		this.notes.sort((a, b) => a.time - b.time);
	}

	/** `waiting`: the state that the server rests in, when it is new. */
	#noteMoment(time: number, texts: readonly string[], path: readonly string[], waiting: StateEvent | undefined): void {
		for (const text of texts.slice(0, MESSAGES_MAX)) this.notes.push({ time, text, style: "message" });
		if (texts.length > MESSAGES_MAX) {
			this.notes.push({ time, text: `and ${texts.length - MESSAGES_MAX} more`, style: "message" });
		}
		if (path.length > 0) this.notes.push({ time, text: path.join(" › "), style: "path" });
		if (waiting === undefined || waiting.wait === "nothing") return;
		const until = waiting.deadline < 0 ? "" : `, until ${timeText(waiting.deadline)}`;
		this.notes.push({ time, text: `waits: ${waiting.wait}${until}`, style: "wait" });
	}

	/** A deadline was missed when the wait was still the same as its time came, and the server did something about it. */
	#findMissed(): void {
		for (let index = 0; index + 1 < this.states.length; index += 1) {
			const { wait, deadline } = this.states[index] as StateEvent;
			const next = this.states[index + 1] as StateEvent;
			if (deadline < 0 || next.time < deadline) continue;
			this.missed.push({ time: deadline, wait });
			this.notes.push({ time: deadline, text: `deadline: ${wait}`, style: "missed" });
		}
	}

	/** Draws data that left at one time and arrived at one time as one arrow, where it is many segments. */
	joinBursts(): void {
		const joined: Arrow[] = [];
		for (let index = 0; index < this.arrows.length; ) {
			const first = this.arrows[index] as Arrow;
			let end = index + 1;
			while (end < this.arrows.length && isOfBurst(first, this.arrows[end] as Arrow)) end += 1;
			joined.push(first);
			for (let one = index + 1; one < end; one += 1) {
				if (end - index < BURST_LENGTH_MIN) joined.push(this.arrows[one] as Arrow);
				else join(first, this.arrows[one] as Arrow);
			}
			index = end;
		}
		this.arrows = joined;
	}

	/** Draws runs of data in one direction, with nothing to read between them, as one arrow each. */
	joinRuns(): void {
		const joined: Arrow[] = [];
		let note = 0;
		for (const arrow of this.arrows) {
			const before = joined[joined.length - 1];
			if (before !== undefined && canJoin(before, arrow)) {
				while (note < this.notes.length && (this.notes[note] as Note).time <= before.lastTime) note += 1;
				const isNoted = note < this.notes.length && (this.notes[note] as Note).time <= arrow.time;
				if (!isNoted) {
					join(before, arrow);
					continue;
				}
			}
			joined.push(arrow);
		}
		this.arrows = joined;
		const runs = joined.filter(({ count }) => count > 1);
		// Bare arrows in the midst of a run belong to it.
		let run = 0;
		this.bare = this.bare.filter(({ time }) => {
			while (run < runs.length && (runs[run] as Arrow).lastArrived < time) run += 1;
			const arrow = runs[run];
			return arrow === undefined || time <= arrow.time || time >= arrow.lastArrived;
		});
	}
}

/** So many segments are worth joining. */
const BURST_LENGTH_MIN = 3;

function isOfBurst(first: Arrow, next: Arrow): boolean {
	return canJoin(first, next) && first.time === next.time && first.arrived === next.arrived;
}

/** So many requests and responses of one moment are told. */
const MESSAGES_MAX = 3;

function styleOf({ segment, from }: SegmentEvent): ArrowStyle {
	if (segment === "fin" || segment === "rst") return segment;
	return segment === "data" || segment === "syn" || segment === "syn-ack" ? from : "ack";
}

/** A response stands on the line of its request when both are of one moment. */
function addMessage(texts: string[], event: TraceEvent): void {
	if (event.kind !== "request" && event.kind !== "response") return;
	const last = texts.length - 1;
	if (event.kind === "response" && last >= 0 && !(texts[last] as string).includes("→")) {
		texts[last] = `${texts[last]} → ${event.text}`;
	} else texts.push(event.kind === "response" ? `→ ${event.text}` : event.text);
}

function canJoin(first: Arrow, next: Arrow): boolean {
	if (first.length === 0 || next.length === 0 || first.from !== next.from) return false;
	return first.lastArrived >= 0 && next.arrived >= 0;
}

function join(first: Arrow, next: Arrow): void {
	first.lastTime = next.lastTime;
	first.lastArrived = next.lastArrived;
	first.count += next.count;
	first.length += next.length;
	if (first.octets.length < LOOKED_AT_MAX) first.octets = together(first.octets, next.octets);
	const start = startText(first.octets);
	const words = `${countText(first.count)} segments, ${octetsText(first.length)}`;
	const closed = next.label.endsWith(CLOSED) ? `, ${CLOSED}` : "";
	first.label = `${start}${start === "" ? "" : ", "}${words}${closed}`;
}

/** So many octets of a run are looked at for what they begin with. */
const LOOKED_AT_MAX = 4096;

function together(first: Uint8Array, second: Uint8Array): Uint8Array {
	const octets = new Uint8Array(first.length + second.length);
	octets.set(first);
	octets.set(second, first.length);
	return octets;
}

/** What is said of a window that has no room. */
const CLOSED = "window 0";

/** The lanes of a trace, in the order in which their connections began: those in `wanted`, or all of them. */
export function lanesOf(trace: Trace, wanted: readonly number[] | null): Lane[] {
	const lanes = new Map<number, Lane>();
	const messages = new Map<number, TraceEvent[]>();
	for (const event of trace.events) {
		const { connection } = event;
		if (connection === 0 || (wanted !== null && !wanted.includes(connection))) continue;
		let lane = lanes.get(connection);
		if (lane === undefined) {
			lane = new Lane(connection);
			lanes.set(connection, lane);
			messages.set(connection, []);
		}
		lane.add(event);
		if (event.kind === "request" || event.kind === "response") messages.get(connection)?.push(event);
	}
	for (const [connection, lane] of lanes) {
		lane.finish(messages.get(connection) as TraceEvent[]);
		lane.joinBursts();
	}
	return [...lanes.values()].sort((a, b) => a.connection - b.connection);
}
