// The app behind the corpus, and what is seen of it: the lines of an `expect` block (test/corpus/README.md). No platform
// is named here, so that every engine can run the same cases.

import { type App, defineApp } from "../../src/app/app.js";
import type { Request } from "../../src/app/request.js";
import type { Response } from "../../src/app/response.js";
import type { Connection } from "../../src/connection/connection.js";
import { EXCHANGE, HEAD } from "../../src/connection/states.js";
import type { FieldRegistry } from "../../src/message/field-registry.js";
import { METHOD_HEAD } from "../../src/message/method.js";
import type { ReceiveBuffer } from "../../src/message/receive-buffer.js";
import { VALID, violationName, violationStatus } from "../../src/message/violation.js";
import { latin1 } from "../../src/octets/text.js";
import type { ServerObserver } from "../../src/server/server.js";
import type { Slot } from "../../src/server/slot.js";
import type { CaseOptions } from "./corpus-format.js";
import { fieldValues, readResponse } from "./reader.js";

/** The client's end of a connection, as far as the trace looks at it. */
export interface TracedClient {
	/** Everything the server has sent, one character for each octet. */
	readonly received: string;
	readonly state: "open" | "ended" | "closed" | "aborted";
}

/** What the trace shows of a request. */
type HeadView = Pick<
	Request,
	"method" | "target" | "version" | "fieldCount" | "fieldName" | "fieldValue" | "trailerCount"
>;

/** How many fields the corpus app keeps. */
const FIELDS_KEPT_MAX = 32;

// The IANA HTTP Method Registry without CONNECT, which opens tunnels, and PRI, which belongs to HTTP/2.
const REGISTRY = Object.freeze(
	(
		"ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL " +
		"MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PROPFIND PROPPATCH PUT QUERY REBIND REPORT SEARCH " +
		"TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL"
	).split(" "),
);

/** Watches one server, one connection after the other. */
export class CorpusTrace implements ServerObserver {
	readonly app: App;
	#client: TracedClient | null = null;
	#lines: string[] = [];
	#content = "";
	/** How much of what the client received has been read. */
	#offset = 0;
	#isHead = false;
	#isOldVersion = false;
	#hasClosed = false;
	/** How many requests of the connection have been traced, and whether the current one is complete. */
	#requests = 0;
	#isWhole = true;
	#violation = VALID;
	readonly #buffer = new Uint8Array(2048);
	/** How many requests `#checkPlain` has seen. */
	#plainChecked = 0;
	/** Where the lines of the current request's head end. */
	#headEnd = 0;

	constructor(options: CaseOptions) {
		const { fields } = options;
		this.app = defineApp({
			limits: { fieldsKeptMax: FIELDS_KEPT_MAX, ...options.limits },
			fields: fields ?? "all",
			trustedGateway: options.trustedGateway ?? false,
			targetCharacters: options.targetCharacters ?? "rfc3986",
			routes: {
				...Object.fromEntries(REGISTRY.map((method) => [`${method} /*rest`, this.#route(200)])),
				"* /*rest": this.#route(501),
			},
			onError: (error) => this.#lines.push(`fault ${String(error)}`),
		});
	}

	#route(status: number) {
		return {
			onRequest: (request: Request) => {
				this.#responses();
				this.#began(request);
				this.#checkTarget(request);
			},
			onReadable: (request: Request, response: Response, count: number) => {
				if (count > 0) return this.#read(request);
				this.#responses();
				this.#completed(request);
				response.status = status;
				response.empty();
			},
		};
	}

	/** Before a connection. */
	begin(client: TracedClient): void {
		this.#client = client;
		this.#lines = [];
		this.#content = "";
		this.#offset = 0;
		this.#isHead = false;
		this.#isOldVersion = false;
		this.#hasClosed = false;
		this.#requests = 0;
		this.#isWhole = true;
		this.#violation = VALID;
		this.#headEnd = 0;
		this.#plainChecked = 0;
	}

	/** The responses that came before it have been read. */
	#began(request: HeadView): void {
		this.#requests += 1;
		this.#isWhole = false;
		this.#isHead = request.method === "HEAD";
		this.#isOldVersion = request.version === "1.0";
		this.#lines.push(`request ${request.method} ${request.target} ${request.version}`);
		for (let index = 0; index < request.fieldCount; index += 1) this.#field("field", request, index);
		this.#headEnd = this.#lines.length;
	}

	/** Path and query agree with the target, as far as it is in origin-form and nothing is percent-encoded. */
	#checkTarget({ target, path, query }: Request): void {
		if (!target.startsWith("/") || target.includes("%")) return;
		const mark = target.indexOf("?");
		const expected = withoutDots(mark < 0 ? target : target.slice(0, mark));
		if (path !== expected) this.#lines.push(`fault path ${path} for ${target}`);
		if (query !== (mark < 0 ? undefined : target.slice(mark + 1))) this.#lines.push(`fault query ${query}`);
	}

	#field(kind: string, request: HeadView, index: number): void {
		const value = request.fieldValue(index);
		this.#lines.push(`${kind} ${request.fieldName(index)}:${value === "" ? "" : ` ${value}`}`);
	}

	#read(request: Request): void {
		for (;;) {
			const count = request.read(this.#buffer);
			if (count === 0) return;
			this.#content += latin1(this.#buffer, 0, count);
		}
	}

	#completed(request: HeadView): void {
		this.#flush();
		this.#isWhole = true;
		const heads = request.fieldCount;
		for (let index = 0; index < request.trailerCount; index += 1) this.#field("trailer", request, heads + index);
		this.#lines.push("complete");
	}

	#flush(): void {
		if (this.#content !== "") this.#lines.push(`content "${this.#content}"`);
		this.#content = "";
	}

	/** Reads the responses that have come. */
	#responses(): void {
		const client = this.#client as TracedClient;
		while (this.#offset < client.received.length) {
			const response = readResponse(client.received, this.#offset, this.#isHead, client.state !== "open");
			if (response === null) return;
			if (this.#hasClosed) throw new Error("a response after the last one");
			this.#offset = response.end;
			if (response.status < 200) {
				// It is sent when the content that came with the head has been read already: its place is before the content.
				this.#lines.splice(this.#headEnd, 0, `interim ${response.status}`);
				continue;
			}
			const options = fieldValues(response, "connection");
			const persists = this.#isOldVersion ? options.includes("keep-alive") : !options.includes("close");
			this.#hasClosed = !persists;
			this.#lines.push(`response ${response.status} ${persists ? "keep" : "close"}`);
		}
	}

	/** For the server: something has moved. */
	changed(slot: Slot): void {
		const { connection } = slot;
		this.#checkCursors(connection.receive);
		if (connection.requestCount > this.#plainChecked) this.#checkPlain(connection);
		if (this.#violation === VALID && connection.violation !== VALID) {
			this.#violation = connection.violation;
			this.#responsesBefore(slot);
			// What is no HTTP at all is not answered, so it is only seen to end.
			if (violationStatus(this.#violation) !== 0) this.#lines.push(`refused ${violationName(this.#violation)}`);
			this.#isWhole = true;
			this.#isHead = connection.head.requestLine.method === METHOD_HEAD;
			this.#isOldVersion = false;
		} else if (connection.requestCount > this.#requests && this.#violation === VALID) {
			// The server answers this one by itself: "OPTIONS *", CONNECT. What the client has received may be that already.
			const request = viewOf(connection, this.app.registry);
			this.#began(request);
			this.#completed(request);
		}
		this.#responses();
	}

	/** The router takes a path as it stands only where no octet of it has to be decoded or removed. */
	#checkPlain({ head, receive, requestCount }: Connection): void {
		this.#plainChecked = requestCount;
		const { isPathPlain, pathStart, pathEnd } = head.requestLine;
		const path = latin1(receive.octets, pathStart, pathEnd);
		if (isPathPlain === /%|\/\./.test(path)) this.#lines.push(`fault isPathPlain ${isPathPlain} for ${path}`);
	}

	#checkCursors({ consumed, scanned, received, limit }: ReceiveBuffer): void {
		if (0 <= consumed && consumed <= scanned && scanned <= received && received <= limit) return;
		this.#lines.push(`fault cursors ${consumed} ${scanned} ${received} ${limit}`);
	}

	#responsesBefore(slot: Slot): void {
		// The refusal itself stands in the send buffer still, or is sent by now; all that came before is sent.
		if (!slot.connection.response.isEmpty) this.#responses();
		this.#flush();
	}

	crowded(): void {
		this.#lines.push("fault crowded");
	}

	/**
	 * At the end of what the client sends; `slot`: the connection's, if it still has one; `hasLeft`: the client has closed
	 * its side. Returns the lines.
	 */
	finish(slot: Slot | null, hasLeft: boolean): string[] {
		const client = this.#client as TracedClient;
		this.#responses();
		this.#flush();
		if (this.#offset < client.received.length) this.#lines.push(`fault rest ${client.received.slice(this.#offset)}`);
		if (client.state === "open") {
			if (this.#hasClosed) this.#lines.push("fault open after the last response");
			const phase = slot?.connection.phase;
			if (phase === HEAD || (phase === EXCHANGE && !this.#isWhole)) this.#lines.push("waiting");
		} else if (!this.#hasClosed) {
			this.#lines.push("closed");
			if (!hasLeft && this.#violation === VALID) this.#lines.push("fault closed without a reason");
		}
		return this.#lines;
	}
}

/** The view of a request that no handler was given. */
function viewOf(connection: Connection, registry: FieldRegistry): HeadView {
	const { octets } = connection.receive;
	const { requestLine, fieldSection, headFieldCount } = connection.head;
	const fields = fieldSection.table;
	const text = (start: number, length: number) => latin1(octets, start, start + length);
	return {
		method: text(requestLine.methodStart, requestLine.methodLength),
		target: text(requestLine.targetStart, requestLine.targetEnd - requestLine.targetStart),
		version: requestLine.minorVersion === 0 ? "1.0" : "1.1",
		fieldCount: headFieldCount,
		trailerCount: fields.count - headFieldCount,
		fieldName: (row) =>
			registry.keepsAll
				? text(fields.nameStart(row), fields.nameLength(row))
				: (registry.names.names[fields.nameIndex(row)] ?? ""),
		fieldValue: (row) => text(fields.valueStart(row), fields.valueLength(row)),
	};
}

/** A path without dot segments, step by step as RFC 3986 §5.2.4 has it. */
function withoutDots(path: string): string {
	let input = path;
	let output = "";
	while (input !== "") {
		if (input.startsWith("/./") || input === "/.") input = `/${input.slice(3)}`;
		else if (input.startsWith("/../") || input === "/..") {
			input = `/${input.slice(4)}`;
			output = output.slice(0, Math.max(0, output.lastIndexOf("/")));
		} else {
			const end = input.indexOf("/", 1);
			output += end < 0 ? input : input.slice(0, end);
			input = end < 0 ? "" : input.slice(end);
		}
	}
	return output;
}
