// A route for multipart/form-data (RFC 7578): its content passes through one fixed buffer; files go to sinks of the app,
// octet for octet, and the other fields are kept.

import type { HandlerResult, RouteHandlers } from "../app/app.js";
import { refuse } from "../app/refuse.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { Parameters, valueEnd } from "../message/parameters.js";
import { AMPERSAND, EQUALS, PERCENT, PLUS, SEMICOLON } from "../octets/ascii.js";
import { writeHexadecimal } from "../octets/decimal.js";
import { utf8 } from "../octets/text.js";
import { isThenable } from "../server/promises.js";
import type { FileSink } from "../sink.js";
import { FormFields } from "./fields.js";
import {
	MULTIPART_DATA,
	MULTIPART_MALFORMED,
	MULTIPART_NONE,
	MULTIPART_PART,
	MULTIPART_PART_END,
	MULTIPART_TOO_LARGE,
	MultipartReader,
} from "./multipart-reader.js";
import type { FilePart } from "./part-head.js";
import { acceptsContent, answering, CONTENT_FIELDS, contentRefusalLengthMax, refuseError } from "./refusal.js";
import type { ContentOptions } from "./routes.js";

const MULTIPART_TYPE = "multipart/form-data";

export interface MultipartOptions<S extends FileSink> extends ContentOptions {
	/**
	 * The sink of a file; null: the file is dropped. A file input that was left empty (no name, no content) is not told. A
	 * FieldError or a ContentError thrown here, or by a sink, is answered 422 or 413.
	 */
	readonly file?: (request: Request, part: FilePart) => S | null;
	/** The most parts; more are answered 413. Default 16. */
	readonly partsMax?: number;
	/** The longest head of a part; a longer one is answered 413. Default 512. */
	readonly partHeadLengthMax?: number;
	/**
	 * The names and values of all fields that are no files, with two octets more for each, and each "%", "&", "=" and "+" in them
	 * three octets: as a URL would have them. More are answered 413. Default 512.
	 */
	readonly fieldsLengthMax?: number;
	/** The buffer that content passes through, and so the most that a sink is given at once. Default 512. */
	readonly bufferLength?: number;
}

/** A handler that has a form's fields, and the sinks that have taken a file each. */
export type MultipartHandler<S> = (
	request: Request,
	response: Response,
	fields: FormFields,
	files: readonly S[],
) => HandlerResult;

/**
 * A route for a form with files, as `multipart/form-data`. `lengthMax` may be Infinity: whatever the size of a file, no more
 * memory is taken than the options say. Throws RangeError for limits that are no whole numbers above 0.
 */
export function multipartForm<S extends FileSink>(
	options: MultipartOptions<S>,
	handler: MultipartHandler<S>,
): RouteHandlers {
	const bounds = boundsOf(options, handler);
	const required = options.lengthRequired ?? false;
	return {
		contentLengthMax: options.lengthMax,
		fields: CONTENT_FIELDS,
		headLengthMax: contentRefusalLengthMax(MULTIPART_TYPE),
		onRequest(request, response) {
			if (!acceptsContent(request, response, MULTIPART_TYPE, required)) return;
			const delimiter = delimiterOf(request);
			if (delimiter === null) refuse(response, 400, "the Content-Type has no boundary, or one that is none\n");
			else request.state = new Upload(request, response, delimiter, bounds);
		},
		onReadable(request, _response, count) {
			const upload = request.state as Upload<S>;
			return count > 0 ? upload.readable() : upload.ended();
		},
		onError(request, error) {
			if (request.state instanceof Upload) request.state.abort(error);
		},
	};
}

interface Bounds<S extends FileSink> {
	readonly file: ((request: Request, part: FilePart) => S | null) | null;
	readonly handler: MultipartHandler<S>;
	readonly partsMax: number;
	readonly partHeadLengthMax: number;
	readonly fieldsLengthMax: number;
	readonly bufferLength: number;
}

function boundsOf<S extends FileSink>(options: MultipartOptions<S>, handler: MultipartHandler<S>): Bounds<S> {
	const { partsMax = 16, partHeadLengthMax = 512, fieldsLengthMax = 512, bufferLength = 512 } = options;
	for (const [name, value] of Object.entries({ partsMax, partHeadLengthMax, fieldsLengthMax, bufferLength })) {
		if (!Number.isInteger(value) || value < 1)
			throw new RangeError(`${name} must be a whole number above 0, not ${value}`);
	}
	const file = options.file ?? null;
	return Object.freeze({ file, handler, partsMax, partHeadLengthMax, fieldsLengthMax, bufferLength });
}

/** Octets that a boundary may hold beside letters and digits (RFC 2046 §5.1.1); a space not at its end. */
const BOUNDARY_OCTETS = "'()+_,-./:=? ";
const BOUNDARY_LENGTH_MAX = 70;

/** CRLF "--" and the boundary of the Content-Type; null when it has none or a malformed one. */
function delimiterOf(request: Request): Uint8Array | null {
	const row = request.findField("content-type");
	if (row < 0) return null;
	const { octets } = request;
	const end = request.valueEnd(row);
	const parameters = new Parameters(octets, valueEnd(octets, request.valueStart(row), end), end, SEMICOLON);
	let delimiter: Uint8Array | null = null;
	while (parameters.next()) {
		if (!parameters.isNamed("boundary")) continue;
		if (delimiter !== null || !isBoundary(octets, parameters.start, parameters.end)) return null;
		delimiter = new Uint8Array(4 + parameters.end - parameters.start);
		delimiter[0] = 0x0d;
		delimiter[1] = 0x0a;
		delimiter[2] = 0x2d;
		delimiter[3] = 0x2d;
		for (let index = parameters.start; index < parameters.end; index += 1) {
			delimiter[4 + index - parameters.start] = octets[index] as number;
		}
	}
	return parameters.isWellFormed ? delimiter : null;
}

function isBoundary(octets: Uint8Array, start: number, end: number): boolean {
	if (end - start < 1 || end - start > BOUNDARY_LENGTH_MAX || octets[end - 1] === 0x20) return false;
	for (let index = start; index < end; index += 1) {
		const octet = octets[index] as number;
		const letter = octet & ~0x20;
		const isAlphanumeric = (octet >= 0x30 && octet <= 0x39) || (octet < 0x80 && letter >= 0x41 && letter <= 0x5a);
		if (!isAlphanumeric && !BOUNDARY_OCTETS.includes(String.fromCharCode(octet))) return false;
	}
	return true;
}

/** The fields of a form that are no files, kept as the other encoding writes them, so that one reader serves both. */
class KeptFields {
	readonly octets: Uint8Array;
	length = 0;

	constructor(lengthMax: number) {
		this.octets = new Uint8Array(lengthMax);
	}

	/** Begins a field. False, here and below, without the room for it. */
	begin(name: string): boolean {
		const octets = utf8(name);
		return this.putMark(AMPERSAND) && this.put(octets, 0, octets.length) && this.putMark(EQUALS);
	}

	put(octets: Uint8Array, start: number, end: number): boolean {
		const kept = this.octets;
		for (let index = start; index < end; index += 1) {
			const octet = octets[index] as number;
			if (octet !== PERCENT && octet !== AMPERSAND && octet !== EQUALS && octet !== PLUS) {
				if (!this.putMark(octet)) return false;
				continue;
			}
			if (this.length + 3 > kept.length) return false;
			kept[this.length] = PERCENT;
			writeHexadecimal(kept, this.length + 1, octet, 2);
			this.length += 3;
		}
		return true;
	}

	private putMark(octet: number): boolean {
		if (this.length === this.octets.length) return false;
		this.octets[this.length] = octet;
		this.length += 1;
		return true;
	}
}

/** One form on its way. */
class Upload<S extends FileSink> {
	readonly #request: Request;
	readonly #response: Response;
	readonly #bounds: Bounds<S>;
	readonly #reader: MultipartReader;
	readonly #buffer: Uint8Array;
	readonly #fields: KeptFields;
	readonly #files: S[] = [];
	/** The sink of the file on its way. */
	#sink: S | null = null;
	/** Whether the file's sink was asked for. */
	#isOpen = false;
	/** A sink's promise, and what was to be done behind it: nothing is read meanwhile. */
	#later: Promise<unknown> | null = null;
	/** The request was refused, or has failed. */
	#isOver = false;

	constructor(request: Request, response: Response, delimiter: Uint8Array, bounds: Bounds<S>) {
		this.#request = request;
		this.#response = response;
		this.#bounds = bounds;
		this.#reader = new MultipartReader(delimiter, bounds);
		this.#buffer = new Uint8Array(bounds.bufferLength);
		this.#fields = new KeptFields(bounds.fieldsLengthMax);
	}

	/** Octets have come. */
	readable(): Promise<unknown> | undefined {
		if (this.#later !== null) return undefined;
		try {
			const later = this.pump();
			if (later === undefined) return undefined;
			this.#later = later.then(
				() => {
					this.#later = null;
				},
				(error: unknown) => this.failed(error),
			);
			return this.#later;
		} catch (error) {
			this.failed(error);
			return undefined;
		}
	}

	/** The content is complete. */
	ended(): HandlerResult {
		// What a sink's promise is rejected with has been seen to by then.
		if (this.#later !== null)
			return this.#later.then(
				() => this.finish(),
				() => undefined,
			);
		return this.finish();
	}

	abort(error: unknown): void {
		this.#isOver = true;
		const sink = this.#sink;
		this.#sink = null;
		sink?.abort?.(error);
	}

	private failed(error: unknown): void {
		this.abort(error);
		refuseError(this.#response, error);
	}

	/** Reads and gives on, until nothing is there or a sink asks for time. */
	private pump(): Promise<unknown> | undefined {
		while (!this.#isOver) {
			const event = this.#reader.next();
			if (event === MULTIPART_NONE) {
				const count = this.#request.read(this.#buffer);
				if (count === 0) return undefined;
				this.#reader.feed(this.#buffer, 0, count);
				continue;
			}
			const later = this.see(event);
			if (isThenable(later)) return Promise.resolve(later).then(() => this.pump());
		}
		return undefined;
	}

	private see(event: number): unknown {
		const { head } = this.#reader;
		switch (event) {
			case MULTIPART_PART:
				this.#isOpen = false;
				if (!head.isFile && !this.#fields.begin(head.name)) this.refuseErrors();
				return undefined;
			case MULTIPART_DATA: {
				const { data, dataStart, dataEnd } = this.#reader;
				if (head.isFile) {
					this.open();
					return this.#sink?.write(data, dataStart, dataEnd);
				}
				if (!this.#fields.put(data, dataStart, dataEnd)) this.refuseErrors();
				return undefined;
			}
			case MULTIPART_PART_END: {
				if (head.isFile && head.hasFileName) this.open();
				const sink = this.#sink;
				if (sink === null) return undefined;
				const later = sink.end();
				if (isThenable(later)) return Promise.resolve(later).then(() => this.close(sink));
				this.close(sink);
				return undefined;
			}
			case MULTIPART_MALFORMED:
				return this.refuse(400, this.#reader.problem);
			case MULTIPART_TOO_LARGE:
				return this.refuse(413, this.#reader.problem);
		}
		return undefined;
	}

	/** Asks for the file's sink, once. */
	private open(): void {
		if (this.#isOpen) return;
		this.#isOpen = true;
		const { file } = this.#bounds;
		this.#sink = file === null ? null : file(this.#request, this.#reader.head);
	}

	private close(sink: S): void {
		this.#files.push(sink);
		this.#sink = null;
	}

	private refuseErrors(): void {
		this.refuse(413, `the fields are more than ${this.#bounds.fieldsLengthMax} octets`);
	}

	private refuse(status: number, problem: string): void {
		this.abort(new Error(problem));
		refuse(this.#response, status, `${problem}\n`);
	}

	private finish(): HandlerResult {
		if (this.#isOver) return undefined;
		if (!this.#reader.isComplete) return this.refuse(400, "the form breaks off before its last boundary");
		this.#request.state = undefined;
		const fields = new FormFields(this.#fields.octets, this.#fields.length);
		return answering(this.#bounds.handler, this.#request, this.#response, fields, this.#files);
	}
}
