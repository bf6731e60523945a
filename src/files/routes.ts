// Routes that serve files as they are read: a piece at a time, as the client takes them. For apps.
//
// Which file is asked for is decided on the canonical path (docs/paths.md): dot segments are gone from it, and "%2F" is still
// "%2F", which no name has. What begins with a dot is nobody's business. So no path leads out of the folder, but for what the
// file system itself may lead to.

import type { RouteHandlers } from "../app/app.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { checkTag } from "../conditional/entity-tag.js";
import { evaluate, NO_TAG, PRECONDITION_FIELDS, RANGE_FIELDS } from "../conditional/evaluate.js";
import { furtherFields } from "../conditional/further-fields.js";
import { NO_DATE } from "../conditional/http-date.js";
import { Multipart } from "../conditional/multipart.js";
import { PRECONDITION_FAILED, PROCEED } from "../conditional/precondition.js";
import { begin, type Representation, refusePrecondition } from "../conditional/representation.js";
import { freeze } from "../octets/freeze.js";
import { DATE_END, httpDate } from "../response/date.js";
import { type PrebuiltFields, prebuild, prebuildFields } from "../response/prebuilt.js";
import { STATUS_LINE_LENGTH_MAX } from "../response/status.js";
import type { FileStatus, Folder, OpenFile } from "./folder.js";
import { typeOfName } from "./types.js";

/** What `files` takes beside the folder. */
export interface FileOptions {
	/** Cache-Control of every file. Default "no-cache": it is kept, and asked for again each time. */
	readonly cacheControl?: string;
	/**
	 * Further fields of every response that is about a file. Those that are ours are refused: ETag, Last-Modified, Cache-Control,
	 * Accept-Ranges, Content-….
	 */
	readonly fields?: Readonly<Record<string, string>>;
	/** The Content-Type of a file, by its path in the folder; undefined for what the extension says. */
	readonly typeOf?: (path: string) => string | undefined;
	/**
	 * The entity tag of a file, quotes included, where the file system does not say when it was modified; undefined for none. A
	 * file that only grows has one that says how long it is.
	 */
	readonly tagOf?: (path: string, size: number) => string | undefined;
}

const INDEX_NAME = "index.html";
const UNKNOWN_TYPE = "application/octet-stream";
/** How many octets are read at once. */
const READ_LENGTH = 512;

const NOT_FOUND_ANSWER = prebuild({ status: 404, type: "text/plain", content: "404 Not Found\n" });
const READ_FIELDS: readonly string[] = freeze([...PRECONDITION_FIELDS, ...RANGE_FIELDS]);

/**
 * The path of a file, from its folder on, that a canonical path behind the route's asks for: an index.html for a folder. Null
 * when it can be none.
 */
export function filePathOf(canonical: string): string | null {
	const path = canonical === "" || canonical.endsWith("/") ? canonical + INDEX_NAME : canonical;
	if (path.includes("%2F")) return null;
	const decoded = path.replaceAll("%25", "%");
	const isNone = decoded.split("/").some((name) => name === "" || name.startsWith("."));
	// A backslash and a colon are separators on some systems.
	return isNone || /[\0\\:]/.test(decoded) ? null : decoded;
}

/** What is the same for all files of a route. */
interface RouteFields {
	/** Of responses that could be somebody else's. */
	readonly own: PrebuiltFields;
	/** The app's, of all. */
	readonly further: PrebuiltFields;
}

/** One file that is being sent. The state of its request. */
class FileContent implements Representation {
	readonly tag: string;
	readonly lastModified: number;
	/** It may have been written twice in a second. */
	readonly isDateStrong = false;
	readonly length: number;
	readonly typeFields: PrebuiltFields;
	/** What comes next, of content in one part. */
	at = 0;
	readonly #file: OpenFile;
	readonly #fields: RouteFields;
	readonly #buffer: Uint8Array;

	constructor(file: OpenFile, status: FileStatus, path: string, fields: RouteFields, options: FileOptions) {
		const { size, modifiedMs } = status;
		this.#file = file;
		this.#fields = fields;
		this.#buffer = new Uint8Array(Math.min(READ_LENGTH, size));
		this.length = size;
		const type = options.typeOf?.(path) ?? typeOfName(path) ?? UNKNOWN_TYPE;
		this.typeFields = prebuildFields({ "Content-Type": type });
		this.lastModified = modifiedMs === undefined ? NO_DATE : secondsOf(modifiedMs);
		const ownTag = modifiedMs === undefined ? NO_TAG : `"${Math.floor(modifiedMs).toString(36)}-${size.toString(36)}"`;
		this.tag = options.tagOf?.(path, size) ?? ownTag;
		if (this.tag !== NO_TAG) checkTag(this.tag);
	}

	setFields(response: Response): void {
		response.setFields(this.#fields.own);
		this.setTag(response);
		if (this.lastModified !== NO_DATE) response.setField("Last-Modified", httpDate(this.lastModified));
	}

	setTag(response: Response): void {
		response.setFields(this.#fields.further);
		if (this.tag !== NO_TAG) response.setField("ETag", this.tag);
	}

	send(response: Response, start: number, end: number): number {
		const buffer = this.#buffer;
		const count = Math.min(buffer.length, end - start, response.room);
		if (this.#file.read(buffer, start) < count) throw new Error("the file has become shorter while it was sent");
		response.write(buffer, 0, count);
		return count;
	}

	/** Goes on with content in one part, as far as the room goes. */
	write(response: Response): void {
		while (response.room > 0 && response.missing > 0) {
			this.at += this.send(response, this.at, this.at + response.missing);
		}
		if (response.missing === 0) response.end();
	}

	close(): void {
		this.#file.close();
	}
}

/**
 * The route that serves the files of a folder below `prefix`, a path as "/logs", to be spread into the `routes` of an app. A path
 * that ends in "/" asks for the index.html there. Throws TypeError for a prefix that does not begin with a slash or ends with one,
 * and for fields that are malformed or the route's own.
 */
export function files(prefix: string, folder: Folder, options: FileOptions = {}): Record<string, RouteHandlers> {
	if (!/^(\/[^/%:* ]+)*$/.test(prefix)) throw new TypeError(`the prefix "${prefix}" is no path as "/logs"`);
	const fields: RouteFields = freeze({
		own: prebuildFields({ "Cache-Control": options.cacheControl ?? "no-cache", "Accept-Ranges": "bytes" }),
		further: prebuildFields(furtherFields(options.fields)),
	});
	// Constants: of a route in flash, each parameter that its functions use would cost the RAM of a pointer.
	const skipped = prefix.length + 1;
	const from = folder;
	const chosen = freeze({ ...options });
	const route: RouteHandlers = {
		fields: READ_FIELDS,
		// What a file adds, as its type and its tag, is known when it is asked for.
		headLengthMax: STATUS_LINE_LENGTH_MAX + fields.own.lines.length + fields.further.lines.length,
		onRequest(request, response) {
			const path = filePathOf(request.path.slice(skipped));
			const content = path === null ? null : open(from, path, fields, chosen);
			if (content === null) return response.send(NOT_FOUND_ANSWER);
			request.state = content;
			return answer(request, response, content);
		},
		onWritable(request, response) {
			(request.state as FileContent | Multipart).write(response);
		},
		onDone: close,
		onError: close,
	};
	return { [`GET ${prefix}/*path`]: route };
}

function answer(request: Request, response: Response, content: FileContent): void {
	const outcome = evaluate(request, content.tag, content.lastModified);
	if (outcome === PROCEED) {
		const start = begin(request, response, content);
		if (start >= 0) content.at = start;
		return;
	}
	if (outcome === PRECONDITION_FAILED) return refusePrecondition(response, content);
	response.status = 304;
	content.setFields(response);
	response.empty();
}

/** What a file system says, as a date of HTTP; NO_DATE for what is none. Before 1970 is 1970. */
function secondsOf(modifiedMs: number): number {
	const seconds = Math.max(0, Math.floor(modifiedMs / 1000));
	return seconds < DATE_END ? seconds : NO_DATE;
}

/** A folder that is asked for without its slash is no file either, and neither is what cannot be opened. */
function open(folder: Folder, path: string, fields: RouteFields, options: FileOptions): FileContent | null {
	let file: OpenFile;
	try {
		file = folder.openFile({ path, mode: "r" });
	} catch {
		return null;
	}
	try {
		const status = file.status();
		if (status.isFile()) return new FileContent(file, status, path, fields, options);
	} catch (error) {
		file.close();
		throw error;
	}
	file.close();
	return null;
}

function close({ state }: Request): void {
	const one = state instanceof Multipart ? state.one : state;
	if (one instanceof FileContent) one.close();
}
