// Times, counts and octets in words: what the text of a trace, the ladder and the capture have in common. For the modules of
// this folder. Nothing here depends on where it runs: the same trace reads the same on every engine.

import { METHODS } from "../../src/message/method.js";
import { latin1 } from "../../src/octets/text.js";

const HEX = "0123456789abcdef";

/** The octets from `start` to `end` in printable ASCII: what is not, as in a string of JavaScript. */
export function escapedOctets(octets: Uint8Array, start = 0, end: number = octets.length): string {
	let text = "";
	for (let index = start; index < end; index += 1) text += escapedOctet(octets[index] as number);
	return text;
}

function escapedOctet(octet: number): string {
	if (octet === 0x0d) return "\\r";
	if (octet === 0x0a) return "\\n";
	if (octet === 0x09) return "\\t";
	if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`;
	if (octet >= 0x20 && octet < 0x7f) return String.fromCharCode(octet);
	return `\\x${HEX[octet >> 4]}${HEX[octet & 15]}`;
}

/** A count for people, with commas: "12,345". */
export function countText(count: number): string {
	if (!Number.isFinite(count)) return "unbounded";
	let digits = String(Math.trunc(count));
	let text = "";
	while (digits.length > 3) {
		text = `,${digits.slice(-3)}${text}`;
		digits = digits.slice(0, -3);
	}
	return digits + text;
}

/** "1 octet", "12,345 octets". */
export function octetsText(count: number): string {
	return `${countText(count)} octet${count === 1 ? "" : "s"}`;
}

/** A moment for people: milliseconds below a second, seconds above; to the microsecond, if it is between two milliseconds. */
export function timeText(ms: number): string {
	if (ms < 1000) return `${decimal(ms, 3)} ms`;
	return `${(ms / 1000).toFixed(Number.isInteger(ms) ? 3 : 6)} s`;
}

/** A span for people, where three digits say enough. */
export function spanText(ms: number): string {
	if (ms < 1000) return `${decimal(ms, ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
	if (ms < 60_000) return `${decimal(ms / 1000, ms < 10_000 ? 2 : 1)} s`;
	if (ms < 3_600_000) return `${decimal(ms / 60_000, 1)} min`;
	return `${decimal(ms / 3_600_000, 1)} h`;
}

/** `value` with at most so many digits behind the point, none of them a trailing zero. */
function decimal(value: number, digits: number): string {
	const text = value.toFixed(digits);
	return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** The first `lengthMax` characters; what was cut off is one "…". */
export function cut(text: string, lengthMax: number): string {
	return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}

/** A request line, or a status line, from its first octet on. */
const START_LINE = /^(?:([A-Z]+ [!-~]+) HTTP\/\d\.\d|HTTP\/\d\.\d (\d{3}(?: [ -~]*)?))\r?$/;

/** So many octets are looked through for request lines and status lines. */
const LOOKED_THROUGH_MAX = 65_536;

/** The lines that begin a message among these octets, in a few words; "" when there are none. */
export function startText(octets: Uint8Array): string {
	const lines = latin1(octets, 0, Math.min(octets.length, LOOKED_THROUGH_MAX)).split("\n");
	const starts: string[] = [];
	let isFirst = false;
	// What stands behind the last line feed is no whole line.
	for (let index = 0; index < lines.length - 1; index += 1) {
		const found = START_LINE.exec(lines[index] as string);
		if (found === null || (found[1] !== undefined && !isMethod(found[1]))) continue;
		if (index === 0) isFirst = true;
		starts.push((found[1] ?? found[2]) as string);
	}
	if (starts.length === 0) return "";
	return `${isFirst ? "" : "… "}${starts[0]}${starts.length > 1 ? ` and ${starts.length - 1} more` : ""}`;
}

/** Whether a request line begins with a method that is known: where a line was cut, what is left of one is none. */
function isMethod(line: string): boolean {
	return METHODS.names.includes(line.slice(0, line.indexOf(" ")));
}

/** So many octets are shown as they are. */
const FEW = 20;

/** What a segment carries: the lines that begin a message, or the octets themselves when they are few, or their number. */
export function contentText(octets: Uint8Array): string {
	const length = octetsText(octets.length);
	const start = startText(octets);
	if (start !== "") return `${start}, ${length}`;
	const text = octets.length <= FEW ? escapedOctets(octets) : "";
	return text === "" || text.length > FEW + 4 ? length : `"${text}"`;
}
