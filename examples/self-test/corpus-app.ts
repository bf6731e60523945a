// The app behind the conformance corpus, as test/corpus/README.md has it: it reads all content, answers 200 to the methods of
// the IANA registry and 501 to any other, and writes down what it was told.

import type { AppOptions, Request, Response } from "thimble-http";
import type { PackedOptions } from "./packed-cases.js";

// The IANA HTTP Method Registry without CONNECT, which opens tunnels, and PRI, which belongs to HTTP/2.
const METHODS =
	" ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL " +
	"MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PROPFIND PROPPATCH PUT QUERY REBIND REPORT SEARCH " +
	"TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL ";

/** How much content is read at once. */
const PIECE_LENGTH = 256;

/** One client's at a time, and one more for those whose connections are still closing. */
const CONNECTIONS = 2;

const FIELDS_KEPT_MAX = 32;

export class CorpusApp {
	readonly options: AppOptions;
	#lines: string[] = [];
	#content = "";
	readonly #piece = new Uint8Array(PIECE_LENGTH);

	constructor({ limits, fields, ...options }: PackedOptions) {
		this.options = {
			...options,
			limits: { connections: CONNECTIONS, fieldsKeptMax: FIELDS_KEPT_MAX, ...limits },
			fields: fields ?? "all",
			routes: {
				"* /*rest": {
					onRequest: (request) => this.#began(request),
					onReadable: (request, response, count) => {
						if (count > 0) this.#read(request);
						else this.#completed(request, response);
					},
				},
			},
			onError: (error) => this.#lines.push(`fault ${String(error)}`),
		};
	}

	/** How many lines `take` would give. */
	get lineCount(): number {
		return this.#lines.length + (this.#content === "" ? 0 : 1);
	}

	/** What it was told since the last call. */
	take(): string[] {
		this.#flush();
		const lines = this.#lines;
		this.#lines = [];
		return lines;
	}

	#began(request: Request): void {
		this.#lines.push(`request ${request.method} ${request.target} ${request.version}`);
		for (let index = 0; index < request.fieldCount; index += 1) this.#field("field", request, index);
	}

	#field(kind: string, request: Request, index: number): void {
		const value = request.fieldValue(index);
		this.#lines.push(`${kind} ${request.fieldName(index)}:${value === "" ? "" : ` ${value}`}`);
	}

	#read(request: Request): void {
		const piece = this.#piece;
		for (let count = request.read(piece); count > 0; count = request.read(piece)) {
			for (let index = 0; index < count; index += 1) this.#content += String.fromCharCode(piece[index] as number);
		}
	}

	#completed(request: Request, response: Response): void {
		this.#flush();
		const { fieldCount, trailerCount } = request;
		for (let index = 0; index < trailerCount; index += 1) this.#field("trailer", request, fieldCount + index);
		this.#lines.push("complete");
		response.status = METHODS.includes(` ${request.method} `) ? 200 : 501;
		response.empty();
	}

	#flush(): void {
		if (this.#content !== "") this.#lines.push(`content "${this.#content}"`);
		this.#content = "";
	}
}
