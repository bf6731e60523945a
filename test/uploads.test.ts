// Resumable uploads by tus 1.0.0: the protocol, what breaks off and goes on, sinks of every kind, places.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ContentError, type FileSink, type UploadOptions, uploads } from "../src/uploads/index.js";
import { type Answer, answer, ask, promises, request, type Served, serve, sure, upload } from "./support/exchange.js";
import { octetsOf, textOf } from "./support/octets.js";
import type { VirtualClient } from "./support/virtual.js";

/** A sink that keeps what it is given, and takes its time where `isSlow`. */
class TestSink implements FileSink {
	content = "";
	outcome = "";
	readonly pieces: number[] = [];
	/** Lets the promise of a slow sink go on. */
	proceed: (() => void) | null = null;
	isSlow = false;
	failsAt = Number.POSITIVE_INFINITY;
	error: Error = new Error("the flash is worn out");
	/** Of `end`. */
	endError: Error | null = null;

	write(octets: Uint8Array, start: number, end: number): void | Promise<unknown> {
		expect(this.proceed).toBe(null);
		expect(this.outcome).toBe("");
		this.pieces.push(end - start);
		if (this.pieces.length === this.failsAt) {
			if (!this.isSlow) throw this.error;
			return Promise.reject(this.error);
		}
		// Only when it is done: until then the octets are the sink's.
		return this.slowly(() => {
			this.content += textOf(octets.slice(start, end));
		});
	}

	end(): void | Promise<unknown> {
		if (this.endError !== null) throw this.endError;
		return this.slowly(() => {
			this.outcome += "whole";
		});
	}

	abort(error: unknown): void {
		this.outcome += `aborted: ${(error as Error).message}`;
	}

	private slowly(job: () => void): void | Promise<unknown> {
		if (!this.isSlow) return job();
		return new Promise<void>((resolve) => {
			this.proceed = () => {
				job();
				this.proceed = null;
				resolve();
			};
		});
	}
}

interface Uploading extends Served {
	readonly sinks: TestSink[];
	readonly whole: TestSink[];
}

function serveUploads(
	options: Partial<UploadOptions<TestSink>> = {},
	prepare: (sink: TestSink) => void = () => {},
	limits = {},
): Uploading {
	const sinks: TestSink[] = [];
	const whole: TestSink[] = [];
	let ids = 0;
	const routes = uploads<TestSink>("/files", {
		lengthMax: 10_000,
		sink: () => {
			const sink = new TestSink();
			prepare(sink);
			sinks.push(sink);
			return sink;
		},
		random: (octets) => {
			octets.fill(0);
			ids += 1;
			octets[7] = ids;
		},
		onWhole: (sink) => whole.push(sink),
		...options,
	});
	return { ...serve({ limits, routes }), sinks, whole };
}

const TUS = "Tus-Resumable: 1.0.0";
const TYPE = "Content-Type: application/offset+octet-stream";
const ONE = "/files/0000000000000001";
const TWO = "/files/0000000000000002";

/** No stretch of it stands there twice. */
const LARGE = Array.from({ length: 5000 }, (_, index) =>
	String.fromCharCode((index * 31 + (index >> 8) * 7) & 0xff),
).join("");

function post(length: number | string, lines: readonly string[] = []): string {
	return request("POST /files", [TUS, `Upload-Length: ${length}`, ...lines]);
}

function head(path = ONE): string {
	return request(`HEAD ${path}`, [TUS]);
}

function patch(offset: number | string, content: string, path = ONE, lines: readonly string[] = []): string {
	return upload(`PATCH ${path}`, content, [TUS, TYPE, `Upload-Offset: ${offset}`, ...lines]);
}

/** The head of a PATCH with so much content. */
function patchHead(offset: number, length: number, path = ONE): string {
	return request(`PATCH ${path}`, [TUS, TYPE, `Upload-Offset: ${offset}`, `Content-Length: ${length}`]);
}

function offsetOf(served: Served, path = ONE): number {
	const told = ask(served, head(path));
	expect(told.status).toBe(200);
	return Number(told.field("upload-offset"));
}

/** Creates an upload; returns its path. */
function created(served: Served, length: number): string {
	const { status, field } = ask(served, post(length));
	expect(status).toBe(201);
	return sure(field("location"));
}

/** Lets slow sinks take all they are given. */
async function drain(served: Uploading): Promise<void> {
	for (let turn = 0; turn < 5000; turn += 1) {
		await promises();
		for (const sink of served.sinks) sink.proceed?.();
		await promises();
		served.platform.advance(0);
		if (served.sinks.every((sink) => sink.proceed === null)) return;
	}
	throw new Error("the sinks do not come to an end");
}

/** Sends a request whose answer takes its time. */
async function askLater(served: Uploading, octets: string): Promise<Answer> {
	const client = served.connect();
	client.send(octets);
	await drain(served);
	return answer(client, octets.slice(0, octets.indexOf(" ")));
}

describe("the protocol", () => {
	test("an upload is created, told of, gone on with, and whole", () => {
		const served = serveUploads();
		const made = ask(served, post(10));
		expect([made.status, made.field("location"), made.field("upload-offset")]).toEqual([201, ONE, "0"]);
		const told = ask(served, head());
		expect([told.status, told.field("upload-offset"), told.field("upload-length")]).toEqual([200, "0", "10"]);
		expect(told.field("cache-control")).toBe("no-store");
		const some = ask(served, patch(0, "hello "));
		expect([some.status, some.field("upload-offset")]).toEqual([204, "6"]);
		expect(offsetOf(served)).toBe(6);
		expect(served.whole.length).toBe(0);
		const rest = ask(served, patch(6, "tus!"));
		expect([rest.status, rest.field("upload-offset")]).toEqual([204, "10"]);
		expect(offsetOf(served)).toBe(10);
		expect(served.sinks.map((sink) => [sink.content, sink.outcome])).toEqual([["hello tus!", "whole"]]);
		expect(served.whole).toEqual(served.sinks);
		for (const response of [made, told, some, rest]) expect(response.field("tus-resumable")).toBe("1.0.0");
		expect(served.errors).toEqual([]);
	});

	test("OPTIONS tells what there is", () => {
		const fields = ({ status, field }: Answer) => [
			status,
			...["tus-resumable", "tus-version", "tus-extension", "tus-max-size"].map(field),
		];
		const known = [204, "1.0.0", "1.0.0", "creation,creation-with-upload,termination"];
		expect(fields(ask(serveUploads(), request("OPTIONS /files")))).toEqual([...known, "10000"]);
		const endless = serveUploads({ lengthMax: Number.POSITIVE_INFINITY });
		expect(fields(ask(endless, request("OPTIONS /files", ["Tus-Resumable: 0.2.2"])))).toEqual([...known, undefined]);
	});

	test("octets that come with the creation are taken", () => {
		const served = serveUploads();
		const some = ask(served, upload("POST /files", "hello ", [TUS, TYPE, "Upload-Length: 10"]));
		expect([some.status, some.field("location"), some.field("upload-offset")]).toEqual([201, ONE, "6"]);
		expect(ask(served, patch(6, "tus!")).status).toBe(204);
		const all = ask(served, upload("POST /files", "all", [TUS, TYPE, "Upload-Length: 3"]));
		expect([all.status, all.field("location"), all.field("upload-offset")]).toEqual([201, TWO, "3"]);
		expect(served.whole.map((sink) => sink.content)).toEqual(["hello tus!", "all"]);
	});

	test("an empty upload is whole at once", () => {
		const served = serveUploads();
		const { status, field } = ask(served, post(0));
		expect([status, field("upload-offset"), served.whole.length]).toEqual([201, "0", 1]);
		expect(offsetOf(served)).toBe(0);
	});

	test("what has been said to its end can be said again", () => {
		const served = serveUploads();
		created(served, 3);
		ask(served, patch(0, "abc"));
		const again = ask(served, patch(3, ""));
		expect([again.status, again.field("upload-offset")]).toEqual([204, "3"]);
		expect(ask(served, patch(3, "d")).status).toBe(413);
		expect(served.sinks.map((sink) => sink.outcome)).toEqual(["whole"]);
	});

	test("DELETE ends an upload, whole or not", () => {
		const served = serveUploads();
		const end = (path: string) => ask(served, request(`DELETE ${path}`, [TUS])).status;
		created(served, 5);
		ask(served, patch(0, "abc"));
		expect([end(ONE), end(ONE), ask(served, head()).status, ask(served, patch(3, "de")).status]).toEqual([
			204, 404, 404, 404,
		]);
		created(served, 3);
		ask(served, patch(0, "abc", TWO));
		expect([end(TWO), ask(served, head(TWO)).status]).toEqual([204, 404]);
		expect(served.sinks.map((sink) => sink.outcome)).toEqual(["aborted: the client has ended the upload", "whole"]);
	});

	test.each([
		["of another version", request("POST /files", ["Tus-Resumable: 0.2.2", "Upload-Length: 5"]), 412],
		["of no version", request("POST /files", ["Upload-Length: 5"]), 412],
		["of a version that goes on", request("POST /files", ["Tus-Resumable: 1.0.0.1", "Upload-Length: 5"]), 412],
		["without a length", request("POST /files", [TUS]), 400],
		["with its length put off", request("POST /files", [TUS, "Upload-Defer-Length: 1"]), 400],
		["with two lengths", post(5, ["Upload-Length: 5"]), 400],
		["longer than may be", post(10_001), 413],
		["with more octets than it has", upload("POST /files", "abcd", [TUS, TYPE, "Upload-Length: 3"]), 413],
		[
			"with more octets than any may have",
			upload("POST /files", "x".repeat(70_000), [TUS, TYPE, "Upload-Length: 3"]),
			413,
		],
		["with octets of another type", upload("POST /files", "abc", [TUS, "Upload-Length: 3"]), 415],
		[
			"with octets in chunks",
			request("POST /files", [TUS, TYPE, "Upload-Length: 3", "Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\n\r\n"),
			411,
		],
	])("a creation %s is refused", (_what, octets, status) => {
		const served = serveUploads();
		const refused = ask(served, octets);
		expect([refused.status, refused.field("tus-resumable")]).toEqual([status, "1.0.0"]);
		expect(refused.field("tus-version")).toBe(status === 412 ? "1.0.0" : undefined);
		expect(served.sinks.length).toBe(0);
		expect(ask(served, post(10_000)).status).toBe(201);
		expect(served.errors).toEqual([]);
	});

	test.each(["", "+5", "-5", "5.0", "0x5", "1e3", "5 5", "5,5", "9007199254740992", "99999999999999999999"])(
		"%j is no length",
		(length) => {
			const served = serveUploads({ lengthMax: Number.POSITIVE_INFINITY });
			expect(ask(served, post(length)).status).toBe(400);
			expect(ask(served, post("9007199254740991")).status).toBe(201);
		},
	);

	test.each([
		["of no version", upload(`PATCH ${ONE}`, "de", [TYPE, "Upload-Offset: 3"]), 412],
		["of another upload", patch(3, "de", TWO), 404],
		["of no upload", patch(3, "de", "/files/"), 404],
		["without an offset", upload(`PATCH ${ONE}`, "de", [TUS, TYPE]), 400],
		["with two offsets", patch(3, "de", ONE, ["Upload-Offset: 3"]), 400],
		["with an offset that is none", patch("3x", "de"), 400],
		["further back", patch(2, "de"), 409],
		["further on", patch(4, "de"), 409],
		["with more than is missing", patch(3, "def"), 413],
		["of more than any upload may be", patch(3, "x".repeat(10_001)), 413],
		["of another type", upload(`PATCH ${ONE}`, "de", [TUS, "Content-Type: text/plain", "Upload-Offset: 3"]), 415],
		["of no type", upload(`PATCH ${ONE}`, "de", [TUS, "Upload-Offset: 3"]), 415],
		["that is encoded", patch(3, "de", ONE, ["Content-Encoding: gzip"]), 415],
		[
			"in chunks",
			request(`PATCH ${ONE}`, [TUS, TYPE, "Upload-Offset: 3", "Transfer-Encoding: chunked"], "2\r\nde\r\n0\r\n\r\n"),
			411,
		],
		["that says it is a PATCH", upload(`POST ${ONE}`, "de", [TUS, TYPE, "X-HTTP-Method-Override: PATCH"]), 405],
	])("going on %s is refused, and changes nothing", (_what, octets, status) => {
		const served = serveUploads();
		created(served, 5);
		ask(served, patch(0, "abc"));
		const refused = ask(served, octets);
		// What no route has is answered by the server.
		const isOurs = status !== 405 && !octets.startsWith("PATCH /files/ ");
		expect([refused.status, refused.field("tus-resumable")]).toEqual([status, isOurs ? "1.0.0" : undefined]);
		expect(offsetOf(served)).toBe(3);
		expect(ask(served, patch(3, "de")).status).toBe(204);
		expect(served.sinks.map((sink) => sink.content)).toEqual(["abcde"]);
		expect(served.errors).toEqual([]);
	});

	test("a refusal says before the content is sent that it is not wanted", () => {
		const served = serveUploads();
		created(served, 5);
		const client = served.connect();
		client.send(patchHead(1, 4).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"));
		expect(answer(client).status).toBe(409);
	});

	test.each([
		[{ uploadsMax: 0 }, RangeError],
		[{ lengthMax: 0 }, RangeError],
		[{ lengthMax: 1.5 }, RangeError],
		[{ reservedMs: 2 ** 31 }, RangeError],
		[{ bufferLength: 0 }, RangeError],
	])("%j is no option", (options, error) => {
		expect(() => serveUploads(options)).toThrow(error);
	});

	test.each(["", "/", "files", "/files/", "/a:b", "/*"])("%j is no prefix", (prefix) => {
		const options = { lengthMax: 1, sink: () => new TestSink(), random: () => {} };
		expect(() => uploads(prefix, options)).toThrow(TypeError);
	});
});

type Cut = (client: VirtualClient) => void;

const CUTS: Readonly<Record<string, Cut>> = {
	"resets the connection": (client) => client.reset(),
	"closes it": (client) => client.end(),
	"is not heard of any more": () => {},
};

describe("what breaks off", () => {
	test.each(Object.entries(CUTS))("at any octet, where the client %s, goes on where it was", (_how, cut) => {
		const octets = patch(0, LARGE.slice(0, 40));
		for (let sent = 0; sent <= octets.length; sent += 1) {
			const served = serveUploads({ bufferLength: 16 });
			created(served, 40);
			const client = served.connect();
			client.send(octets.slice(0, sent));
			cut(client);
			const offset = offsetOf(served);
			// All that had arrived counts.
			expect(offset).toBe(Math.max(0, 40 - (octets.length - sent)));
			expect(ask(served, patch(offset, LARGE.slice(offset, 40))).status).toBe(204);
			expect(served.sinks.map((sink) => [sink.content === LARGE.slice(0, 40), sink.outcome])).toEqual([
				[true, "whole"],
			]);
			expect(served.whole.length).toBe(1);
			expect(served.errors).toEqual([]);
		}
	});

	test("however it is cut and segmented, and whatever the sink: it becomes the same octets", async () => {
		const attempt = fc.record({
			how: fc.constantFrom(...Object.keys(CUTS)),
			length: fc.integer({ min: 0, max: 500 }),
			segmentLength: fc.integer({ min: 1, max: 400 }),
			asks: fc.boolean(),
		});
		await fc.assert(
			fc.asyncProperty(
				fc.array(attempt, { maxLength: 6 }),
				fc.integer({ min: 1, max: 300 }),
				fc.boolean(),
				fc.integer({ min: 0, max: 900 }),
				async (attempts, bufferLength, isSlow, length) => {
					const served = serveUploads({ bufferLength }, (sink) => {
						sink.isSlow = isSlow;
					});
					const content = LARGE.slice(0, length);
					await askLater(served, post(length));
					let offset = 0;
					for (const { how, length: sent, segmentLength, asks } of attempts) {
						const client = served.connect();
						const octets = patchHead(offset, length - offset) + content.slice(offset, offset + sent);
						for (let at = 0; at < octets.length; at += segmentLength) client.send(octets.slice(at, at + segmentLength));
						if (!asks) await drain(served);
						sure(CUTS[how])(client);
						const told = Number((await askLater(served, head())).field("upload-offset"));
						expect(told).toBeGreaterThanOrEqual(offset);
						expect(told).toBeLessThanOrEqual(Math.min(length, offset + sent));
						expect(sure(served.sinks[0]).content === content.slice(0, told)).toBe(true);
						offset = told;
					}
					expect((await askLater(served, patch(offset, content.slice(offset)))).status).toBe(204);
					expect(served.sinks.map((sink) => [sink.content === content, sink.outcome])).toEqual([[true, "whole"]]);
					expect(served.whole.length).toBe(1);
					expect(served.errors).toEqual([]);
				},
			),
			{ numRuns: 40 },
		);
	});

	test("a request whose connection is dead without our knowing gives way to HEAD, and is not kept", () => {
		const served = serveUploads();
		created(served, 100);
		const dead = served.connect();
		dead.send(patchHead(0, 100) + LARGE.slice(0, 30));
		expect(offsetOf(served)).toBe(30);
		const refused = answer(dead);
		expect([refused.status, refused.field("connection")]).toEqual([409, "close"]);
		// What it had still on its way is nobody's.
		dead.send(LARGE.slice(30, 50));
		expect(offsetOf(served)).toBe(30);
		expect(ask(served, patch(30, LARGE.slice(30, 100))).status).toBe(204);
		expect(served.sinks.map((sink) => sink.content === LARGE.slice(0, 100))).toEqual([true]);
		expect(served.errors).toEqual([]);
	});

	test("and to a request that goes on without asking", () => {
		const served = serveUploads();
		created(served, 100);
		const dead = served.connect();
		dead.send(patchHead(0, 100) + LARGE.slice(0, 30));
		expect(ask(served, patch(30, LARGE.slice(30, 100))).status).toBe(204);
		expect(answer(dead).status).toBe(409);
		expect(served.sinks.map((sink) => sink.content === LARGE.slice(0, 100))).toEqual([true]);
	});

	test("but not to one that comes too late, or goes on elsewhere", () => {
		const served = serveUploads();
		created(served, 100);
		const client = served.connect();
		client.send(patchHead(0, 100) + LARGE.slice(0, 30));
		for (const offset of [0, 29, 31]) {
			expect(ask(served, patch(offset, LARGE.slice(offset, 100))).content).toBe("go on from 30\n");
		}
		client.send(LARGE.slice(30, 100));
		expect(answer(client).status).toBe(204);
		expect(served.sinks.map((sink) => sink.content === LARGE.slice(0, 100))).toEqual([true]);
	});

	test("and to DELETE", () => {
		const served = serveUploads();
		created(served, 100);
		const dead = served.connect();
		dead.send(patchHead(0, 100) + LARGE.slice(0, 30));
		expect(ask(served, request(`DELETE ${ONE}`, [TUS])).status).toBe(204);
		expect(answer(dead).status).toBe(409);
		expect(served.sinks.map((sink) => sink.outcome)).toEqual(["aborted: the client has ended the upload"]);
	});

	test("a request that is malformed disturbs nobody", () => {
		const served = serveUploads();
		created(served, 100);
		const client = served.connect();
		client.send(patchHead(0, 100) + LARGE.slice(0, 30));
		expect(ask(served, patch("x", LARGE.slice(30, 100))).status).toBe(400);
		expect(ask(served, upload(`PATCH ${ONE}`, "x", [TUS, "Upload-Offset: 30"])).status).toBe(415);
		client.send(LARGE.slice(30, 100));
		expect(answer(client).status).toBe(204);
	});

	test("a client that sends nothing more is cut off, and may come back", () => {
		const served = serveUploads({}, undefined, { contentIdleTimeoutMs: 1000 });
		created(served, 100);
		const client = served.connect();
		client.send(patchHead(0, 100) + LARGE.slice(0, 30));
		served.platform.advance(5000);
		expect(answer(client).status).toBe(408);
		expect(offsetOf(served)).toBe(30);
		expect(ask(served, patch(30, LARGE.slice(30, 100))).status).toBe(204);
	});

	test("the offset is told when the sink has taken what had arrived, not before", async () => {
		const served = serveUploads({}, (sink) => {
			sink.isSlow = true;
		});
		await askLater(served, post(100));
		const dead = served.connect();
		dead.send(patchHead(0, 100) + LARGE.slice(0, 30));
		const asking = served.connect();
		asking.send(head());
		const going = served.connect();
		going.send(patch(30, LARGE.slice(30, 100)));
		await promises();
		expect([asking.received, going.received]).toEqual(["", ""]);
		expect(sure(served.sinks[0]).content).toBe("");
		await drain(served);
		expect(answer(asking, "HEAD").field("upload-offset")).toBe("30");
		expect([answer(dead).status, answer(going).status]).toEqual([409, 204]);
		expect(sure(served.sinks[0]).content === LARGE.slice(0, 100)).toBe(true);
	});

	test("who has left before the sink was done is answered nothing", async () => {
		const served = serveUploads({}, (sink) => {
			sink.isSlow = true;
		});
		await askLater(served, post(100));
		served.connect().send(patchHead(0, 100) + LARGE.slice(0, 30));
		for (const octets of [head(), patch(30, LARGE.slice(30, 100)), request(`DELETE ${ONE}`, [TUS])]) {
			const client = served.connect();
			client.send(octets);
			client.reset();
		}
		await drain(served);
		expect((await askLater(served, head())).field("upload-offset")).toBe("30");
		expect(served.errors).toEqual([]);
	});

	test("an upload that nobody was told of is dropped", async () => {
		for (const isSlow of [false, true]) {
			const served = serveUploads({}, (sink) => {
				sink.isSlow = isSlow;
			});
			const client = served.connect();
			client.send(request("POST /files", [TUS, TYPE, "Upload-Length: 100", "Content-Length: 100"], "abc"));
			client.reset();
			await drain(served);
			expect(sure(served.sinks[0]).outcome).toBe("aborted: the client left before it was told of its upload");
			expect((await askLater(served, head())).status).toBe(404);
			// Whole, it is dropped when its sink has ended.
			const other = served.connect();
			other.send(upload("POST /files", "abc", [TUS, TYPE, "Upload-Length: 3"]));
			other.reset();
			await drain(served);
			expect(sure(served.sinks[1]).outcome).toBe("whole");
			if (isSlow) expect((await askLater(served, head(TWO))).status).toBe(404);
			expect((await askLater(served, post(5))).status).toBe(201);
			expect(served.errors).toEqual([]);
		}
	});
});

describe("a sink", () => {
	test("is given whole buffers, but for the last and for what breaks off", () => {
		const served = serveUploads({ bufferLength: 100 });
		created(served, 1000);
		const client = served.connect();
		for (const octet of octetsOf(patchHead(0, 1000) + LARGE.slice(0, 250))) client.send(Uint8Array.of(octet));
		client.reset();
		ask(served, patch(250, LARGE.slice(250, 1000)));
		expect(sure(served.sinks[0]).pieces).toEqual([100, 100, 50, ...Array.from({ length: 7 }, () => 100), 50]);
	});

	test("that takes its time holds the client back", async () => {
		const served = serveUploads(
			{ bufferLength: 100 },
			(sink) => {
				sink.isSlow = true;
			},
			{ receiveLength: 1024 },
		);
		await askLater(served, post(5000));
		const client = served.connect();
		client.send(patch(0, LARGE));
		await promises();
		expect(client.transport.unread).toBeGreaterThan(5000 - 100 - 1024);
		await drain(served);
		expect(answer(client).status).toBe(204);
		expect(sure(served.sinks[0]).content === LARGE).toBe(true);
		expect(sure(served.sinks[0]).outcome).toBe("whole");
	});

	test.each([
		["throws", false],
		["rejects", true],
	])("that %s a ContentError refuses the upload for good", async (_how, isSlow) => {
		const served = serveUploads({ bufferLength: 100 }, (sink) => {
			sink.isSlow = isSlow;
			sink.failsAt = 3;
			sink.error = new ContentError("firmware begins with 0xE9");
		});
		await askLater(served, post(1000));
		const refused = await askLater(served, patch(0, LARGE.slice(0, 1000)));
		expect([refused.status, refused.content]).toEqual([422, "firmware begins with 0xE9\n"]);
		expect(refused.field("tus-resumable")).toBe("1.0.0");
		expect((await askLater(served, head())).status).toBe(410);
		for (const offset of [0, 200, 300]) expect((await askLater(served, patch(offset, "x"))).status).toBe(410);
		expect(served.sinks.map((sink) => sink.outcome)).toEqual(["aborted: firmware begins with 0xE9"]);
		expect(served.errors).toEqual([]);
		expect((await askLater(served, post(5))).status).toBe(201);
	});

	test.each([
		["throws", false],
		["rejects", true],
	])("that %s anything else costs a 500, and the upload", async (_how, isSlow) => {
		const served = serveUploads({ bufferLength: 100 }, (sink) => {
			sink.isSlow = isSlow;
			sink.failsAt = 3;
		});
		await askLater(served, post(1000));
		expect((await askLater(served, patch(0, LARGE.slice(0, 1000)))).status).toBe(500);
		expect(served.errors.map((error) => (error as Error).message)).toEqual(["the flash is worn out"]);
		expect((await askLater(served, head())).status).toBe(410);
		expect(served.sinks.map((sink) => sink.outcome)).toEqual(["aborted: the flash is worn out"]);
	});

	test.each([
		["throws", false],
		["rejects", true],
	])("that %s when the client has left: the app is told, the client when it is back", async (_how, isSlow) => {
		const served = serveUploads({ bufferLength: 100 }, (sink) => {
			sink.isSlow = isSlow;
			sink.failsAt = 1;
		});
		await askLater(served, post(1000));
		const client = served.connect();
		client.send(patchHead(0, 1000) + LARGE.slice(0, 30));
		client.reset();
		await drain(served);
		expect(served.errors.map((error) => (error as Error).message)).toEqual(["the flash is worn out"]);
		expect((await askLater(served, head())).status).toBe(410);
	});

	test("that refuses what a request brought when another took over: both are told", () => {
		const served = serveUploads({}, (sink) => {
			sink.failsAt = 1;
			sink.error = new ContentError("no");
		});
		created(served, 100);
		const client = served.connect();
		client.send(patchHead(0, 100) + LARGE.slice(0, 30));
		expect(ask(served, patch(30, LARGE.slice(30, 100))).status).toBe(410);
		expect(answer(client).status).toBe(409);
	});

	test("that refuses the whole, at its end", () => {
		const served = serveUploads({}, (sink) => {
			sink.endError = new ContentError("the image is broken");
		});
		created(served, 5);
		expect(ask(served, patch(0, "abc")).status).toBe(204);
		const refused = ask(served, patch(3, "de"));
		expect([refused.status, refused.content]).toEqual([422, "the image is broken\n"]);
		expect(ask(served, head()).status).toBe(410);
		expect(served.sinks.map((sink) => sink.outcome)).toEqual(["aborted: the image is broken"]);
		expect(served.whole.length).toBe(0);
		// An empty one is refused when it is created.
		expect(ask(served, post(0)).status).toBe(422);
	});

	test("that cannot be opened: its status, and the place stays free", () => {
		let error = new ContentError("too long", 413) as Error;
		const served = serveUploads({
			sink: () => {
				throw error;
			},
		});
		expect(ask(served, post(5)).status).toBe(413);
		error = new ContentError("not now");
		expect(ask(served, post(5)).status).toBe(422);
		error = new Error("there is no flash");
		expect(ask(served, post(5)).status).toBe(500);
		expect(served.errors).toEqual([error]);
		expect(ask(served, head()).status).toBe(404);
	});

	test("that throws in abort, too: what came first is told", () => {
		const served = serveUploads({}, (sink) => {
			sink.failsAt = 1;
			sink.error = new ContentError("first");
			sink.abort = () => {
				throw new Error("second");
			};
		});
		created(served, 5);
		expect(ask(served, patch(0, "abcde")).content).toBe("first\n");
		expect(ask(served, post(5)).status).toBe(201);
	});

	test("whose onWhole throws has failed, and is not aborted any more", () => {
		const served = serveUploads({
			onWhole: () => {
				throw new Error("oops");
			},
		});
		created(served, 5);
		expect(ask(served, patch(0, "abcde")).status).toBe(500);
		expect(ask(served, head()).status).toBe(410);
		expect(served.sinks.map((sink) => sink.outcome)).toEqual(["whole"]);
	});
});

describe("places", () => {
	test("an unfinished upload keeps its place for a time, and then until another needs it", () => {
		const served = serveUploads({ reservedMs: 5000 });
		created(served, 100);
		ask(served, patch(0, "abc"));
		served.platform.advance(4999);
		const refused = ask(served, post(5));
		expect([refused.status, refused.field("retry-after")]).toEqual([503, "5"]);
		expect(offsetOf(served)).toBe(3);
		served.platform.advance(60_000);
		expect(offsetOf(served)).toBe(3);
		served.platform.advance(5000);
		expect(ask(served, post(5)).status).toBe(201);
		expect(ask(served, head()).status).toBe(404);
		expect(served.sinks.map((sink) => sink.outcome)).toEqual(["aborted: another upload has taken the place", ""]);
	});

	test("its time runs from the last that was heard of it", () => {
		const served = serveUploads({ reservedMs: 5000 }, undefined, { contentIdleTimeoutMs: 60_000 });
		const refused = () => ask(served, post(5)).status === 503;
		served.platform.advance(10_000);
		created(served, 100);
		served.platform.advance(4999);
		expect(refused()).toBe(true);
		ask(served, patch(0, "abc"));
		served.platform.advance(4999);
		expect(refused()).toBe(true);
		const client = served.connect();
		client.send(patchHead(3, 97) + LARGE.slice(3, 30));
		served.platform.advance(20_000);
		client.reset();
		served.platform.advance(4999);
		expect(refused()).toBe(true);
		served.platform.advance(1);
		expect(refused()).toBe(false);
	});

	test("one that is on its way keeps it however long it takes", () => {
		const served = serveUploads({ reservedMs: 1000 }, undefined, { contentIdleTimeoutMs: 60_000 });
		created(served, 100);
		const client = served.connect();
		client.send(patchHead(0, 100) + LARGE.slice(0, 30));
		served.platform.advance(30_000);
		expect(ask(served, post(5)).status).toBe(503);
		client.send(LARGE.slice(30, 100));
		expect(answer(client).status).toBe(204);
		// What is whole makes place at once.
		expect(ask(served, post(5)).status).toBe(201);
	});

	test("one whose sink is at work keeps it", async () => {
		const served = serveUploads({ reservedMs: 1000 }, (sink) => {
			sink.isSlow = true;
		});
		await askLater(served, post(100));
		const client = served.connect();
		client.send(patchHead(0, 100) + LARGE.slice(0, 30));
		client.reset();
		served.platform.advance(30_000);
		expect(ask(served, post(5)).status).toBe(503);
		await drain(served);
		expect((await askLater(served, head())).field("upload-offset")).toBe("30");
	});

	test("two clients at once, octet by octet in turns, each into its own sink", () => {
		const served = serveUploads({ uploadsMax: 2, bufferLength: 64 });
		created(served, 300);
		created(served, 300);
		const [one, two] = [served.connect(), served.connect()];
		const octets = [patch(0, LARGE.slice(0, 300)), patch(0, LARGE.slice(300, 600), TWO)] as const;
		for (let at = 0; at < octets[0].length; at += 1) {
			one.send(octets[0].slice(at, at + 1));
			two.send(octets[1].slice(at, at + 1));
		}
		expect([answer(one).status, answer(two).status]).toEqual([204, 204]);
		expect(served.sinks.map((sink) => LARGE.indexOf(sink.content))).toEqual([0, 300]);
		expect(served.sinks.map((sink) => sink.outcome)).toEqual(["whole", "whole"]);
	});

	test("of several, the one that nobody has asked for for longest goes", () => {
		const served = serveUploads({ uploadsMax: 2, reservedMs: 1000 });
		created(served, 5);
		served.platform.advance(10);
		created(served, 5);
		served.platform.advance(2000);
		ask(served, head());
		served.platform.advance(2000);
		created(served, 5);
		expect([ask(served, head()).status, ask(served, head(TWO)).status]).toEqual([200, 404]);
	});

	test("after more than half the clock's range the place is still to be had", () => {
		const served = serveUploads();
		created(served, 5);
		for (let weeks = 0; weeks < 5; weeks += 1) served.platform.advance(7 * 86_400_000);
		expect(ask(served, post(5)).status).toBe(201);
	});

	test("names come from the random source", () => {
		const served = serveUploads({ random: (octets) => octets.set([0x0f, 0x1f, 0x2f, 0x3f, 0x4f, 0x5f, 0x6f, 0x7f]) });
		expect(created(served, 5)).toBe("/files/0f1f2f3f4f5f6f7f");
	});
});
