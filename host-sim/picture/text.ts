// A trace as text, one line for each event: for the failures of a search, for snapshots in tests, for people who compare two
// runs with diff. Each line is made of its event alone, so that lines can be written while a simulation runs, and the same
// event always gives the same line.

import type { SegmentEvent, SegmentKind, StateEvent, Trace, TraceEvent } from "../virtual/trace.js";
import { escapedOctets } from "./words.js";

/** How a trace is written. */
export interface TextOptions {
	/** So many octets of a segment are shown, and the number of the others. Default 64. */
	readonly octetsMax?: number;
}

const OCTETS_MAX = 64;
const TIME_WIDTH = 12;
const CONNECTION_WIDTH = 4;
const WHO_WIDTH = 8;

const SEGMENT_NAMES: Readonly<Record<SegmentKind, string>> = {
	syn: "SYN",
	"syn-ack": "SYN-ACK",
	ack: "ACK",
	data: "data",
	fin: "FIN",
	rst: "RST",
	"keep-alive": "keep-alive",
	window: "window",
};

/** The whole trace: a line that names the simulation, then one for each event, each with its line feed. */
export function traceText(trace: Trace, options: TextOptions = {}): string {
	const lines = trace.events.map((event) => `${eventText(event, options)}\n`);
	return `profile ${trace.profile}, seed ${trace.seed}\n${lines.join("")}`;
}

/** One event as a line, without a line feed: when (in milliseconds), which connection, who, what. */
export function eventText(event: TraceEvent, { octetsMax = OCTETS_MAX }: TextOptions = {}): string {
	const time = event.time.toFixed(3).padStart(TIME_WIDTH);
	const connection = (event.connection === 0 ? "" : `#${event.connection}`).padEnd(CONNECTION_WIDTH);
	return `${time} ${connection} ${who(event).padEnd(WHO_WIDTH)} ${what(event, octetsMax)}`;
}

function who(event: TraceEvent): string {
	return event.kind === "segment" ? `${event.from} →` : event.kind;
}

function what(event: TraceEvent, octetsMax: number): string {
	if (event.kind === "segment") return segmentText(event, octetsMax);
	if (event.kind === "state") return stateText(event);
	return singleLine(event.text);
}

function segmentText({ segment, octets, window, arrived }: SegmentEvent, octetsMax: number): string {
	const { length } = octets;
	const more = length > octetsMax ? ` and ${length - octetsMax} more` : "";
	const content = length === 0 ? "" : ` ${length} "${escapedOctets(octets, 0, Math.min(length, octetsMax))}"${more}`;
	const end = arrived < 0 ? "lost" : `arrives ${arrived.toFixed(3)}`;
	return `${SEGMENT_NAMES[segment]}${content}; window ${windowText(window)}; ${end}`;
}

function windowText(window: number): string {
	return Number.isFinite(window) ? String(window) : "unbounded";
}

function stateText(event: StateEvent): string {
	const { slot, phase, wait, deadline, received, receiveLength, unsent, sendLength } = event;
	const until = deadline < 0 ? "" : ` until ${deadline.toFixed(3)}`;
	return `${phase}, waits for ${wait}${until}; slot ${slot}, receive ${received}/${receiveLength}, send ${unsent}/${sendLength}`;
}

/** What apps and clients say may hold anything; a line stays a line. */
function singleLine(text: string): string {
	let line = "";
	for (let index = 0; index < text.length; index += 1) {
		const code = text.charCodeAt(index);
		if (code === 0x0a) line += "\\n";
		else if (code === 0x0d) line += "\\r";
		else if (code < 0x20 || code === 0x7f) line += `\\x${code.toString(16).padStart(2, "0")}`;
		else line += text[index];
	}
	return line;
}
