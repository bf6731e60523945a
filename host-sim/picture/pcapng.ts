// A trace as a capture file that Wireshark opens: pcapng (draft-ietf-opsawg-pcapng), raw IPv4, TCP as it would have been on
// the wire, seen at the server. The server's states and what was remarked are comments of the packets.
//
// Time begins at 1970-01-01T00:00:00Z. The server is 192.0.2.80, port 80; connection n comes from 192.0.2.1, port 49151 + n.

import { encodeUtf8, utf8Length } from "../../src/octets/text.js";
import type { SegmentEvent, StateEvent, Trace, TraceEvent } from "../virtual/trace.js";
import { OctetWriter } from "./octet-writer.js";
import type { Endpoint } from "./tcp-packet.js";
import { type Packet, TcpStream } from "./tcp-stream.js";
import { timeText } from "./words.js";

const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;

/** LINKTYPE_RAW: the packet begins with its IP header. */
const LINK_TYPE = 101;

const OPTION_END = 0;
const OPTION_COMMENT = 1;
const SECTION_APPLICATION = 4;
const INTERFACE_NAME = 2;
const INTERFACE_RESOLUTION = 9;
const PACKET_FLAGS = 2;
const INBOUND = 1;
const OUTBOUND = 2;

/** Times are in units of 10⁻⁹ seconds. */
const RESOLUTION_DIGITS = 9;
const UNITS_PER_MS = 1_000_000;

const SERVER: Endpoint = { address: 0xc0000250, port: 80 };
const CLIENT_ADDRESS = 0xc0000201;
const CLIENT_PORT_MIN = 49_152;
const CLIENT_PORTS = 65_536 - CLIENT_PORT_MIN;

/** So many comments a packet gets at most: a person reads them. */
const COMMENTS_MAX = 24;

/** The trace as a pcapng file. */
export function pcapng(trace: Trace): Uint8Array {
	const packets = packetsOf(trace);
	const comments = commentsOf(trace, packets);
	const writer = new OctetWriter();
	block(writer, SECTION_HEADER, (body) => {
		body.u32Little(BYTE_ORDER);
		body.u16Little(1);
		body.u16Little(0);
		// How long the section is: not said.
		body.u32Little(0xffffffff);
		body.u32Little(0xffffffff);
		textOption(
			body,
			OPTION_COMMENT,
			`A simulation: profile ${trace.profile}, seed ${trace.seed}. Captured at the server.`,
		);
		textOption(body, SECTION_APPLICATION, "Thimble");
		endOptions(body);
	});
	block(writer, INTERFACE, (body) => {
		body.u16Little(LINK_TYPE);
		body.u16Little(0);
		// Packets are never cut short.
		body.u32Little(0);
		textOption(body, INTERFACE_NAME, "simulation");
		option(body, INTERFACE_RESOLUTION, new Uint8Array([RESOLUTION_DIGITS]));
		endOptions(body);
	});
	packets.forEach((packet, index) => {
		block(writer, ENHANCED_PACKET, (body) => packetBody(body, packet, comments[index] as readonly string[]));
	});
	return writer.toOctets();
}

// ---- Packets ----

/** All packets, in the order in which they are seen. */
function packetsOf(trace: Trace): readonly Packet[] {
	const segments = new Map<number, SegmentEvent[]>();
	for (const event of trace.events) {
		if (event.kind !== "segment") continue;
		const list = segments.get(event.connection);
		if (list === undefined) segments.set(event.connection, [event]);
		else list.push(event);
	}
	const streams = new Map<number, TcpStream>();
	for (const [connection, list] of segments) {
		streams.set(connection, new TcpStream(connection, clientOf(connection), SERVER, trace.segmentLength, list));
	}
	const packets: Packet[] = [];
	trace.events.forEach((event, index) => {
		if (event.kind === "segment") packets.push(...(streams.get(event.connection) as TcpStream).packets(event, index));
	});
	// Sorting is stable: at the same time, what left first is seen first.
	return packets.sort((a, b) => a.time - b.time);
}

function clientOf(connection: number): Endpoint {
	const index = connection - 1;
	// When the ports are used up, the next address goes on.
	return {
		address: CLIENT_ADDRESS + Math.floor(index / CLIENT_PORTS),
		port: CLIENT_PORT_MIN + (index % CLIENT_PORTS),
	};
}

// ---- Comments ----

/** For each packet, what the server did with it and what was remarked before the connection's next one. */
function commentsOf(trace: Trace, packets: readonly Packet[]): readonly (readonly string[])[] {
	const comments = packets.map((): string[] => []);
	const ofConnection = new Map<number, number[]>();
	packets.forEach(({ connection }, index) => {
		const list = ofConnection.get(connection);
		if (list === undefined) ofConnection.set(connection, [index]);
		else list.push(index);
	});
	const all = packets.map((_, index) => index);
	const cursors = new Map<number, number>();
	const states = new Map<number, StateEvent>();
	trace.events.forEach((event, index) => {
		const text = commentText(event, states);
		if (text === "") return;
		const own = event.connection === 0 ? all : (ofConnection.get(event.connection) ?? all);
		let cursor = cursors.get(event.connection) ?? 0;
		while (cursor + 1 < own.length && isBefore(packets[own[cursor + 1] as number] as Packet, event.time, index)) {
			cursor += 1;
		}
		cursors.set(event.connection, cursor);
		comments[own[cursor] as number]?.push(text);
	});
	return comments;
}

/** Whether a packet was seen before the event at `index` of the trace. */
function isBefore(packet: Packet, time: number, index: number): boolean {
	return packet.time < time || (packet.time === time && packet.index < index);
}

/** What an event is worth in a comment: of states, those that are another phase or another wait. */
function commentText(event: TraceEvent, states: Map<number, StateEvent>): string {
	if (event.kind === "segment") return "";
	if (event.kind !== "state") return `${event.kind}: ${event.text}`;
	const before = states.get(event.connection);
	states.set(event.connection, event);
	if (before?.phase === event.phase && before.wait === event.wait) return "";
	const { phase, wait, deadline, received, receiveLength, unsent, sendLength } = event;
	const until = deadline < 0 ? "" : ` until ${timeText(deadline)}`;
	return `${phase}, waits for ${wait}${until}; receive ${received}/${receiveLength}, send ${unsent}/${sendLength}`;
}

// ---- Blocks ----

/** Writes a block: its type, its length, its body, and its length again. */
function block(writer: OctetWriter, type: number, write: (body: OctetWriter) => void): void {
	const body = new OctetWriter();
	write(body);
	body.pad();
	const length = body.length + 12;
	writer.u32Little(type);
	writer.u32Little(length);
	writer.octets(body.toOctets());
	writer.u32Little(length);
}

function packetBody(body: OctetWriter, packet: Packet, comments: readonly string[]): void {
	const units = Math.round(packet.time * UNITS_PER_MS);
	body.u32Little(0);
	body.u32Little(Math.floor(units / 0x100000000));
	body.u32Little(units % 0x100000000);
	body.u32Little(packet.octets.length);
	body.u32Little(packet.octets.length);
	body.octets(packet.octets);
	body.pad();
	const flags = packet.from === "client" ? INBOUND : OUTBOUND;
	option(body, PACKET_FLAGS, new Uint8Array([flags, 0, 0, 0]));
	for (const text of comments.slice(0, COMMENTS_MAX)) textOption(body, OPTION_COMMENT, text);
	const more = comments.length - COMMENTS_MAX;
	if (more > 0) textOption(body, OPTION_COMMENT, `and ${more} more`);
	endOptions(body);
}

function option(body: OctetWriter, code: number, octets: Uint8Array): void {
	body.u16Little(code);
	body.u16Little(octets.length);
	body.octets(octets);
	body.pad();
}

/** Cut where an option's 16 bits of length are exceeded. */
function textOption(body: OctetWriter, code: number, text: string): void {
	const octets = new Uint8Array(Math.min(utf8Length(text), 0xffff));
	const sink = { octets, end: 0, limit: octets.length };
	encodeUtf8(text, 0, sink);
	option(body, code, octets.subarray(0, sink.end));
}

function endOptions(body: OctetWriter): void {
	option(body, OPTION_END, new Uint8Array(0));
}
