// multipart/form-data (RFC 7578, RFC 2046 §5.1.1): the reader octet by octet and in any cut, and the route with its sinks,
// limits and refusals.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FieldError, type FilePart, type FileSink, type MultipartOptions, multipartForm } from "../src/forms/index.js";
import {
	MULTIPART_DATA,
	MULTIPART_MALFORMED,
	MULTIPART_NONE,
	MULTIPART_PART,
	MULTIPART_PART_END,
	MULTIPART_TOO_LARGE,
	MultipartReader,
} from "../src/forms/multipart-reader.js";
import {
	answer,
	ask,
	chunked,
	promises,
	request,
	type Served,
	serve,
	statuses,
	sure,
	upload,
} from "./support/exchange.js";
import { octetsOf, textOf, toUtf8 } from "./support/octets.js";
import type { VirtualClient } from "./support/virtual.js";

// ---- The reader ----

interface ReadPart {
	readonly name: string;
	readonly fileName: string | null;
	readonly type: string;
	content: string;
	isWhole: boolean;
}

/** What the reader makes of octets given in pieces of these lengths, over and over. */
function read(text: string, boundary: string, cuts: readonly number[], limits = {}) {
	const bounds = { partsMax: 10, partHeadLengthMax: 200, ...limits };
	const reader = new MultipartReader(octetsOf(`\r\n--${boundary}`), bounds);
	const parts: ReadPart[] = [];
	let outcome = "";
	// One buffer for all pieces, as in a server: what is kept of a piece has to be copied.
	const buffer = new Uint8Array(Math.max(...cuts));
	for (let at = 0, turn = 0; at < text.length; turn += 1) {
		const piece = text.slice(at, at + sure(cuts[turn % cuts.length]));
		buffer.set(octetsOf(piece));
		reader.feed(buffer, 0, piece.length);
		at += piece.length;
		for (let event = reader.next(); event !== MULTIPART_NONE; event = reader.next()) {
			const { head } = reader;
			const part = parts[parts.length - 1];
			if (event === MULTIPART_PART) {
				const fileName = head.isFile ? head.fileName : null;
				parts.push({ name: head.name, fileName, type: head.type, content: "", isWhole: false });
			} else if (event === MULTIPART_DATA) {
				sure(part).content += textOf(reader.data.slice(reader.dataStart, reader.dataEnd));
				expect(reader.dataEnd).toBeGreaterThan(reader.dataStart);
			} else if (event === MULTIPART_PART_END) sure(part).isWhole = true;
			else if (event === MULTIPART_MALFORMED) outcome = reader.problem;
			else if (event === MULTIPART_TOO_LARGE) outcome = `too large: ${reader.problem}`;
		}
	}
	if (reader.isComplete) {
		expect(outcome).toBe("");
		outcome = "complete";
	}
	return { parts, outcome };
}

/** The same, whole and octet by octet, which has to be the same. */
function readBoth(text: string, boundary = "b", limits = {}) {
	const whole = read(text, boundary, [text.length], limits);
	expect(read(text, boundary, [1], limits)).toEqual(whole);
	expect(read(text, boundary, [2, 3], limits)).toEqual(whole);
	return whole;
}

function part(disposition: string, content: string, lines: readonly string[] = [], boundary = "b"): string {
	return [`--${boundary}`, `Content-Disposition: ${disposition}`, ...lines, "", content, ""].join("\r\n");
}

function field(name: string, content: string, boundary = "b"): string {
	return part(`form-data; name="${name}"`, content, [], boundary);
}

const END = "--b--\r\n";

describe("the reader of multipart/form-data", () => {
	test("fields and files", () => {
		const text =
			field("a", "1") + part('form-data; name="f"; filename="x.bin"', "\0\r\n\xff", ["Content-Type: image/png"]) + END;
		expect(readBoth(text)).toEqual({
			outcome: "complete",
			parts: [
				{ name: "a", fileName: null, type: "", content: "1", isWhole: true },
				{ name: "f", fileName: "x.bin", type: "image/png", content: "\0\r\n\xff", isWhole: true },
			],
		});
	});

	test.each([
		["nothing", ""],
		["CRLF", "\r\n"],
		["what begins as a delimiter", "\r\n--", "\r\n-", "\r", "\r\r\n--", "\r\n\r\n--x", "\r\n--\r\n--"],
		["the boundary in the middle of a line", "x--b"],
		["two dashes at its start", "--", "-", "--a"],
		["line ends of their own", "\n--b\n", "\r--b\r"],
	])("content that is %s", (_what, ...contents) => {
		for (const content of contents) {
			const { parts, outcome } = readBoth(field("a", content) + END);
			expect([parts.map((one) => one.content), outcome]).toEqual([[content], "complete"]);
		}
	});

	test("a part that is empty without an empty line of its own", () => {
		const { parts, outcome } = readBoth('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n--b--');
		expect([parts.map((one) => [one.content, one.isWhole]), outcome]).toEqual([[["", true]], "complete"]);
	});

	test("a preamble, an epilogue and padding belong to nobody", () => {
		const text = `preamble --b\r\n-\r\n${field("a", "1").replace("--b", "--b \t")}--b--  \r\nepilogue\r\n--b\r\n`;
		const { parts, outcome } = readBoth(text);
		expect([parts.map((one) => one.content), outcome]).toEqual([["1"], "complete"]);
	});

	test("a form of no part", () => {
		expect(readBoth("--b--")).toEqual({ parts: [], outcome: "complete" });
	});

	test("of any boundary", () => {
		const boundary = "'()+_,-./:=? aZ09".repeat(4);
		const { parts } = readBoth(`${field("a", `\r\n--${boundary.slice(0, -1)}`, boundary)}--${boundary}--`, boundary);
		expect(parts.map((one) => one.content)).toEqual([`\r\n--${boundary.slice(0, -1)}`]);
	});

	test.each([
		['name="a"', "a", null],
		["name=a", "a", null],
		['NAME="a"; x=y', "a", null],
		['name=""', "", null],
		['name="a;b=\\"c\\""', 'a;b="c"', null],
		['name="a%22b%0D%0Ac%20"', 'a"b\r\nc%20', null],
		[`name="${toUtf8("größe")}"`, "größe", null],
		['name="a"; filename="x.bin"', "a", "x.bin"],
		['filename=x.bin;name="a"', "a", "x.bin"],
		['name="a"; filename=""', "a", ""],
		['name="a"; filename="C:\\dir\\x.bin"', "a", "C:\\dir\\x.bin"],
		['name="a"; filename="\\\\x"', "a", "\\x"],
		[`name="a"; filename="x"; filename*=UTF-8''y`, "a", "x"],
		['name="a" ; filename="x" ; ', "a", "x"],
	])("Content-Disposition: form-data; %s", (parameters, name, fileName) => {
		const { parts, outcome } = readBoth(`${part(`form-data; ${parameters}`, "1")}${END}`);
		expect([parts.map((one) => [one.name, one.fileName]), outcome]).toEqual([[[name, fileName]], "complete"]);
	});

	test.each([
		["no Content-Disposition", "--b\r\nX-A: 1\r\n\r\n1\r\n--b--"],
		["no head", "--b\r\n\r\n1\r\n--b--"],
		["another disposition", part('attachment; name="a"', "1")],
		["no name", part("form-data", "1")],
		["two names", part('form-data; name="a"; name="b"', "1")],
		["two file names", part('form-data; name="a"; filename="b"; filename="c"', "1")],
		["an open quote", part('form-data; name="a', "1")],
		["a quote behind the value", part('form-data; name="a"b', "1")],
		["a parameter without a value", part("form-data; name=", "1")],
		["a parameter without a name", part('form-data; name="a"; ="b"', "1")],
		["two dispositions", part('form-data; name="a"', "1", ['Content-Disposition: form-data; name="b"'])],
		["content that is encoded", part('form-data; name="a"', "MQ==", ["Content-Transfer-Encoding: base64"])],
		["a line that is no field", part('form-data; name="a"', "1", ["oops"])],
		["a name with a space behind it", part('form-data; name="a"', "1", ["X-A : 1"])],
		["a folded line", part('form-data; name="a"', "1", [" x"])],
		["a line end of LF alone", part('form-data; name="a"', "1", ["X-A: 1\nX-B: 2"])],
		["a line end of CR alone", part('form-data; name="a"', "1", ["X-A: 1\rX-B: 2"])],
		["the boundary, and more behind it", "--b\r\n".replace("b", "bb")],
		["the boundary with one dash behind it", `${field("a", "1")}--b-x`],
		["the boundary with CR alone behind it", "--b\rx"],
		["padding, and then no line end", "--b x"],
	])("%s is malformed", (_what, text) => {
		const { parts, outcome } = readBoth(`${text}${END}`);
		expect(outcome).not.toBe("complete");
		expect(outcome).not.toBe("");
		expect(outcome).not.toMatch(/^too large/);
		expect(parts.length).toBeLessThanOrEqual(1);
	});

	test("more parts than the limit, or longer heads, are too large", () => {
		expect(readBoth(field("a", "1") + field("b", "2") + END, "b", { partsMax: 2 }).outcome).toBe("complete");
		expect(readBoth(field("a", "1") + field("b", "2") + END, "b", { partsMax: 1 }).outcome).toMatch(/^too large/);
		const length = 'Content-Disposition: form-data; name="a"\r\n\r\n'.length;
		expect(readBoth(field("a", "1") + END, "b", { partHeadLengthMax: length }).outcome).toBe("complete");
		expect(readBoth(field("a", "1") + END, "b", { partHeadLengthMax: length - 1 }).outcome).toMatch(/^too large/);
	});

	test("whatever the parts, and wherever the input is cut: the same parts and octets", () => {
		// Of octets that make delimiters, nearly make them, and others.
		const content = fc
			.array(fc.constantFrom("\r", "\n", "-", "--", "\r\n--", "\r\n--a", "a", "b", "\r\n--ab", "x", "\0", "\xff"), {
				maxLength: 12,
			})
			.map((pieces) => pieces.join(""));
		fc.assert(
			fc.property(
				fc.array(content, { maxLength: 4 }),
				fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
				(contents, cuts) => {
					const boundary = "aab";
					const whole = contents.filter((one) => !`\r\n${one}`.includes(`\r\n--${boundary}`));
					const text = whole.map((one, index) => field(`f${index}`, one, boundary)).join("");
					const { parts, outcome } = read(`${text}--${boundary}--`, boundary, cuts);
					expect(outcome).toBe("complete");
					expect(parts.map((one) => one.content)).toEqual(whole);
					expect(parts.every((one) => one.isWhole)).toBe(true);
				},
			),
			{ numRuns: 300 },
		);
	});

	test("whatever the octets, and wherever they are cut: the same outcome", () => {
		const piece = fc.constantFrom(
			"--b",
			"\r\n",
			"--b\r\n",
			"\r\n--b",
			'Content-Disposition: form-data; name="a"',
			"; filename=x",
			"\r\n\r\n",
			"--",
			"x",
			" ",
			"\n",
			"\r",
		);
		fc.assert(
			fc.property(
				fc.array(piece, { maxLength: 12 }).map((pieces) => `--b\r\n${pieces.join("")}`),
				fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
				(text, cuts) => {
					expect(read(text, "b", cuts)).toEqual(read(text, "b", [text.length]));
				},
			),
			{ numRuns: 300 },
		);
	});
});

// ---- The route ----

/** A sink that keeps what it is given, and takes its time where `isSlow`. */
class TestSink implements FileSink {
	readonly name: string;
	readonly fileName: string;
	readonly type: string;
	content = "";
	outcome = "";
	writes = 0;
	/** Lets the promise of a slow sink go on. */
	proceed: (() => void) | null = null;
	isSlow = false;
	failsAt = Number.POSITIVE_INFINITY;

	constructor(one: FilePart) {
		this.name = one.name;
		this.fileName = one.fileName;
		this.type = one.type;
	}

	write(octets: Uint8Array, start: number, end: number): void | Promise<unknown> {
		expect(this.proceed).toBe(null);
		this.writes += 1;
		if (this.writes === this.failsAt) throw new Error("the flash is full");
		if (!this.isSlow) {
			this.content += textOf(octets.slice(start, end));
			return undefined;
		}
		return new Promise<void>((resolve) => {
			this.proceed = () => {
				// Only now: until its promise is settled, the octets are the sink's.
				this.content += textOf(octets.slice(start, end));
				this.proceed = null;
				resolve();
			};
		});
	}

	end(): void {
		this.outcome += "whole";
	}

	abort(error: unknown): void {
		this.outcome += `aborted: ${(error as Error).message}`;
	}
}

interface Uploading extends Served {
	readonly sinks: TestSink[];
}

function serveUpload(
	options: Partial<MultipartOptions<TestSink>> = {},
	prepare: (sink: TestSink) => void = () => {},
	limits = {},
): Uploading {
	const sinks: TestSink[] = [];
	const route = multipartForm<TestSink>(
		{
			lengthMax: 100_000,
			file: (_request, one) => {
				const sink = new TestSink(one);
				prepare(sink);
				sinks.push(sink);
				return sink;
			},
			...options,
		},
		(_request, response, fields, files) => {
			const seen: Record<string, string[]> = {};
			fields.forEach((name) => {
				seen[name] = fields.values(name);
			});
			response.json({ fields: seen, files: files.map((one) => [one.name, one.fileName, one.content.length]) });
		},
	);
	return { ...serve({ limits, routes: { "POST /": route } }), sinks };
}

const TYPE = "Content-Type: multipart/form-data; boundary=b";

function file(name: string, fileName: string, content: string): string {
	return part(`form-data; name="${name}"; filename="${fileName}"`, content, ["Content-Type: application/octet-stream"]);
}

const LARGE = Array.from({ length: 5000 }, (_, index) => String.fromCharCode((index * 31) % 251)).join("");

/** Lets a slow sink take all it is given. */
async function drain(served: Uploading): Promise<void> {
	for (let turn = 0; turn < 200; turn += 1) {
		for (const sink of served.sinks) sink.proceed?.();
		await promises();
		served.platform.advance(0);
	}
}

describe("a form with files", () => {
	test("its fields are read by name, and its files are in their sinks", () => {
		const served = serveUpload();
		const form = field("a", "x & y=z+%41") + file("f", "f.bin", LARGE) + field("a", "2") + END;
		expect(JSON.parse(ask(served, upload("POST /", form, [TYPE])).content)).toEqual({
			fields: { a: ["x & y=z+%41", "2"] },
			files: [["f", "f.bin", 5000]],
		});
		expect(served.sinks.map((sink) => [sink.content === LARGE, sink.outcome, sink.type])).toEqual([
			[true, "whole", "application/octet-stream"],
		]);
		expect(served.errors).toEqual([]);
	});

	test("octet by octet and in chunks, through small buffers", () => {
		const served = serveUpload({ bufferLength: 7 }, undefined, { receiveLength: 512, targetLengthMax: 64 });
		const form = field("a", "1") + file("f", "f.bin", LARGE) + END;
		const client = served.connect();
		for (const octet of octetsOf(upload("POST /", form, [TYPE]))) client.send(Uint8Array.of(octet));
		expect(answer(client).status).toBe(200);
		const pieces = Array.from({ length: Math.ceil(form.length / 700) }, (_, at) =>
			form.slice(at * 700, at * 700 + 700),
		);
		ask(served, request("POST /", [TYPE, "Transfer-Encoding: chunked"], chunked(pieces)));
		expect(served.sinks.map((sink) => sink.content === LARGE)).toEqual([true, true]);
	});

	test("a slow sink holds the client back, and keeps its octets meanwhile", async () => {
		const served = serveUpload({}, (sink) => {
			sink.isSlow = true;
		});
		const client = served.connect();
		client.send(upload("POST /", field("a", "1") + file("f", "f.bin", LARGE) + file("g", "g.bin", "x") + END, [TYPE]));
		await promises();
		// One buffer of the route, one of the connection; the rest is with the client.
		expect(client.transport.unread).toBeGreaterThan(LARGE.length - 512 - 1536 - 100);
		await drain(served);
		expect(served.sinks.map((sink) => [sink.content.length, sink.outcome])).toEqual([
			[5000, "whole"],
			[1, "whole"],
		]);
		expect(sure(served.sinks[0]).content === LARGE).toBe(true);
		expect(answer(client).status).toBe(200);
		expect(served.errors).toEqual([]);
	});

	test("a slow sink goes on when more arrives after it had taken all there was", async () => {
		const served = serveUpload({}, (sink) => {
			sink.isSlow = true;
		});
		const client = served.connect();
		const octets = upload("POST /", file("f", "f.bin", LARGE) + END, [TYPE]);
		for (const piece of [octets.slice(0, 1000), octets.slice(1000, 2000), octets.slice(2000)]) {
			client.send(piece);
			await drain(served);
		}
		expect(answer(client).status).toBe(200);
		expect(sure(served.sinks[0]).content === LARGE).toBe(true);
	});

	test("any size passes through, where no limit is set", () => {
		const served = serveUpload({ lengthMax: Number.POSITIVE_INFINITY }, undefined, { contentLengthMax: 10 });
		const form = file("f", "f.bin", LARGE.repeat(10)) + END;
		expect(ask(served, upload("POST /", form, [TYPE])).status).toBe(200);
		expect(sure(served.sinks[0]).writes).toBeGreaterThan(50_000 / 512 - 1);
	});

	test("a file input that was left empty is not told, an empty file is", () => {
		const served = serveUpload();
		const { files } = JSON.parse(
			ask(served, upload("POST /", file("f", "", "") + file("g", "g", "") + file("h", "", "1") + END, [TYPE])).content,
		);
		expect(files).toEqual([
			["g", "g", 0],
			["h", "", 1],
		]);
	});

	test("files that nobody wants are dropped", () => {
		const served = serveUpload({ file: () => null });
		expect(
			JSON.parse(ask(served, upload("POST /", file("f", "f", LARGE) + field("a", "1") + END, [TYPE])).content),
		).toEqual({ fields: { a: ["1"] }, files: [] });
	});

	test.each(["----WebKitFormBoundary0Za9AzZ0", '"(:/=?)"', '"\'()+_-. z"'])("of the boundary %s", (boundary) => {
		const line = `Content-Type: multipart/form-data; boundary=${boundary}`;
		const bare = boundary.replaceAll('"', "");
		const form = `${field("a", "1", bare)}--${bare}--`;
		expect(ask(serveUpload(), upload("POST /", form, [line])).content).toBe('{"fields":{"a":["1"]},"files":[]}');
	});

	test("the next request of the connection is served", () => {
		const served = serveUpload();
		const client = served.connect();
		const octets = upload("POST /", file("f", "f", "1") + END, [TYPE]);
		client.send(octets + octets);
		expect(statuses(client)).toEqual([200, 200]);
	});
});

describe("a form that is refused", () => {
	const status = (form: string, options: Partial<MultipartOptions<TestSink>> = {}, type = TYPE) => {
		const served = serveUpload(options);
		const one = ask(served, upload("POST /", form, [type]));
		expect(served.errors).toEqual([]);
		return [one.status, one.content] as const;
	};

	test.each([
		["text/plain", 415],
		["application/x-www-form-urlencoded", 415],
		["multipart/mixed; boundary=b", 415],
		["multipart/form-data", 400],
		["multipart/form-data; boundary=", 400],
		['multipart/form-data; boundary=""', 400],
		['multipart/form-data; boundary="b "', 400],
		['multipart/form-data; boundary="b{"', 400],
		['multipart/form-data; boundary="b@"', 400],
		['multipart/form-data; boundary="[b"', 400],
		['multipart/form-data; boundary="\xe9"', 400],
		["multipart/form-data; boundary=b; boundary=b", 400],
		["multipart/form-data; boundary=b; x", 400],
		[`multipart/form-data; boundary=${"b".repeat(71)}`, 400],
		["multipart/form-data; charset=utf-8; boundary=b", 200],
		['multipart/form-data;boundary="b"', 200],
		["Multipart/Form-Data; Boundary=b", 200],
	])("for its type: %s: %i", (type, expected) => {
		expect(status(field("a", "1") + END, {}, `Content-Type: ${type}`)[0]).toBe(expected);
	});

	test("for what it is: malformed, or broken off (400)", () => {
		expect(status("--b\r\n\r\n1\r\n--b--")).toEqual([400, "a part has no Content-Disposition\n"]);
		expect(status(field("a", "1"))).toEqual([400, "the form breaks off before its last boundary\n"]);
		expect(status(file("f", "f", "1").slice(0, -4))[0]).toBe(400);
		expect(status("")[0]).toBe(400);
	});

	test("for its size (413): parts, a part's head, the fields together, all of it", () => {
		const form = field("a", "1") + field("b", "2") + END;
		expect(status(form, { partsMax: 2 })[0]).toBe(200);
		expect(status(form, { partsMax: 1 })).toEqual([413, "there are more than 1 parts\n"]);
		expect(status(form, { partHeadLengthMax: 43 })).toEqual([413, "the head of a part is longer than 43 octets\n"]);
		expect(status(form, { fieldsLengthMax: 8 })[0]).toBe(200);
		expect(status(form, { fieldsLengthMax: 7 })).toEqual([413, "the fields are more than 7 octets\n"]);
		expect(status(field("a", "=") + END, { fieldsLengthMax: 6 })[0]).toBe(200);
		expect(status(field("a", "=") + END, { fieldsLengthMax: 5 })[0]).toBe(413);
		expect(status(form, { lengthMax: form.length })[0]).toBe(200);
		expect(status(form, { lengthMax: form.length - 1 })[0]).toBe(413);
	});

	test("for its length, where one is required (411)", () => {
		const octets = request("POST /", [TYPE, "Transfer-Encoding: chunked"], chunked([field("a", "1") + END]));
		expect(ask(serveUpload({ lengthRequired: true }), octets).status).toBe(411);
		expect(ask(serveUpload(), octets).status).toBe(200);
	});

	test("by the app, for a file it does not want (422)", () => {
		const file1 = () => {
			throw new FieldError("f", "must be an image");
		};
		expect(status(file("f", "f", "1") + END, { file: file1 })).toEqual([422, "f must be an image\n"]);
	});

	test("tells its sink", () => {
		const served = serveUpload();
		const client = served.connect();
		client.send(upload("POST /", `${file("f", "f", "12345").slice(0, -2)}\r\n--bx${END}`, [TYPE]));
		expect(answer(client).status).toBe(400);
		expect(served.sinks.map((sink) => [sink.content, sink.outcome])).toEqual([
			["12345", "aborted: a line begins with the boundary and is no delimiter"],
		]);
	});

	test("by a client that leaves is aborted, slow sink or not", async () => {
		for (const isSlow of [false, true]) {
			const served = serveUpload({}, (sink) => {
				sink.isSlow = isSlow;
			});
			const client: VirtualClient = served.connect();
			client.send(upload("POST /", file("f", "f", LARGE) + END, [TYPE]).slice(0, 1000));
			await promises();
			client.reset();
			await drain(served);
			expect(served.sinks.map((sink) => sink.outcome)).toEqual(["aborted: the client has gone"]);
			expect(served.errors).toEqual([]);
		}
	});

	test("by a sink that throws costs a 500, at once or later", async () => {
		for (const isSlow of [false, true]) {
			const served = serveUpload({}, (sink) => {
				sink.isSlow = isSlow;
				sink.failsAt = 2;
			});
			const client = served.connect();
			client.send(upload("POST /", file("f", "f", LARGE) + END, [TYPE]));
			await promises();
			await drain(served);
			expect(statuses(client)).toEqual([500]);
			expect(served.sinks.map((sink) => sink.outcome)).toEqual(["aborted: the flash is full"]);
			expect(served.errors.map((error) => (error as Error).message)).toEqual(["the flash is full"]);
		}
	});

	test("later, behind a slow sink, is answered as it would be at once", async () => {
		const served = serveUpload({ partsMax: 1 }, (sink) => {
			sink.isSlow = true;
		});
		const client = served.connect();
		client.send(upload("POST /", file("f", "f", "1") + field("a", "1") + END, [TYPE]));
		await promises();
		await drain(served);
		expect(statuses(client)).toEqual([413]);
		expect(served.errors).toEqual([]);
	});
});

test("limits that are none are refused when the route is defined", () => {
	for (const wrong of [0, -1, 1.5, Number.NaN]) {
		expect(() => serveUpload({ partsMax: wrong })).toThrow(RangeError);
		expect(() => serveUpload({ bufferLength: wrong })).toThrow(RangeError);
	}
});
