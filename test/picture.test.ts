// What is made from a trace: text, a capture, a ladder. And cases as files. On XS as well: the same trace gives the same
// octets on every engine.

import { describe, expect, test } from "vitest";
import { type Case, type CaseStep, caseText, readCase } from "../host-sim/picture/case.js";
import { contentOctets, contentOf } from "../host-sim/picture/case-content.js";
import { CaseWriter } from "../host-sim/picture/case-writer.js";
import { ladder } from "../host-sim/picture/ladder.js";
import { OctetWriter } from "../host-sim/picture/octet-writer.js";
import { pcapng } from "../host-sim/picture/pcapng.js";
import { eventText, traceText } from "../host-sim/picture/text.js";
import { contentText, escapedOctets, spanText, timeText } from "../host-sim/picture/words.js";
import { octetsOf, textOf } from "./support/octets.js";
import { type ReadPacket, readPcapng } from "./support/pcapng-reader.js";
import { idleTrace, TraceWriter } from "./support/traces.js";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

describe("words", () => {
	test("what a segment carries", () => {
		expect(contentText(octetsOf(GET))).toBe("GET /, 27 octets");
		expect(contentText(octetsOf(GET + GET))).toBe("GET / and 1 more, 54 octets");
		expect(contentText(octetsOf(`tail\r\n\r\n${GET}`))).toBe("… GET /, 35 octets");
		expect(contentText(octetsOf("HTTP/1.1 404 Not Found\r\n\r\n"))).toBe("404 Not Found, 26 octets");
		expect(contentText(octetsOf("GET / HT"))).toBe('"GET / HT"');
		expect(contentText(octetsOf("ET / HTTP/1.1\r\n"))).toBe('"ET / HTTP/1.1\\r\\n"');
		expect(contentText(octetsOf("\x00\x01\x02\x03\x04\x05\x06\x07\x08"))).toBe("9 octets");
		expect(contentText(octetsOf("x".repeat(1436)))).toBe("1,436 octets");
	});

	test("octets, times", () => {
		expect(escapedOctets(octetsOf('a"\\\r\n\t\x00\xff'))).toBe('a\\"\\\\\\r\\n\\t\\x00\\xff');
		expect([0, 0.25, 999, 1000, 15_004.001].map(timeText)).toEqual([
			"0 ms",
			"0.25 ms",
			"999 ms",
			"1.000 s",
			"15.004001 s",
		]);
		expect([0.123, 45.67, 999, 1500, 59_000, 90_000, 7_200_000].map(spanText).join("; ")).toBe(
			"0.12 ms; 45.7 ms; 999 ms; 1.5 s; 59 s; 1.5 min; 2 h",
		);
	});
});

describe("a trace as text", () => {
	test("one line for each event, in columns", () => {
		const trace = new TraceWriter().open();
		trace.at(4).segment("client", "data", { text: GET });
		trace.at(5).state({ phase: "head", wait: "head", deadline: 10_005, received: 27 });
		trace.message("request", "GET /").message("response", "200");
		trace.segment("server", "data", { text: "x".repeat(70), arrived: -1 });
		trace.of(0).remark("two\nlines\x00");
		expect(traceText(trace)).toBe(
			[
				"profile esp32, seed 7",
				"       0.000 #1   client → SYN; window 65535; arrives 1.000",
				"       1.000 #1   server → SYN-ACK; window 8192; arrives 2.000",
				"       2.000 #1   client → ACK; window 65535; arrives 3.000",
				'       4.000 #1   client → data 27 "GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"; window 8192; arrives 5.000',
				"       5.000 #1   state    head, waits for head until 10005.000; slot 0, receive 27/1536, send 0/2048",
				"       5.000 #1   request  GET /",
				"       5.000 #1   response 200",
				`       5.000 #1   server → data 70 "${"x".repeat(64)}" and 6 more; window 8192; lost`,
				"       5.000      remark   two\\nlines\\x00",
				"",
			].join("\n"),
		);
	});

	test("as many octets as are wanted", () => {
		const [event] = new TraceWriter().segment("client", "data", { text: "abcdef" }).events;
		if (event === undefined) throw new Error("no event");
		expect(eventText(event, { octetsMax: 2 })).toMatch(/data 6 "ab" and 4 more;/);
		expect(eventText(event, { octetsMax: Number.POSITIVE_INFINITY })).toMatch(/data 6 "abcdef";/);
	});
});

describe("a trace as a capture", () => {
	/** Sequence and acknowledgement numbers counted from each end's first. */
	function relative(packets: readonly ReadPacket[]): string[] {
		const first = new Map<string, number>();
		return packets.map(({ from, to, flags, sequence, acknowledgement, content }) => {
			if (!first.has(from)) first.set(from, sequence);
			const own = (sequence - (first.get(from) ?? 0)) >>> 0;
			const other = flags.includes("A") ? (acknowledgement - (first.get(to) ?? 0)) >>> 0 : -1;
			return `${flags} ${own} ${other} ${content.length}`;
		});
	}

	test("a connection from its SYN to its end", () => {
		const packets = readPcapng(pcapng(idleTrace()));
		expect(relative(packets)).toEqual([
			"S 0 -1 0",
			"SA 0 1 0",
			"A 1 1 0",
			"PA 1 1 39",
			"PA 1 40 86",
			"A 40 87 0",
			"FA 87 40 0",
			"FA 40 88 0",
			"A 88 41 0",
		]);
		expect(packets.map(({ time }) => time)).toEqual([1, 1, 3, 5, 5, 7, 15_005, 15_007, 15_007]);
		expect(packets.map(({ direction }) => direction).join(" ")).toBe("in out in in out in out in out");
		expect(packets[0]?.from).toBe("192.0.2.1:49152");
		expect(packets[0]?.to).toBe("192.0.2.80:80");
		expect(packets[0]?.options.get(2)).toEqual([1460 >> 8, 1460 & 255]);
		expect(packets[0]?.options.has(3)).toBe(false);
		expect(packets[1]?.window).toBe(8192);
		expect(textOf(packets[3]?.content ?? new Uint8Array(0))).toMatch(/^GET \/api\/readings /);
	});

	test("the server's states are comments of the packet that led to them", () => {
		const packets = readPcapng(pcapng(idleTrace()));
		expect(packets[2]?.comments).toEqual(["first, waits for head until 10.003 s; receive 0/1536, send 0/2048"]);
		expect(packets[3]?.comments.filter((text) => text.startsWith("re"))).toEqual([
			"request: GET /api/readings",
			"response: 200",
		]);
		expect(packets[4]?.comments).toEqual(["idle, waits for request until 15.005 s; receive 0/1536, send 0/2048"]);
		expect(packets[6]?.comments).toEqual(["free, waits for nothing; receive 0/1536, send 0/2048"]);
	});

	test("each acknowledgement of one moment takes its own segment", () => {
		const trace = new TraceWriter().open();
		trace.at(4);
		for (let count = 0; count < 3; count += 1) trace.segment("server", "data", { text: "x".repeat(100) });
		trace.at(5).segment("client", "ack").segment("client", "data", { text: "abc" });
		trace.segment("client", "ack").segment("client", "ack").segment("client", "data", { text: "de" });
		expect(relative(readPcapng(pcapng(trace))).slice(6)).toEqual([
			"A 1 101 0",
			"PA 1 101 3",
			"A 4 201 0",
			"A 4 301 0",
			"PA 4 301 2",
		]);
	});

	test("packets stand in the order in which the server sees them, whenever they left", () => {
		const trace = new TraceWriter().open();
		trace.at(4).segment("client", "data", { text: "slow", arrived: 50 });
		trace.at(10).segment("server", "data", { text: "meanwhile" });
		trace.at(60).segment("server", "ack");
		const packets = readPcapng(pcapng(trace));
		expect(packets.map(({ time }) => time)).toEqual([1, 1, 3, 10, 50, 60]);
		expect(relative(packets).slice(3)).toEqual(["PA 1 1 9", "PA 1 1 4", "A 10 5 0"]);
	});

	test("a checksum carries as often as there is something to carry", () => {
		const writer = new OctetWriter();
		writer.u16(0x0001);
		expect(writer.checksum(0)).toBe(0xfffe);
		expect(writer.checksum(0, 0x1fffe)).toBe(0xfffe);
		expect(writer.checksum(0, 0xffff)).toBe(0xfffe);
	});

	test("what never arrived at the server is not seen there, a SYN that was sent again is", () => {
		const trace = new TraceWriter();
		trace.segment("client", "syn", { arrived: -1 });
		trace.at(1000).segment("client", "syn", { arrived: 1001 });
		trace.at(2000).segment("client", "syn");
		trace.at(2001).segment("server", "syn-ack");
		trace.at(2003).segment("server", "data", { text: "lost", arrived: -1 });
		trace.at(2004).segment("client", "ack");
		expect(relative(readPcapng(pcapng(trace)))).toEqual(["S 0 -1 0", "S 0 -1 0", "SA 0 1 0", "PA 1 1 4", "A 1 1 0"]);
	});

	test("a refused connection, a reset, a keep-alive probe, windows", () => {
		const trace = new TraceWriter();
		trace.segment("client", "syn").at(1).segment("server", "rst");
		trace.of(2).at(0).open();
		trace.at(3).segment("client", "keep-alive").at(4).segment("server", "window", { window: 0 });
		trace.at(5).segment("server", "window", { window: 17 }).at(6).segment("client", "rst");
		const packets = readPcapng(pcapng(trace));
		const of = (port: number) => packets.filter(({ from, to }) => `${from} ${to}`.includes(`:${port}`));
		expect(relative(of(49152))).toEqual(["S 0 -1 0", "RA 0 1 0"]);
		expect(relative(of(49153))).toEqual([
			"S 0 -1 0",
			"SA 0 1 0",
			"A 1 1 0",
			"A 0 1 0",
			"A 1 1 0",
			"A 1 1 0",
			"RA 1 1 0",
		]);
		expect(of(49153).map(({ window }) => window)).toEqual([65_535, 8192, 65_535, 8192, 0, 17, 8192]);
	});

	test("windows that do not fit are scaled, segments that do not fit are cut", () => {
		const trace = new TraceWriter("node", 7, 70_000);
		trace.segment("client", "syn", { window: 1_000_000 }).at(1).segment("server", "syn-ack", { window: 87_040 });
		trace.at(2).segment("client", "ack", { window: Number.POSITIVE_INFINITY });
		trace.at(3).segment("server", "data", { octets: new Uint8Array(70_000), window: 1 });
		const packets = readPcapng(pcapng(trace));
		expect(packets.map(({ options }) => options.get(3)?.[0])).toEqual([14, 1, undefined, undefined, undefined]);
		expect(packets.map(({ window }) => window)).toEqual([65_535, 65_535, 65_535, 1, 1]);
		expect(relative(packets).slice(3)).toEqual(["PA 1 1 65495", "PA 65496 1 4505"]);
		expect(packets[0]?.options.get(2)).toEqual([65_495 >> 8, 65_495 & 255]);
	});

	test("a trace without segments is a capture without packets; more connections than ports have two addresses", () => {
		expect(readPcapng(pcapng(new TraceWriter().remark("nothing")))).toEqual([]);
		const [packet] = readPcapng(pcapng(new TraceWriter().of(16_385).segment("client", "syn")));
		expect(packet?.from).toBe("192.0.2.2:49152");
	});
});

describe("a trace as a ladder", () => {
	/** The texts that are shown, one a line. Throws Error unless every element is closed in its order, and all else is text. */
	function shown(svg: string): string {
		const open: string[] = [];
		const texts: string[] = [];
		for (const piece of svg.split("<").slice(1)) {
			const end = piece.indexOf(">");
			const tag = piece.slice(0, end);
			const content = piece.slice(end + 1);
			if (end < 0 || content.includes(">") || !isEscaped(tag) || !isEscaped(content))
				throw new Error(`what is ${piece}?`);
			const [name = ""] = tag.split(" ");
			if (tag.startsWith("/")) {
				if (open.pop() !== name.slice(1)) throw new Error(`<${tag}> closes nothing`);
			} else if (!tag.endsWith("/")) open.push(name);
			// Behind the title of a text stands the text.
			if (name === "text" || (name === "/title" && open[open.length - 1] === "text")) texts.push(content);
		}
		if (open.length > 0) throw new Error(`not closed: ${open.join()}`);
		return texts.filter((text) => text !== "").join("\n");
	}

	function isEscaped(text: string): boolean {
		return text
			.split("&")
			.slice(1)
			.every((rest) => ENTITIES.some((entity) => rest.startsWith(entity)));
	}

	const ENTITIES = ["amp;", "lt;", "gt;", "quot;"];

	test("what was sent, what the server did, which deadline it missed", () => {
		const svg = ladder(idleTrace());
		const texts = shown(svg).split("\n");
		for (const text of [
			"Simulation on esp32, seed 7",
			"Connection 1",
			"SYN-ACK",
			"GET /api/readings, 39 octets",
			"200 OK, 86 octets",
			"GET /api/readings → 200",
			"head › exchange › flush › idle",
			"waits: request, until 15.005 s",
			"deadline: request",
			"15.005 s",
			"+15 s",
			"peak 112",
			"a silence, drawn short",
		]) {
			expect(texts).toContain(text);
		}
		expect(svg).toMatch(/<svg [^>]*role="img" aria-labelledby="tl-title tl-desc"/);
		expect(svg).toMatch(
			/<desc id="tl-desc">[^<]*Connection 1: GET \/api\/readings → 200; deadline for request missed at 15.005 s/,
		);
		expect(svg).toMatch(/@media\(prefers-color-scheme:dark\)/);
	});

	test("whatever a remark says is text", () => {
		const svg = ladder(new TraceWriter().open().remark('<b a="1">&\x00\ud800'), { title: "<&>" });
		expect(shown(svg)).toMatch(/&lt;b a=&quot;1&quot;&gt;&amp;\ufffd\ufffd/);
	});

	test("segments of one moment are one arrow, and so are runs where there are many", () => {
		const trace = new TraceWriter().open().at(4);
		for (let count = 0; count < 5; count += 1) {
			trace.segment("client", "data", { text: count === 0 ? GET : "x".repeat(1000) });
		}
		expect(shown(ladder(trace))).toMatch(/^GET \/, 5 segments, 4,027 octets$/m);
		for (const octet of GET) trace.at(trace.time + 100).segment("client", "data", { text: octet });
		expect(shown(ladder(trace))).toMatch(/^&quot;G&quot;$/m);
		for (let count = 0; count < 100; count += 1) trace.at(trace.time + 100).segment("client", "data", { text: "y" });
		expect(shown(ladder(trace))).toMatch(/^GET \/, 132 segments, 4,154 octets$/m);
	});

	test("no run goes on over what there is to read between its segments", () => {
		const trace = new TraceWriter().open();
		for (let count = 0; count < 120; count += 1) {
			trace.at(trace.time + 100).segment("client", "data", { text: "y" });
			if (count === 49) trace.at(trace.time + 1).remark("half-way");
		}
		const texts = shown(ladder(trace));
		expect(texts).toMatch(/^50 segments, 50 octets$/m);
		expect(texts).toMatch(/^70 segments, 70 octets$/m);
	});

	test("a long trace is a picture of bounded size that says what is left out", () => {
		const sizes = [100, 800].map((count) => {
			const trace = new TraceWriter().open();
			for (let index = 0; index < count; index += 1) {
				trace.at(trace.time + 1 + (index % 7) * 50).segment("client", "data", { text: GET });
				trace.at(trace.time + 1).state({ phase: index % 2 === 0 ? "exchange" : "idle", received: index % 1536 });
				trace.segment("server", "data", { text: "HTTP/1.1 200 OK\r\n\r\n" });
			}
			const svg = ladder(trace, { rowsMax: 100 });
			expect(shown(svg)).toMatch(/left out: too much for one picture/);
			expect(shown(svg)).toMatch(/Left out: [\d.]+ s to [\d.]+ s\./);
			return { length: svg.length, height: Number(/ height="([\d.]+)"/.exec(svg)?.[1]) };
		});
		expect(sizes.every(({ length, height }) => length < 200_000 && height < 8000)).toBe(true);
	});

	test("of many connections the first, or those that are wanted", () => {
		const trace = new TraceWriter();
		for (let connection = 1; connection <= 9; connection += 1) trace.of(connection).at(connection).open();
		const texts = shown(ladder(trace));
		expect(texts).toMatch(/^Connection 6$/m);
		expect(texts).not.toMatch(/^Connection 7$/m);
		expect(texts).toMatch(/Connections that are not drawn: 3\./);
		expect(shown(ladder(trace, { connections: [2, 9] })).match(/^Connection \d$/gm)).toEqual([
			"Connection 2",
			"Connection 9",
		]);
	});

	test("an empty trace is a picture, too", () => {
		expect(shown(ladder(new TraceWriter()))).toMatch(/^0 connections, 0 segments/m);
	});
});

describe("cases", () => {
	const STEPS: readonly CaseStep[] = [
		{ do: "connect", client: 1 },
		{ do: "send", client: 1, octets: ["GET / HTTP/1.1\r\n", "Host: x\xe9\r\n", "\r\n"], cuts: [3, 5] },
		{ do: "connect", client: 2, address: "192.0.2.9" },
		{ do: "trickle", client: 2, octets: { text: "ab", times: 300 }, intervalMs: 0.5 },
		{ do: "stall", client: 1 },
		{ do: "advance", ms: 5000 },
		{ do: "readSlowly", client: 1, length: 100, intervalMs: 20 },
		{ do: "resume", client: 1 },
		{ do: "resetAt", client: 2, sentLength: 600 },
		{ do: "loseNetwork", outage: "resets" },
		{ do: "restoreNetwork" },
		{ do: "busy", ms: 10 },
		{ do: "jumpTicks", ms: -5 },
		{ do: "setDate", epochMs: 0 },
		{ do: "reboot", bootMs: 100 },
		{ do: "end", client: 1 },
		{ do: "close", client: 1 },
		{ do: "reset", client: 2 },
	];
	const CASE: Case = {
		title: "all there is",
		profile: "esp8266",
		seed: -3,
		conditions: { latencyMs: 2.5 },
		steps: STEPS,
	};

	test("written and read they are the same", () => {
		const text = caseText(CASE);
		expect(readCase(text)).toEqual(CASE);
		expect(caseText(readCase(text))).toBe(text);
		expect(text).toMatch(/^\t\t\{ "do": "connect", "client": 1 \},$/m);
		expect(text).toMatch(/"Host: x\\u00e9\\r\\n"/);
		expect(readCase(caseText({ profile: "node", seed: 0, steps: [] }))).toEqual({
			profile: "node",
			seed: 0,
			steps: [],
		});
	});

	test.each([
		["{", /this is no JSON/],
		["[]", /the file must be an object, not \[\]/],
		["{}", /format is missing: "thimble-case"/],
		['{"format":"thimble-case","version":2}', /version must be 1, the only version there is, not 2/],
		['{"format":"thimble-case","version":1,"profile":"esp33"}', /profile must be one of lwip, esp32, .*, not "esp33"/],
	])("what is no case: %s", (text, complaint) => {
		expect(() => readCase(text)).toThrow(complaint);
	});

	test.each([
		[{ do: "conect", client: 1 }, /steps\[0\]\.do must be one of connect, .*, not "conect"/],
		["connect", /steps\[0\]\.do must be one of/],
		[{ do: "connect", client: 2 }, /steps\[0\]\.client must be 1: clients are numbered as they connect/],
		[{ do: "connect", client: 0 }, /steps\[0\]\.client must be a whole number from 1, not 0/],
		[{ do: "stall", client: 1 }, /client 1 has not connected; \{ "do": "connect", "client": 1 \} does/],
		[{ do: "advance" }, /steps\[0\]\.ms is missing: a number of milliseconds from 0/],
		[{ do: "advance", ms: "5s" }, /steps\[0\]\.ms must be a number of milliseconds from 0 to 10,000,000,000, not "5s"/],
		[{ do: "advance", ms: 1, client: 1 }, /steps\[0\]\.client: "advance" has no such field; there are do, ms/],
		[{ do: "loseNetwork", outage: "x" }, /outage must be "delays", "forgets" or "resets"/],
	])("what is no step: %j", (step, complaint) => {
		const text = JSON.stringify({ format: "thimble-case", version: 1, profile: "node", seed: 0, steps: [step] });
		expect(() => readCase(text)).toThrow(complaint);
	});

	test.each([
		["\u0100", /octets has U\+0100 at 0, which is no octet/],
		[["a", { base64: "A" }], /octets\[1\] is no base64/],
		[{ text: "a", times: 1.5 }, /octets times must be a whole number from 0/],
		[{ hex: "00" }, /octets must be a string, or \{text, times\}, or \{base64\}/],
		[null, /octets must be a string/],
	])("what is no content: %j", (octets, complaint) => {
		const steps = [
			{ do: "connect", client: 1 },
			{ do: "send", client: 1, octets },
		];
		const text = JSON.stringify({ format: "thimble-case", version: 1, profile: "node", seed: 0, steps });
		expect(() => readCase(text)).toThrow(complaint);
	});

	test("conditions are looked at, too", () => {
		const head = { format: "thimble-case", version: 1, profile: "node", seed: 0, steps: [] };
		const read = (conditions: unknown) => readCase(JSON.stringify({ ...head, conditions }));
		expect(() => read({ latency: 1 })).toThrow(
			/conditions\.latency: "conditions" has no such field; there are latencyMs/,
		);
		expect(() => read({ latencyMs: -1 })).toThrow(
			/conditions\.latencyMs must be a number of milliseconds from 0 to 10,000,000,000, not -1/,
		);
		expect(read({ isUp: false }).conditions).toEqual({ isUp: false });
	});

	test("octets are written as a person would, and read as they were", () => {
		const binary = Uint8Array.from({ length: 100 }, (_, index) => (index * 37) % 256);
		const mixed = octetsOf(`PUT / HTTP/1.1\r\n\r\n${"x".repeat(1000)}tail\xff\n${textOf(binary)}`);
		expect(contentOctets(contentOf(mixed))).toEqual(mixed);
		expect(contentOf(octetsOf(GET))).toEqual(["GET / HTTP/1.1\r\n", "Host: x\r\n", "\r\n"]);
		expect(contentOf(octetsOf("a".repeat(60_000)))).toEqual({ text: "a", times: 60_000 });
		expect(contentOf(new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 1, 2, 3, 4, 5, 6, 7]))).toEqual({
			base64: "/9j/4AAQAQIDBAUGBw==",
		});
		for (let length = 0; length < 70; length += 1) {
			for (const start of [0, 64, 128]) {
				const octets = binary.map((octet, index) => (octet + start + index) & 255).subarray(0, length);
				expect(contentOctets(contentOf(octets))).toEqual(octets);
			}
		}
	});

	test("a case that is written as things happen has the time between them", () => {
		const writer = new CaseWriter({ profile: "node", seed: 1 });
		writer.add(0, { do: "connect", client: 1 });
		writer.add(0.1, { do: "end", client: 1 });
		writer.add(0.3, { do: "connect", client: 2 });
		expect(writer.finish(1000.3).steps).toEqual([
			{ do: "connect", client: 1 },
			{ do: "advance", ms: 0.1 },
			{ do: "end", client: 1 },
			{ do: "advance", ms: 0.2 },
			{ do: "connect", client: 2 },
			{ do: "advance", ms: 1000 },
		]);
	});
});
