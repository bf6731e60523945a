// The routes of resumable uploads by tus 1.0.0 (https://tus.io/protocols/resumable-upload), with its extensions creation,
// creation-with-upload and termination. For apps.

import type { HandlerResult, Route } from "../app/app.js";
import { lazily } from "../app/lazily.js";
import { refuse } from "../app/refuse.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { TIME_MAX } from "../clock.js";
import type { RandomSource } from "../crypto.js";
import { acceptsContent, CONTENT_FIELDS, contentRefusalLengthMax, refuseError } from "../forms/refusal.js";
import { isWord } from "../message/parameters.js";
import { DIGIT_0 } from "../octets/ascii.js";
import { freeze } from "../octets/freeze.js";
import { fieldLineLength } from "../response/field-writer.js";
import { prebuild, prebuildFields } from "../response/prebuilt.js";
import { STATUS_LINE_LENGTH_MAX } from "../response/status.js";
import type { FileSink } from "../sink.js";
import { ID_DIGITS, Places } from "./places.js";
import { Transfer } from "./transfer.js";
import { FAILED, type Upload } from "./upload.js";

/** What `uploads` takes. */
export interface UploadOptions<S extends FileSink> {
	/** The longest upload in octets; a longer one is answered 413. It may be Infinity. */
	readonly lengthMax: number;
	/**
	 * The sink of a new upload of `length` octets. A ContentError thrown here, or by the sink, is answered with its status. `request`
	 * is that which creates the upload.
	 */
	readonly sink: (request: Request, length: number) => S;
	/** Where the names of uploads come from: `random` of thimble-http/crypto. */
	readonly random: RandomSource;
	/** An upload is whole, and its sink has ended it. The client is told next, if it is still there. */
	readonly onWhole?: (sink: S) => void;
	/** How many uploads are kept at once. Default 1. */
	readonly uploadsMax?: number;
	/**
	 * How long an unfinished upload that nobody goes on with keeps its place when another one needs it, in milliseconds; until
	 * then the other is answered 503. Default 10 seconds, at most 12 days.
	 */
	readonly reservedMs?: number;
	/** The buffer before each sink, in octets: what a sink is given at once. Default 1,024. */
	readonly bufferLength?: number;
}

const VERSION = "1.0.0";
const TYPE = "application/offset+octet-stream";
const EXTENSIONS = "creation,creation-with-upload,termination";
/** On every response. */
const OWN_FIELDS = prebuildFields({ "Tus-Resumable": VERSION, "Cache-Control": "no-store" });
const VERSION_FIELDS: readonly string[] = freeze(["tus-resumable"]);
const CREATION_FIELDS: readonly string[] = freeze(["tus-resumable", "upload-length", ...CONTENT_FIELDS]);
const PATCH_FIELDS: readonly string[] = freeze(["tus-resumable", "upload-offset", ...CONTENT_FIELDS]);

/** The longest head of what is answered for uploads at `prefix`: a refusal, what tells of an upload, or where a new one is. */
function headLengthMaxOf(prefix: string): number {
	const length = String(Number.MAX_SAFE_INTEGER);
	const told = fieldLineLength("Upload-Length", length);
	const begun = fieldLineLength("Location", `${prefix}/`) + ID_DIGITS;
	const state = STATUS_LINE_LENGTH_MAX + fieldLineLength("Upload-Offset", length) + Math.max(told, begun);
	return OWN_FIELDS.lines.length + Math.max(contentRefusalLengthMax(TYPE), state);
}

/**
 * The routes of resumable uploads at `prefix`, a path as "/firmware", to be spread into the `routes` of an app: POST there creates
 * an upload and names its path below, where HEAD tells its offset, PATCH goes on with it, and DELETE ends it.
 *
 * Throws TypeError for a prefix that is no such path, RangeError for an option out of its range.
 */
export function uploads<S extends FileSink>(prefix: string, options: UploadOptions<S>): Record<string, Route> {
	if (!/^(\/[^/%:*]+)+$/.test(prefix)) throw new TypeError(`the prefix "${prefix}" is no path as "/firmware"`);
	const { uploadsMax = 1, reservedMs = 10_000, bufferLength = 1024 } = options;
	within("uploadsMax", uploadsMax, 100);
	within("bufferLength", bufferLength, 1 << 20);
	within("reservedMs", reservedMs, TIME_MAX);
	if (options.lengthMax !== Number.POSITIVE_INFINITY) within("lengthMax", options.lengthMax, Number.MAX_SAFE_INTEGER);
	// Constants: of a route in flash, each parameter that its functions use would cost the RAM of a pointer.
	const to: Creation = freeze({
		prefix: `${prefix}/`,
		lengthMax: options.lengthMax,
		sink: options.sink,
		random: options.random,
		// Only ever called with what `sink` has returned.
		onWhole: options.onWhole as ((sink: FileSink) => void) | undefined,
		reservedMs,
		retryAfter: String(Math.ceil(reservedMs / 1000)),
	});
	const places = lazily(() => new Places(uploadsMax, bufferLength));
	const one = `${prefix}/:upload`;
	const headLengthMax = headLengthMaxOf(prefix);
	// What is too much the routes say themselves: the server's own 413 is none of tus.
	const contentLengthMax = Number.POSITIVE_INFINITY;
	return {
		[`OPTIONS ${prefix}`]: prebuild({ status: 204, fields: serverFields(options.lengthMax) }),
		[`POST ${prefix}`]: {
			contentLengthMax,
			fields: CREATION_FIELDS,
			headLengthMax,
			onRequest: (request, response) =>
				begins(request, response) ? create(request, response, places(), to) : undefined,
			onReadable,
			onError,
		},
		[`HEAD ${one}`]: {
			fields: VERSION_FIELDS,
			headLengthMax,
			onRequest: (request, response) => (begins(request, response) ? tell(request, response, places()) : undefined),
		},
		[`PATCH ${one}`]: {
			contentLengthMax,
			fields: PATCH_FIELDS,
			headLengthMax,
			onRequest: (request, response) => (begins(request, response) ? goOn(request, response, places()) : undefined),
			onReadable,
			onError,
		},
		[`DELETE ${one}`]: {
			fields: VERSION_FIELDS,
			headLengthMax,
			onRequest: (request, response) =>
				begins(request, response) ? terminate(request, response, places()) : undefined,
		},
	};
}

/** What a new upload needs. */
interface Creation {
	readonly prefix: string;
	readonly lengthMax: number;
	readonly sink: (request: Request, length: number) => FileSink;
	readonly random: RandomSource;
	readonly onWhole: ((sink: FileSink) => void) | undefined;
	readonly reservedMs: number;
	readonly retryAfter: string;
}

function within(name: string, value: number, most: number): void {
	if (!Number.isInteger(value) || value < 1 || value > most) {
		throw new RangeError(`${name} must be a whole number from 1 to ${most}, not ${value}`);
	}
}

function serverFields(lengthMax: number): Record<string, string> {
	const fields = { "Tus-Resumable": VERSION, "Tus-Version": VERSION, "Tus-Extension": EXTENSIONS };
	return lengthMax === Number.POSITIVE_INFINITY ? fields : { ...fields, "Tus-Max-Size": String(lengthMax) };
}

/** Whether the request is of our version of tus; if not it is refused (tus, "Tus-Resumable"). */
function begins(request: Request, response: Response): boolean {
	response.setFields(OWN_FIELDS);
	const row = request.findField("tus-resumable");
	if (row >= 0 && isWord(request.octets, request.valueStart(row), request.valueEnd(row), VERSION)) return true;
	response.setField("Tus-Version", VERSION);
	return refuse(response, 412, `send Tus-Resumable: ${VERSION}\n`);
}

function create(request: Request, response: Response, places: Places, to: Creation): HandlerResult {
	const length = numberOf(request, "upload-length");
	if (length < 0) return refuse(response, 400, "say in Upload-Length how many octets the upload has\n");
	if (request.contentLength !== 0 && !acceptsContent(request, response, TYPE, true)) return false;
	if (length > to.lengthMax) return refuse(response, 413, `${to.lengthMax} octets at most\n`);
	if (request.contentLength > length) return refuse(response, 413, "no more octets than Upload-Length says\n");
	const upload = places.free(request.now, to.reservedMs);
	if (upload === null) {
		response.setField("Retry-After", to.retryAfter);
		return refuse(response, 503, "another upload is on its way\n");
	}
	const id = places.newId(to.random);
	try {
		upload.begin(id, length, to.sink(request, length), to.onWhole);
	} catch (error) {
		return refuseError(response, error);
	}
	return transfer(upload, request, response, to.prefix + id);
}

function goOn(request: Request, response: Response, places: Places): HandlerResult {
	const upload = find(request, response, places);
	if (upload === null || !acceptsContent(request, response, TYPE, true)) return false;
	const offset = numberOf(request, "upload-offset");
	if (offset < 0) return refuse(response, 400, "say in Upload-Offset where the octets belong\n");
	if (hasFailed(upload, response)) return false;
	// Nobody gives way to a request that was on its way for so long that others have gone on.
	if (offset !== upload.offsetToBe) return refuse(response, 409, `go on from ${upload.offsetToBe}\n`);
	const missing = upload.length - offset;
	if (request.contentLength > missing) return refuse(response, 413, `only ${missing} octets are missing\n`);
	const later = atRest(upload);
	if (later !== null) return later.then(() => response.isOpen && goOn(request, response, places));
	return hasFailed(upload, response) ? false : transfer(upload, request, response, "");
}

function transfer(upload: Upload, request: Request, response: Response, location: string): HandlerResult {
	const bringing = new Transfer(upload, request, response, location);
	request.state = bringing;
	// Without content there is nothing to wait for.
	return request.contentLength === 0 ? bringing.proceed() : undefined;
}

function tell(request: Request, response: Response, places: Places): HandlerResult {
	const upload = find(request, response, places);
	if (upload === null) return false;
	const later = atRest(upload);
	if (later !== null) return later.then(() => response.isOpen && tell(request, response, places));
	if (hasFailed(upload, response)) return false;
	upload.usedMs = request.now;
	response.setField("Upload-Offset", String(upload.offset));
	response.setField("Upload-Length", String(upload.length));
	return response.empty();
}

function terminate(request: Request, response: Response, places: Places): HandlerResult {
	const upload = find(request, response, places);
	if (upload === null) return false;
	const later = atRest(upload);
	if (later !== null) return later.then(() => response.isOpen && terminate(request, response, places));
	upload.drop(new Error("the client has ended the upload"));
	response.status = 204;
	return response.empty();
}

/** The upload that the path names; null when there is none, and the request has been answered. */
function find(request: Request, response: Response, places: Places): Upload | null {
	const upload = places.find(request.parameter("upload"));
	if (upload === null) refuse(response, 404, "there is no such upload\n");
	return upload;
}

/** Whether the upload has failed, and the request was answered with that. */
function hasFailed(upload: Upload, response: Response): boolean {
	if (upload.state !== FAILED) return false;
	refuse(response, 410, "the upload has failed: begin another\n");
	return true;
}

/**
 * Brings the upload to rest, so that its offset holds: a request that is still at it gives way, since its connection may have
 * broken without our knowing, and what it brought goes to the sink. Null when that is done; a promise when the sink takes its
 * time: behind it everything has to be looked at anew.
 */
function atRest(upload: Upload): Promise<void> | null {
	const running = upload.transfer;
	if (running !== null) {
		upload.transfer = null;
		running.giveWay();
		upload.flush();
	}
	return upload.later;
}

function onReadable(request: Request): HandlerResult {
	return request.state instanceof Transfer ? request.state.readable() : undefined;
}

function onError(request: Request): HandlerResult {
	return request.state instanceof Transfer ? request.state.lost() : undefined;
}

/** The number in a field; −1 when it is not there, or more than once, or no number of octets. */
function numberOf(request: Request, name: string): number {
	const row = request.findField(name);
	if (row < 0 || request.findField(name, row + 1) >= 0) return -1;
	const { octets } = request;
	const end = request.valueEnd(row);
	let value = 0;
	let at = request.valueStart(row);
	if (at === end) return -1;
	for (; at < end; at += 1) {
		const digit = (octets[at] as number) - DIGIT_0;
		if (digit < 0 || digit > 9) return -1;
		value = value * 10 + digit;
		if (value > Number.MAX_SAFE_INTEGER) return -1;
	}
	return value;
}
