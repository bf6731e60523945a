// Properties, with fast-check: what a connection makes of its octets does not hang on how they were cut, and whatever a
// handler writes, Node's own HTTP parser reads the same.

import { type ClientRequest, type IncomingMessage, request as nodeRequest } from "node:http";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineApp } from "../src/app/app.js";
import type { Request } from "../src/app/request.js";
import { LENGTH_UNKNOWN, type Response } from "../src/app/response.js";
import { prebuild } from "../src/response/prebuilt.js";
import { Server } from "../src/server/server.js";
import { readCorpus } from "./support/corpus-files.js";
import { CorpusServer } from "./support/corpus-run.js";
import { octetsOf } from "./support/octets.js";
import { type VirtualClient, VirtualPlatform } from "./support/virtual.js";

// ---- Streams of requests, in segments ----

const token = fc.string({ unit: fc.constantFrom(..."!#$%&'*+-.^_`|~09azAZ"), minLength: 1, maxLength: 12 });
const space = fc.constantFrom("", " ", "\t", "  \t ");
const fieldValue = fc.string({ unit: fc.constantFrom(...' \t!"(),/:;<=>?@[\\]{}~azAZ09\x80\xff'), maxLength: 40 });
const target = fc.oneof(
	fc.constantFrom("/", "*", "http://a/x?y", "http://[::1]:80", "a:443", "/a/../b", "//", "/%2f?%00", "https://a/"),
	fc.string({ unit: fc.constantFrom(..."/?%2fazAZ09-._~!$&'()*+,;=:@\"<#"), maxLength: 30 }).map((path) => `/${path}`),
);
const fieldLine = fc.oneof(
	{ weight: 4, arbitrary: fc.tuple(token, space, fieldValue, space).map(([n, b, v, a]) => `X${n}:${b}${v}${a}`) },
	{ weight: 1, arbitrary: fc.constantFrom("Connection: close", "Connection: keep-alive , x", "Expect: 100-continue") },
	{ weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(..." \t:;,aH\0\n\x7f"), maxLength: 8 }) },
);
const chunkExtension = fc.constantFrom("", ";a", " ; a = b", ';a="x;\\"y"', ";a;b=c", ";", " ");
const chunk = fc
	.tuple(fc.string({ unit: fc.constantFrom(..."x\r\n0;\0\xff"), minLength: 1, maxLength: 60 }), chunkExtension)
	.map(([data, extension]) => `${data.length.toString(16)}${extension}\r\n${data}\r\n`);
const content = fc.oneof(
	fc.constant("\r\n"),
	fc
		.string({ unit: fc.constantFrom(..."GET /\r\n\0\xff"), maxLength: 80 })
		.map((data) => `Content-Length: ${data.length}\r\n\r\n${data}`),
	fc
		.tuple(fc.array(chunk, { maxLength: 5 }), chunkExtension, fc.array(fieldLine, { maxLength: 2 }))
		.map(([chunks, extension, trailers]) => {
			const lines = trailers.map((line) => `${line}\r\n`).join("");
			return `Transfer-Encoding: chunked\r\n\r\n${chunks.join("")}0${extension}\r\n${lines}\r\n`;
		}),
);
const httpRequest = fc
	.tuple(
		fc.constantFrom("GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT", "get", "M-SEARCH"),
		target,
		fc.constantFrom("1.1", "1.1", "1.1", "1.0", "1.2", "2.0"),
		fc.array(fieldLine, { maxLength: 5 }),
		content,
	)
	.map(([method, path, version, lines, rest]) => {
		const fields = ["Host: a", ...lines].map((line) => `${line}\r\n`).join("");
		return `${method} ${path} HTTP/${version}\r\n${fields}${rest}`;
	});
const stream = fc.oneof(
	fc.array(httpRequest, { minLength: 1, maxLength: 4 }).map((requests) => requests.join("")),
	fc.constantFrom(...readCorpus().map((one) => one.octets)),
	fc.string({ unit: fc.constantFrom(..."GET / HTTP/1.1\r\n:;0"), maxLength: 60 }),
);
const OPTIONS = [
	{},
	{ fields: ["host"] },
	{ fin: true },
	{ limits: { receiveLength: 256, targetLengthMax: 128 }, fields: ["host", "expect"] },
	{ targetCharacters: "visible", trustedGateway: true },
] as const;

function* segmentsOf(octets: Uint8Array, lengths: readonly number[]): Iterable<Uint8Array> {
	let start = 0;
	for (let index = 0; start < octets.length; index += 1) {
		const length = lengths[index % lengths.length] as number;
		yield octets.subarray(start, start + length);
		start += length;
	}
}

describe("segmentation", () => {
	const servers = OPTIONS.map((options) => new CorpusServer(options));

	test("does not matter to any stream of requests, good or bad", () => {
		let accepted = 0;
		let refused = 0;
		fc.assert(
			fc.property(
				stream,
				fc.nat(OPTIONS.length - 1),
				fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 12 }),
				(text, which, lengths) => {
					const octets = octetsOf(text);
					const server = servers[which] as CorpusServer;
					const whole = server.run([octets]);
					if (whole.includes("complete")) accepted += 1;
					if (whole.some((line) => line.startsWith("refused "))) refused += 1;
					expect(whole.filter((line) => line.startsWith("fault "))).toEqual([]);
					expect(server.run(segmentsOf(octets, lengths))).toEqual(whole);
					expect(server.run(segmentsOf(octets, [1]))).toEqual(whole);
				},
			),
			{ numRuns: 4000 },
		);
		// The streams are worth something: many are accepted, many are not.
		expect(accepted).toBeGreaterThan(800);
		expect(refused).toBeGreaterThan(800);
	});
});

// ---- Responses, read by Node ----

/** What a handler does. */
interface Plan {
	readonly method: "GET" | "HEAD" | "POST";
	readonly version: "1.0" | "1.1";
	/** Whether the client asks to keep the connection, or to close it. */
	readonly persists: boolean;
	readonly status: number;
	readonly fields: readonly (readonly [name: string, value: string])[];
	readonly interims: readonly number[];
	readonly how: "empty" | "text" | "octets" | "json" | "prebuilt" | "by length" | "streamed" | "streamed text";
	readonly pieces: readonly string[];
	/** How many octets the client takes at a time. */
	readonly take: number;
	readonly sendLength: number;
}

const BARE = [204, 205, 304];

const plan: fc.Arbitrary<Plan> = fc
	.record({
		method: fc.constantFrom("GET", "GET", "HEAD", "POST"),
		version: fc.constantFrom("1.1", "1.1", "1.0"),
		persists: fc.boolean(),
		status: fc.oneof(fc.integer({ min: 200, max: 599 }), fc.constantFrom(200, 204, 205, 206, 304, 404, 503)),
		fields: fc.array(
			fc.tuple(
				token.map((name) => `X-${name}`),
				fieldValue,
			),
			{ maxLength: 6 },
		),
		interims: fc.array(fc.integer({ min: 102, max: 199 }), { maxLength: 2 }),
		how: fc.constantFrom("empty", "text", "octets", "json", "prebuilt", "by length", "streamed", "streamed text"),
		pieces: fc.array(
			fc.oneof(
				fc.string({ unit: "binary", maxLength: 300 }),
				fc.string({ unit: "grapheme", maxLength: 60 }),
				fc.constantFrom("", "\r\n0\r\n\r\n", "x".repeat(5000)),
			),
			{ maxLength: 6 },
		),
		take: fc.constantFrom(1, 7, 100, 1436, 65_536),
		sendLength: fc.constantFrom(640, 1536, 5744),
	})
	.map((one) => {
		const { how, status } = one;
		// These have no content, and "{}" would be some.
		return BARE.includes(status) ? { ...one, pieces: [], how: how === "json" ? "empty" : how } : one;
	}) as fc.Arbitrary<Plan>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The content that the client should see, if it is not a HEAD. */
function contentOf({ how, pieces }: Plan): string {
	const text = pieces.join("");
	if (how === "empty") return "";
	return how === "json" ? JSON.stringify({ text }) : text;
}

/** A string as the octets of its UTF-8; a lone surrogate becomes U+FFFD, as everywhere. */
function octetsOfText(text: string): Uint8Array {
	return encoder.encode(text);
}

/** Does what the plan says. */
function follow(one: Plan, request: Request, response: Response): void {
	for (const status of one.interims) response.interim(status);
	const whole = contentOf(one);
	if (one.how === "prebuilt") {
		const fields = Object.fromEntries(one.fields);
		response.send(prebuild({ status: one.status, fields, content: octetsOfText(whole) }));
		return;
	}
	response.status = one.status;
	for (const [name, value] of one.fields) response.setField(name, value);
	if (one.how === "empty" || whole === "") response.empty();
	else if (one.how === "text") response.text(whole);
	else if (one.how === "json") response.json({ text: one.pieces.join("") });
	else if (one.how === "octets") response.octets(octetsOfText(whole));
	else {
		const octets = octetsOfText(whole);
		request.state = { octets, at: 0 };
		response.begin(one.how === "by length" ? octets.length : LENGTH_UNKNOWN);
	}
}

/** Whether a character of UTF-8 goes on at `index`. */
function isInside(octets: Uint8Array, index: number): boolean {
	return ((octets[index] ?? 0) & 0xc0) === 0x80;
}

/** Writes the next piece of a streamed response, in the plan's pieces as far as there is room. */
function writeOn(one: Plan, request: Request, response: Response, room: number): void {
	const rest = request.state as { octets: Uint8Array; at: number };
	// Uneven pieces: what the plan's own lengths say, but never none.
	const wished = 1 + (one.pieces[rest.at % one.pieces.length]?.length ?? 0);
	const end = Math.min(rest.octets.length, rest.at + Math.min(room, wished));
	// As text: whole characters only; an octet inside of one goes by itself.
	let cut = end;
	while (cut > rest.at && isInside(rest.octets, cut)) cut -= 1;
	if (one.how === "streamed text" && cut > rest.at && !isInside(rest.octets, rest.at)) {
		response.write(decoder.decode(rest.octets.subarray(rest.at, cut)));
		rest.at = cut;
	} else {
		response.write(rest.octets, rest.at, end);
		rest.at = end;
	}
	if (rest.at === rest.octets.length) response.end();
}

/** The client's socket as Node's HTTP client wants it: a stream over a virtual connection. */
class VirtualSocket extends Duplex {
	readonly #client: VirtualClient;
	readonly #take: number;
	readonly #version: string;
	#seen = 0;

	constructor(client: VirtualClient, { take, version }: Plan) {
		super();
		this.#client = client;
		this.#take = take;
		this.#version = version;
		client.room = 0;
	}

	override _read(): void {
		// What comes is pushed.
	}

	override _write(octets: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
		// Node's client speaks 1.1 only.
		this.#client.send(octets.toString("latin1").replace(" HTTP/1.1\r\n", ` HTTP/${this.#version}\r\n`));
		this.#pump();
		done();
	}

	#pump(): void {
		const client = this.#client;
		for (;;) {
			client.take(this.#take);
			if (client.received.length === this.#seen) break;
			this.push(Buffer.from(client.received.slice(this.#seen), "latin1"));
			this.#seen = client.received.length;
		}
		if (client.state !== "open") this.push(null);
	}
}

interface Read {
	readonly status: number | undefined;
	readonly rawHeaders: readonly string[];
	readonly headers: IncomingMessage["headers"];
	readonly interims: readonly number[];
	readonly content: string;
	readonly trailers: readonly string[];
}

/** Sends the request through Node's client and reads its response. */
function ask(client: VirtualClient, one: Plan): Promise<Read> {
	return new Promise((resolve, reject) => {
		const interims: number[] = [];
		const socket = new VirtualSocket(client, one);
		const request: ClientRequest = nodeRequest(
			{
				method: one.method,
				path: "/",
				host: "a",
				headers: { "Content-Length": 0, Connection: one.persists ? "keep-alive" : "close" },
				createConnection: () => socket,
			},
			(response) => {
				const chunks: Buffer[] = [];
				response.on("data", (octets: Buffer) => chunks.push(octets));
				response.on("error", reject);
				response.on("end", () => {
					const { statusCode: status, rawHeaders, headers, rawTrailers: trailers } = response;
					const content = Buffer.concat(chunks).toString("latin1");
					resolve({ status, rawHeaders, headers, interims, content, trailers });
				});
			},
		);
		request.on("information", ({ statusCode }) => interims.push(statusCode));
		request.on("error", reject);
		request.end();
	});
}

/** Serves the plan on a virtual connection, and asks for it. */
async function serve(one: Plan): Promise<{ read: Read; client: VirtualClient; errors: unknown[] }> {
	const errors: unknown[] = [];
	const app = defineApp({
		limits: { sendLength: one.sendLength },
		onError: (error) => errors.push(error),
		routes: {
			"* /": {
				onRequest: (request, response) => follow(one, request, response),
				onWritable: (request, response, room) => writeOn(one, request, response, room),
			},
		},
	});
	const platform = new VirtualPlatform();
	const server = new Server(app, platform, { port: 80 });
	server.reopen();
	const client = platform.connect();
	return { read: await ask(client, one), client, errors };
}

describe("whatever a handler writes", () => {
	test("Node's parser reads the same", async () => {
		const met = new Map<string, number>();
		await fc.assert(
			fc.asyncProperty(plan, async (one) => {
				const { read, client, errors } = await serve(one);
				const fieldsLength = one.fields.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
				if (errors.length > 0) {
					// All there is to go wrong: fields that outgrow the send buffer, which is answered 500.
					expect(fieldsLength).toBeGreaterThan(one.sendLength - 420);
					expect(read.status).toBe(500);
					return;
				}
				met.set(one.how, (met.get(one.how) ?? 0) + 1);
				expect(read.status).toBe(one.status);
				expect(read.interims).toEqual(one.version === "1.0" ? [] : one.interims);
				expect(ownFields(read)).toEqual(fieldsSeen(one));
				const content = Buffer.from(octetsOfText(contentOf(one))).toString("latin1");
				expect(read.content).toBe(one.method === "HEAD" ? "" : content);
				expect(read.trailers).toEqual([]);
				checkFraming(one, read, content.length);
				checkPersistence(one, read, client);
				expect(read.headers.date).toBe("Sun, 06 Nov 1994 08:49:37 GMT");
			}),
			{ numRuns: 1500 },
		);
		expect([...met.values()].every((count) => count > 50)).toBe(true);
		expect(met.size).toBe(8);
	}, 60_000);
});

/** The fields with names as the plan gives them, in order. */
function ownFields(read: Read): string[] {
	const own: string[] = [];
	for (let index = 0; index < read.rawHeaders.length; index += 2) {
		const name = read.rawHeaders[index] as string;
		if (name.startsWith("X-")) own.push(`${name}: ${read.rawHeaders[index + 1]}`);
	}
	return own;
}

/** The plan's fields as a recipient has to see them: whitespace around a value is no part of it (RFC 9110 §5.5). */
function fieldsSeen(one: Plan): string[] {
	const fields = one.how === "prebuilt" ? Object.entries(Object.fromEntries(one.fields)) : one.fields;
	return fields.map(([name, value]) => `${name}: ${value.replace(/^[ \t]+|[ \t]+$/g, "")}`);
}

/** Content-Length and Transfer-Encoding as RFC 9110 §8.6 and RFC 9112 §6.1 have them. */
function checkFraming(one: Plan, read: Read, length: number): void {
	const isStream = isStreamed(one);
	const isBare = one.status === 204 || one.status === 304;
	expect(read.headers["transfer-encoding"]).toBe(isStream && one.version === "1.1" ? "chunked" : undefined);
	expect(read.headers["content-length"]).toBe(isStream || isBare ? undefined : String(length));
}

/** Whether the plan gives content whose length nobody announces. */
function isStreamed(one: Plan): boolean {
	return contentOf(one) !== "" && (one.how === "streamed" || one.how === "streamed text");
}

/** The connection goes on unless the client does not want it, or only its end ends the content (RFC 9112 §6.3, §9.3). */
function checkPersistence(one: Plan, read: Read, client: VirtualClient): void {
	const goesOn = one.persists && !(one.version === "1.0" && isStreamed(one));
	expect(client.state).toBe(goesOn ? "open" : "ended");
	expect(read.headers.connection).toBe(goesOn ? (one.version === "1.0" ? "keep-alive" : undefined) : "close");
}
