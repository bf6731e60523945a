// Streams of requests that repeat each other as a client's do: the same head again, its fields under another target, all but a
// line or an octet of it; now and then with a slip. And how they are cut. For the fuzzers of what is remembered of heads.

import type { Random } from "../../host-sim/virtual/random.js";
import { cut, segmentsOf } from "./corpus-fuzz.js";
import { chunked } from "./exchange.js";
import { octetsOf } from "./octets.js";

/** Buffers that are large, and such as heads, targets and memories of heads just fit or just do not. */
export const TIGHT_LIMITS: readonly Readonly<Record<string, number>>[] = [
	{},
	{ receiveLength: 256, targetLengthMax: 100, rememberedLength: 128 },
	{ receiveLength: 256, targetLengthMax: 40, rememberedLength: 64, headLengthMax: 150 },
	{ receiveLength: 257, targetLengthMax: 33, rememberedLength: 127 },
	{ receiveLength: 300, targetLengthMax: 64, rememberedLength: 120, headLengthMax: 200 },
	{ receiveLength: 333, targetLengthMax: 50, rememberedLength: 1000, sendLength: 700 },
	{ receiveLength: 400, targetLengthMax: 64, rememberedLength: 200, headLengthMax: 180, fieldLinesMax: 7 },
	{ receiveLength: 512, targetLengthMax: 128, rememberedLength: 256, fieldsKeptMax: 3, fieldLinesMax: 9 },
	{
		receiveLength: 700,
		targetLengthMax: 64,
		rememberedLength: 350,
		headLengthMax: 300,
		trailerSectionLengthMax: 60,
		contentLengthMax: 80,
	},
	{ receiveLength: 1000, targetLengthMax: 200, rememberedLength: 500, sendLength: 600 },
];

/** Which fields an app registers: none, what the protocol reads anyhow, what it does not. */
export const KEPT_FIELDS: readonly (readonly string[])[] = [
	[],
	["host"],
	["x-a"],
	["cookie", "x-a"],
	["user-agent", "connection"],
	["accept", "host", "content-length"],
	["xyz", "x-long"],
	["transfer-encoding", "expect", "a"],
];

const METHODS = ["GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "get", "GETT"];
const TARGETS = [
	"/",
	"/a",
	"/a",
	"/b",
	"/b",
	"/p/abc?x=1",
	"/p/abc?y=2",
	"/a.b/.c",
	"/%41",
	"/a/../b",
	"/a//b?/.",
	"/p/%zz",
	"/p/x%2Fy",
	"/none",
	"/.",
	"http://h/a",
	"http://g/a",
	"http://h",
	"*",
	"?",
];
const VERSIONS = ["HTTP/1.0", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/1.1 "];
const HOSTS = ["Host: a", "Host: a", "Host: a", "Host: b", "host: a"];
/** Octets that are no text, and as numbers of 64 bits are none: what is compared eight at a time must not take them for others. */
const NO_NUMBERS = ["\xff\xff\xff\xff\xff\xff\xff\xff", "\xff\x7f", "\xff\xf8\xff\xff\xff\xff\xff\x7e".repeat(2)];
const FIELD_LINES = [
	...["Host: b", "host: a", "Host: a:80", "Host:a", "Host: a "],
	...["Connection: keep-alive", "Connection: keep-alive", "connection: keep-alive", "Connection: Keep-Alive"],
	...["Connection: close", "Connection: keep-alive, close", "Connection: foo", "Connection: upgrade", "Upgrade: h2c"],
	...["User-Agent: Mozilla/5.0 (X11; Linux)", "User-Agent: Mozilla/5.0 (X11; Linus)", "User-Agent: curl"],
	...["Accept: */*", "Accept: text/html,application/xhtml", "Accept-Language: de", "Accept-Language: en"],
	...["Accept-Encoding: gzip, deflate", "Ac: x", "A: b", "A:b", "B: c"],
	...["X-A: 1", "X-A: 2", "X-A: 1234567890", "X-A: 1234567891", "X-A:", "X-A: 1\t"],
	...["Cookie: a=b", "Cookie: a=c", "Cookie: ", `X-Long: ${"l".repeat(40)}`, `X-Long: ${"m".repeat(40)}`],
	...NO_NUMBERS.map((value) => `Xyz: ${value}`),
	...["Expect: 100-continue", "Content-Length: 0", "Content-Length: 5", "Transfer-Encoding: chunked"],
];
/** Those that say a request is another, or none: they come less often. */
const WEIGHTY = /^(?:host|expect|content-length|transfer-encoding):/i;

/** Requests as they are sent one behind the other on one connection, a string of octets for each. */
export function requestStream(random: Random): string[] {
	let line = requestLine(random);
	let fields = fieldLines(random);
	const lines = [requestLine(random), requestLine(random), line];
	const sections = [fieldLines(random), fields];
	return Array.from({ length: random.between(2, 11) }, () => {
		const change = random.below(10);
		if (change === 0) line = requestLine(random);
		else if (change <= 2) line = random.pick(lines);
		else if (change === 3) fields = fieldLines(random);
		else if (change === 4) fields = random.pick(sections);
		else if (change === 5) fields = withOtherLine(random, fields);
		else if (change === 6) fields = withOtherOctet(random, fields);
		const octets = requestOf(random, line, fields);
		return random.below(60) === 0 ? withSlip(random, octets) : octets;
	});
}

function requestLine(random: Random): string {
	const padded = ["/", "/c?"].map((start) => start + "z".repeat(random.below(60)));
	const version = random.below(12) === 0 ? random.pick(VERSIONS) : "HTTP/1.1";
	return `${random.pick(METHODS)} ${random.pick([...TARGETS, ...padded])} ${version}`;
}

function fieldLines(random: Random): string[] {
	const lines: string[] = [];
	for (let count = random.below(8); count > 0; count -= 1) {
		const line = random.pick(FIELD_LINES);
		if (!WEIGHTY.test(line) || random.below(6) === 0) lines.push(line);
	}
	const place = random.below(4) === 0 ? random.below(lines.length + 1) : 0;
	if (random.below(30) > 0) lines.splice(place, 0, random.pick(HOSTS));
	return lines;
}

/** A line less, another or one more. */
function withOtherLine(random: Random, lines: readonly string[]): string[] {
	const place = random.below(lines.length + 1);
	if (random.below(2) === 0) return lines.toSpliced(place, 1);
	return lines.toSpliced(place, random.below(2), random.pick(FIELD_LINES));
}

/** One octet of one value is another, or missing. */
function withOtherOctet(random: Random, lines: readonly string[]): string[] {
	if (lines.length === 0) return [];
	const place = random.below(lines.length);
	const line = lines[place] as string;
	const colon = line.indexOf(":");
	const at = random.between(colon + 1, Math.max(colon + 1, line.length - 1));
	return lines.with(place, line.slice(0, at) + random.pick(["x", " ", "0", ",", ""]) + line.slice(at + 1));
}

function requestOf(random: Random, line: string, fields: readonly string[]): string {
	const start = random.below(20) === 0 ? "\r\n" : "";
	return `${start}${line}\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n${contentOf(random, fields)}`;
}

function contentOf(random: Random, fields: readonly string[]): string {
	if (fields.includes("Transfer-Encoding: chunked")) {
		const trailers = random.below(2) === 0 ? [] : ["X-A: t", "Cookie: u"];
		return chunked(["abc", "d".repeat(random.between(1, 300))], trailers);
	}
	return fields.includes("Content-Length: 5") ? "hello" : "";
}

function withSlip(random: Random, octets: string): string {
	const at = random.below(octets.length);
	const slip = random.pick(["\r", "\n", " ", ":", "\0", "x", "\t", "\xff", ""]);
	return octets.slice(0, at) + slip + octets.slice(at + random.below(2));
}

/** The segments in which a stream comes: whole, request by request or nearly, or at random. */
export function streamSegments(random: Random, stream: readonly string[]): Uint8Array[] {
	const how = random.below(5);
	const octets = octetsOf(stream.join(""));
	if (how === 0) return [octets];
	if (how === 1 || how === 2) return nearlyByRequest(random, stream);
	return [...cut(octets, segmentsOf(random, octets.length))];
}

/** Some requests come together, and some in two parts, of which the second may come with the next. */
function nearlyByRequest(random: Random, stream: readonly string[]): Uint8Array[] {
	const segments: string[] = [];
	let waiting = "";
	for (const request of stream) {
		waiting += request;
		if (random.below(6) === 0) continue;
		const end = random.below(4) === 0 ? random.below(waiting.length) : waiting.length;
		segments.push(waiting.slice(0, end));
		waiting = waiting.slice(end);
		if (random.below(3) === 0) continue;
		segments.push(waiting);
		waiting = "";
	}
	return [...segments, waiting].filter((segment) => segment !== "").map(octetsOf);
}
