// Routes that serve packed resources (RFC 9110 §12.5.3, §13, §14): made when an app is defined, and nothing is allocated for a
// request but for one of several ranges. For apps.
//
// What belongs to a request is one number, its state: how much of which content is sent.

import type { RouteHandlers } from "../app/app.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { evaluate, hasRange, PRECONDITION_FIELDS, RANGE_FIELDS } from "../conditional/evaluate.js";
import { furtherFields } from "../conditional/further-fields.js";
import { Multipart } from "../conditional/multipart.js";
import { NOT_MODIFIED, PRECONDITION_FAILED } from "../conditional/precondition.js";
import { begin, partHeadLength, type Representation, refusePrecondition } from "../conditional/representation.js";
import { DOT } from "../octets/ascii.js";
import { PATH_ODD } from "../octets/classes.js";
import { freeze } from "../octets/freeze.js";
import { utf8 } from "../octets/text.js";
import { httpDate } from "../response/date.js";
import { type Prebuilt, type PrebuiltFields, prebuild, prebuildFields } from "../response/prebuilt.js";
import { ACCEPT_ENCODING, CODING_GZIP, CODING_NONE, chooseCoding } from "./coding.js";
import { type PackedContent, type PackedResource, type PackedResources, PIECE_LENGTH } from "./packed.js";

/** What `resources` takes beside the packed resources. */
export interface ResourceOptions {
	/** The path before all of theirs, as "/app". Default none. */
	readonly prefix?: string;
	/** Cache-Control of what may change under its name. Default "no-cache": it is kept, and asked for again each time. */
	readonly cacheControl?: string;
	/**
	 * Further fields of every response that is about one of them, as Content-Security-Policy; a Vary is joined with ours. Those that
	 * are ours are refused: ETag, Last-Modified, Cache-Control, Accept-Ranges, Content-….
	 */
	readonly fields?: Readonly<Record<string, string>>;
}

const INDEX_NAME = "index.html";
const IMMUTABLE = "public, max-age=31536000, immutable";

const READ_FIELDS: readonly string[] = freeze([ACCEPT_ENCODING, ...PRECONDITION_FIELDS, ...RANGE_FIELDS]);

/** One content of a resource, with everything that is said about it. */
class Content implements Representation {
	readonly tag: string;
	readonly lastModified: number;
	readonly isDateStrong = true;
	readonly length: number;
	readonly typeFields: PrebuiltFields;
	/** The whole response, where the content is one piece at most. */
	readonly whole: Prebuilt | null;
	readonly notModified: Prebuilt;
	private readonly pieces: readonly Uint8Array[];
	private readonly fields: PrebuiltFields;
	private readonly tagFields: PrebuiltFields;

	constructor(resource: PackedResource, content: PackedContent, options: ResourceOptions) {
		this.tag = content.tag;
		this.lastModified = resource.lastModified;
		this.length = content.length;
		this.pieces = content.pieces;
		const isGzip = content === resource.gzip;
		const further = furtherFields(options.fields, varyOf(resource));
		const tag = { ETag: content.tag, ...further };
		// §15.4.5: what a 304 repeats of the 200.
		const lasting = {
			...tag,
			"Cache-Control": resource.isImmutable ? IMMUTABLE : (options.cacheControl ?? "no-cache"),
		};
		const fields = { ...lasting, "Last-Modified": httpDate(resource.lastModified), "Accept-Ranges": "bytes" };
		const coding = isGzip ? { "Content-Encoding": "gzip" } : {};
		this.tagFields = prebuildFields(tag);
		this.fields = prebuildFields(fields);
		this.typeFields = prebuildFields({ "Content-Type": resource.type, ...coding });
		this.notModified = prebuild({ status: 304, fields: lasting });
		const [only, ...more] = content.pieces;
		this.whole =
			more.length > 0 ? null : prebuild({ type: resource.type, fields: { ...fields, ...coding }, content: only ?? "" });
		Object.freeze(this);
	}

	/** The longest head of what is answered about it. */
	get headLengthMax(): number {
		return partHeadLength(this.fields, this);
	}

	setFields(response: Response): void {
		response.setFields(this.fields);
	}

	setTag(response: Response): void {
		response.setFields(this.tagFields);
	}

	send(response: Response, start: number, end: number): number {
		const index = Math.floor(start / PIECE_LENGTH);
		const piece = this.pieces[index] as Uint8Array;
		const from = start - index * PIECE_LENGTH;
		const all = piece.length - from;
		const count = all < end - start ? all : end - start;
		response.attach(piece, from, from + count);
		return count;
	}
}

/**
 * The routes of packed resources, to be spread into the `routes` of an app: each path, for GET and HEAD. An index.html is served
 * at its folder as well, and a folder without its slash leads there (301).
 *
 * Throws TypeError for a prefix that does not begin with a slash or ends with one, and for fields that are malformed or
 * the routes' own.
 */
export function resources(
	packed: PackedResources,
	options: ResourceOptions = {},
): Record<string, RouteHandlers | Prebuilt> {
	const { prefix = "" } = options;
	if (!/^(\/[^/%:* ]+)*$/.test(prefix)) throw new TypeError(`the prefix "${prefix}" is no path as "/app"`);
	const routes: Record<string, RouteHandlers | Prebuilt> = {};
	for (const resource of packed) {
		const path = prefix + resource.path;
		const route = routeOf(resource, options);
		routes[`GET ${path}`] = route;
		if (!path.endsWith(`/${INDEX_NAME}`)) continue;
		const folder = path.slice(0, -INDEX_NAME.length);
		routes[`GET ${folder}`] = route;
		const bare = folder.slice(0, -1);
		if (bare !== "") routes[`GET ${bare}`] = prebuild({ status: 301, fields: { Location: referenceTo(folder) } });
	}
	return routes;
}

/** A path as it stands in a URI reference (RFC 3986 §3.3). */
function referenceTo(path: string): string {
	let text = "";
	for (const octet of utf8(path)) {
		if (octet === DOT || PATH_ODD[octet] === 0) text += String.fromCharCode(octet);
		else text += `%${(octet + 0x100).toString(16).slice(1).toUpperCase()}`;
	}
	return text;
}

/** What of a request chooses between its contents. */
function varyOf(resource: PackedResource): readonly string[] {
	return resource.gzip === null ? [] : ["Accept-Encoding"];
}

function routeOf(resource: PackedResource, options: ResourceOptions): RouteHandlers {
	// Constants: of a route in flash, each parameter that its functions use would cost the RAM of a pointer.
	const identity = new Content(resource, resource.identity, options);
	const gzip = resource.gzip === null ? null : new Content(resource, resource.gzip, options);
	const notAcceptable = prebuild({
		status: 406,
		type: "text/plain",
		content: "406 Not Acceptable\n",
		fields: furtherFields(options.fields, ["Accept-Encoding"]),
	});
	return {
		fields: READ_FIELDS,
		headLengthMax: Math.max(identity.headLengthMax, gzip?.headLengthMax ?? 0, notAcceptable.head.length),
		onRequest(request, response) {
			const coding = chooseCoding(request, gzip !== null);
			if (coding === CODING_NONE) response.send(notAcceptable);
			else if (gzip !== null && coding === CODING_GZIP) answer(request, response, gzip, 1);
			else answer(request, response, identity, 0);
		},
		onWritable(request, response) {
			const { state } = request;
			if (state instanceof Multipart) return state.write(response);
			const isGzip = (state as number) & 1;
			const at = (state as number) >> 1;
			const { missing } = response;
			const content = gzip !== null && isGzip === 1 ? gzip : identity;
			const count = content.send(response, at, at + missing);
			request.state = ((at + count) << 1) | isGzip;
			if (count === missing) response.end();
		},
	};
}

/** Answers, or begins to. `isGzip`: 1 for the content in that coding. */
function answer(request: Request, response: Response, content: Content, isGzip: number): void {
	const outcome = evaluate(request, content.tag, content.lastModified);
	if (outcome === NOT_MODIFIED) return void response.send(content.notModified);
	if (outcome === PRECONDITION_FAILED) return refusePrecondition(response, content);
	if (content.whole !== null && !hasRange(request)) return void response.send(content.whole);
	const start = begin(request, response, content);
	if (start >= 0) request.state = (start << 1) | isGzip;
}
