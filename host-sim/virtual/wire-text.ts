// What went over the wire, as text that can be read and kept in a snapshot: a line for each segment, and one for each line
// of what it carries. For the simulation and its clients.

import { latin1Text } from "./octets.js";
import type { SegmentEvent, TraceEvent } from "./trace.js";

export interface WireOptions {
	/** How many octets of a segment are shown, at the most. Default 400. */
	readonly lengthMax?: number;
	/** Whether segments are shown that carry nothing: acknowledgements and windows. Default false. */
	readonly showsEmpty?: boolean;
}

const INDENT = "          ";

/** `connection`: of which connection; 0: of all, with their numbers. */
export function wireText(events: readonly TraceEvent[], connection: number, options: WireOptions = {}): string {
	const { lengthMax = 400, showsEmpty = false } = options;
	const lines: string[] = [];
	for (const event of events) {
		if (event.kind === "remark" && (event.connection === 0 || event.connection === connection)) {
			lines.push(`${timeText(event.time)} # ${event.text}`);
		}
		if (event.kind !== "segment" || (connection !== 0 && event.connection !== connection)) continue;
		const isEmpty = event.segment === "ack" || event.segment === "window";
		if (isEmpty && !showsEmpty) continue;
		lines.push(`${timeText(event.time)} ${connection === 0 ? `${event.connection} ` : ""}${segmentText(event)}`);
		if (event.segment === "data") lines.push(...contentLines(event.octets, lengthMax));
	}
	return `${lines.join("\n")}\n`;
}

function timeText(time: number): string {
	return `${Number.isInteger(time) ? time : time.toFixed(3)} ms`.padEnd(INDENT.length - 1);
}

function segmentText({ from, segment, octets, arrived }: SegmentEvent): string {
	const arrow = from === "client" ? "→" : "←";
	const what = segment === "data" ? `${octets.length} octets` : segment.toUpperCase();
	return `${arrow} ${what}${arrived < 0 ? ", lost" : ""}`;
}

/** A line for each line, with signs in place of controls: ␍␊ ends one. */
function contentLines(octets: Uint8Array, lengthMax: number): string[] {
	const count = Math.min(octets.length, lengthMax);
	const lines = latin1Text(octets, count)
		.replace(/[^\x20-\x7e]/g, visible)
		.split(/(?<=␊)/);
	if (count < octets.length) lines.push(`… ${octets.length - count} more`);
	return lines.map((line) => `${INDENT}${line}`);
}

function visible(character: string): string {
	const code = character.charCodeAt(0);
	if (code < 0x20) return String.fromCharCode(0x2400 + code);
	return code === 0x7f ? "␡" : `<${code.toString(16)}>`;
}
