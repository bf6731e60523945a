// What was a request: a slow, obviously right reader of everything a client sends, written from RFC 9112 and RFC 9110 for
// the search alone. It sees the whole stream at once, looks at it as often as it likes, and shares no code with the server.
// Where the standards leave a choice, it takes the one that docs/supported-http.md tells.
//
// A character of a stream is an octet.

/** What bounds a stream beside its grammar: of the app's limits, those that decide what is a request. */
export interface OracleLimits {
	readonly targetLengthMax: number;
	readonly headLengthMax: number;
	readonly fieldLinesMax: number;
	readonly chunkExtensionLengthMax: number;
	readonly trailerSectionLengthMax: number;
	/** The most content that a request with this target may have. */
	contentLengthMax(target: string): number;
}

/** A request whose head is whole and right. */
export interface OracleRequest {
	readonly method: string;
	readonly target: string;
	readonly minorVersion: number;
	/** Field lines, names in lower case. */
	readonly fields: readonly (readonly [name: string, value: string])[];
	/** The content, as far as the stream holds it. */
	readonly content: string;
	/** Whether the stream holds all of the content. */
	readonly isComplete: boolean;
	readonly isChunked: boolean;
	readonly expectsContinue: boolean;
	/** Whether the client is ready for another response after this one's. */
	readonly persists: boolean;
	/** Where its head ends, and where the next request would begin. */
	readonly headEnd: number;
	readonly end: number;
}

/**
 * How the stream ends. "open": between two requests. "partial": in the middle of one. "refused": a rule was broken.
 * "closed": the last request wants no other behind it, whatever follows.
 */
export type OracleEnd = "open" | "partial" | "refused" | "closed";

export interface OracleReading {
	readonly requests: readonly OracleRequest[];
	readonly end: OracleEnd;
	/**
	 * With "refused": the statuses that say so, one for each rule that was broken; SILENCE: the connection ends without an
	 * answer; PERHAPS: what was cut off may break a rule, or not.
	 */
	readonly statuses: readonly number[];
	/** Whether only the content of the last request broke a rule, its head being right. */
	readonly isInContent: boolean;
}

/** The connection ends without an answer. */
export const SILENCE = 0;
/** Nobody can tell whether a rule is broken. */
export const PERHAPS = -1;

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const TOKEN_ONLY = new RegExp(`^${TOKEN}$`);
const METHOD_LENGTH_MAX = 32;
const EMPTY_LINES_MAX = 4;
const VERSION = /^HTTP\/([0-9])\.([0-9])$/;
// RFC 3986 §3.3, §3.4.
// docs/paths.md: an encoded zero is refused in a path.
const PATH = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%(?!00)[0-9A-Fa-f]{2})*$/;
const QUERY = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*$/;
const ABSOLUTE = /^(https?):\/\/([^/?]*)(\/[^?]*)?(?:\?(.*))?$/i;
const REGISTERED_NAME = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;
const FUTURE_ADDRESS = /^v[0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+$/i;
const DECIMAL_OCTET = /^(?:[0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])$/;
const FIELD_LINE = new RegExp(
	`^(${TOKEN}):[\\t ]*(?:([\\x21-\\x7e\\x80-\\xff](?:[\\t\\x20-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)[\\t ]*)?$`,
);
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
const CHUNK_LINE = new RegExp(
	`^([0-9A-Fa-f]+)((?:[\\t ]*;[\\t ]*${TOKEN}(?:[\\t ]*=[\\t ]*(?:${TOKEN}|${QUOTED}))?)*)$`,
);
const CHUNK_SIZE_MAX = 2 ** 31 - 1;
const CHUNK_DIGITS_MAX = 256;
/** From here on Content-Length is more than anybody counts. */
const LENGTH_MAX = 1e14;

/** Reads everything that a client sends. */
export function readStream(stream: string, limits: OracleLimits): OracleReading {
	const requests: OracleRequest[] = [];
	let start = 0;
	for (;;) {
		const head = readHead(stream, start, limits);
		if (head === "open" || head === "partial") return { requests, end: head, statuses: [], isInContent: false };
		if (head.problems.length > 0) return { requests, end: "refused", statuses: head.problems, isInContent: false };
		const content = readContent(stream, head, limits);
		const { method, target, minorVersion, fields, isChunked, expectsContinue, end: headEnd } = head;
		// RFC 9110 §9.3.6: what follows a CONNECT is for its tunnel, which nobody opens.
		const persists = head.persists && method !== "CONNECT";
		requests.push({
			method,
			target,
			minorVersion,
			fields,
			content: content.octets,
			isComplete: content.isComplete,
			isChunked,
			expectsContinue,
			persists,
			headEnd,
			end: content.end,
		});
		if (content.problems.length > 0) {
			return { requests, end: "refused", statuses: content.problems, isInContent: true };
		}
		if (!content.isComplete) return { requests, end: "partial", statuses: [], isInContent: false };
		if (!persists) return { requests, end: "closed", statuses: [], isInContent: false };
		start = content.end;
	}
}

// ---- Heads ----

interface HeadReading {
	/** The statuses of the rules it breaks. */
	readonly problems: readonly number[];
	readonly method: string;
	readonly target: string;
	readonly minorVersion: number;
	readonly fields: readonly (readonly [string, string])[];
	readonly isChunked: boolean;
	/** 0 without one. */
	readonly contentLength: number;
	readonly expectsContinue: boolean;
	readonly persists: boolean;
	readonly end: number;
}

/** A head that is not whole, and breaks rules already. */
function broken(problems: readonly number[], end: number): HeadReading {
	return {
		problems,
		method: "",
		target: "",
		minorVersion: 1,
		fields: [],
		isChunked: false,
		contentLength: 0,
		expectsContinue: false,
		persists: false,
		end,
	};
}

function readHead(stream: string, from: number, limits: OracleLimits): HeadReading | "open" | "partial" {
	let start = from;
	let emptyLines = 0;
	while (stream.startsWith("\r\n", start)) {
		start += 2;
		emptyLines += 1;
		if (emptyLines > EMPTY_LINES_MAX) return broken([400], start);
	}
	const rest = stream.slice(start);
	if (rest === "" || rest === "\r") return "open";
	const first = rest.charCodeAt(0);
	// What cannot begin a request: TLS above all. A CR or LF out of place is a line end.
	if (rest[0] === "\r" || rest[0] === "\n") return broken([400], start);
	if (first < 0x20 || first > 0x7e) return broken([SILENCE, 400], start);
	const headLength = rest.indexOf("\r\n\r\n") + 4;
	const isWhole = headLength >= 4;
	const head = isWhole ? rest.slice(0, headLength) : rest;
	const problems: number[] = [];
	if (head.length > limits.headLengthMax) problems.push(431);
	// RFC 9112 §2.2: a CR and an LF stand nowhere but together.
	if (/\r(?!\n|$)|(?:^|[^\r])\n/.test(head)) problems.push(400);
	const fieldLines = head.split("\r\n");
	const last = fieldLines.pop() as string;
	// Behind the empty line that ends a head there is nothing.
	if (isWhole) fieldLines.pop();
	const requestLine = fieldLines.shift();
	if (requestLine === undefined) {
		problems.push(...partialLineProblems(last, limits));
		return partialHead(problems, inevitableOfHead(last, LINE_ENDS), start);
	}
	const line = readRequestLine(requestLine, limits);
	problems.push(...line.problems);
	const lineCount = fieldLines.length + (last === "" ? 0 : 1);
	if (lineCount > limits.fieldLinesMax) problems.push(431);
	const fields: (readonly [string, string])[] = [];
	for (const text of fieldLines) {
		const match = FIELD_LINE.exec(text);
		if (match === null) problems.push(400, ...valueProblems(text));
		else fields.push([(match[1] as string).toLowerCase(), match[2] ?? ""]);
	}
	if (!isWhole) return partialHead(problems, inevitableOfHead(head, HEAD_ENDS), start);
	const meaning = readFields(fields, line.minorVersion, line.isAuthorityForm);
	problems.push(...meaning.problems);
	// Not by spreading, which V8 does property by property, at the cost of all the rest.
	return {
		problems,
		method: line.method,
		target: line.target,
		minorVersion: line.minorVersion,
		fields,
		isChunked: meaning.isChunked,
		contentLength: meaning.contentLength,
		expectsContinue: meaning.expectsContinue,
		persists: meaning.persists,
		end: start + headLength,
	};
}

/** Which refusals a value may meet before the octet that makes its line none. */
function valueProblems(text: string): number[] {
	if (/^expect:/i.test(text)) return [417];
	if (/^transfer-encoding:/i.test(text)) return [501];
	return /^content-length:/i.test(text) ? [413] : [];
}

/** Statuses of a request line without an end. */
function partialLineProblems(text: string, limits: OracleLimits): number[] {
	const problems: number[] = [];
	const [method = "", target] = text.split(" ");
	if (method.length > METHOD_LENGTH_MAX) problems.push(501);
	if (target !== undefined && target.length > limits.targetLengthMax) problems.push(414);
	if (/[^\x21-\x7e ]/.test(text.replace(/\r$/, ""))) problems.push(400);
	return problems;
}

/**
 * What is wrong with a beginning, however it goes on: nothing, as long as one of `ends` makes it right; else what is wrong with
 * those that come closest. `problemsOf`: of a whole.
 */
function inevitable(
	beginning: string,
	ends: readonly string[],
	problemsOf: (whole: string) => readonly number[],
): number[] {
	let closest: readonly number[][] = [];
	for (const end of ends) {
		// Behind a CR comes its LF.
		if (beginning.endsWith("\r") && !end.startsWith("\r\n")) continue;
		const problems = [...problemsOf(beginning + (beginning.endsWith("\r") ? end.slice(1) : end))];
		if (problems.length === 0) return [];
		if (closest[0] === undefined || problems.length < closest[0].length) closest = [problems];
		else if (problems.length === closest[0].length) closest = [...closest, problems];
	}
	return [...new Set(closest.flat())];
}

/** The same of a head. */
function inevitableOfHead(beginning: string, ends: readonly string[]): number[] {
	return inevitable(beginning, ends, (whole) => {
		const head = readHead(whole, 0, NO_LIMITS);
		return typeof head === "string" ? [400] : head.problems;
	});
}

/** A head that is not whole: what is wrong already, or nothing. `certain`: what has to be said, whatever follows. */
function partialHead(certain: readonly number[], possible: readonly number[], start: number): HeadReading | "partial" {
	if (certain.length > 0) return broken([...certain, ...possible], start);
	return possible.length > 0 ? broken([...possible, PERHAPS], start) : "partial";
}

interface RequestLineReading {
	readonly problems: readonly number[];
	readonly method: string;
	readonly target: string;
	readonly minorVersion: number;
	readonly isAuthorityForm: boolean;
}

function readRequestLine(text: string, limits: OracleLimits): RequestLineReading {
	const problems: number[] = [];
	const parts = text.split(" ");
	const [method = "", target = "", versionText = ""] = parts;
	if (parts.length !== 3) problems.push(400);
	if (method.length > METHOD_LENGTH_MAX) problems.push(501);
	if (!TOKEN_ONLY.test(method)) problems.push(400);
	if (target.length > limits.targetLengthMax) problems.push(414);
	problems.push(...targetProblems(method, target));
	const version = VERSION.exec(versionText);
	if (version === null) problems.push(400);
	if (version !== null && version[1] !== "1") problems.push(505);
	// A version that is never finished may be refused by its first digit.
	if (version === null && /^HTTP\/[02-9]/.test(versionText)) problems.push(505);
	const minorVersion = version?.[2] === "0" ? 0 : 1;
	return { problems, method, target, minorVersion, isAuthorityForm: method === "CONNECT" };
}

/** RFC 9112 §3.2: the four forms. */
function targetProblems(method: string, target: string): number[] {
	// RFC 9110 §9.3.6: a CONNECT names a port, one that TCP knows.
	if (method === "CONNECT") {
		const port = /[^:]:([0-9]+)$/.exec(target)?.[1];
		return isAuthority(target) && port !== undefined && Number(port) <= 65_535 ? [] : [400];
	}
	if (target === "*") return method === "OPTIONS" ? [] : [400];
	if (target.startsWith("/")) return isPathAndQuery(target) ? [] : [400];
	const absolute = ABSOLUTE.exec(target);
	if (absolute === null) return [400];
	const [, scheme = "", authority = "", path = "/", query = ""] = absolute;
	const problems: number[] = [];
	if (authority === "" || authority.startsWith(":") || !isAuthority(authority)) problems.push(400);
	if (!PATH.test(path) || !QUERY.test(query)) problems.push(400);
	if (scheme.toLowerCase() === "https") problems.push(421);
	return problems;
}

function isPathAndQuery(target: string): boolean {
	const question = target.indexOf("?");
	if (question < 0) return PATH.test(target);
	return PATH.test(target.slice(0, question)) && QUERY.test(target.slice(question + 1));
}

/** uri-host [ ":" port ] (RFC 9110 §4.2.1). */
function isAuthority(text: string): boolean {
	const match = /^(\[.*\]|[^:]*)(?::[0-9]*)?$/.exec(text);
	if (match === null) return false;
	const [, host = ""] = match;
	if (!host.startsWith("[")) return REGISTERED_NAME.test(host);
	const address = host.slice(1, -1);
	return FUTURE_ADDRESS.test(address) || isAddress(address);
}

/** IPv6address (RFC 3986 §3.2.2). */
function isAddress(text: string): boolean {
	const halves = text.split("::");
	if (halves.length > 2) return false;
	const counts = halves.map((half, index) => groupCount(half, index === halves.length - 1));
	if (counts.some((count) => count < 0)) return false;
	const count = counts.reduce((sum, one) => sum + one, 0);
	return halves.length === 2 ? count <= 7 : count === 8;
}

/** How many groups of sixteen bits there are; −1: these are none. */
function groupCount(text: string, mayEndInAddress: boolean): number {
	if (text === "") return 0;
	const groups = text.split(":");
	let count = 0;
	for (const [index, group] of groups.entries()) {
		if (/^[0-9A-Fa-f]{1,4}$/.test(group)) count += 1;
		else if (mayEndInAddress && index === groups.length - 1 && isVersion4(group)) count += 2;
		else return -1;
	}
	return count;
}

function isVersion4(text: string): boolean {
	const parts = text.split(".");
	return parts.length === 4 && parts.every((part) => DECIMAL_OCTET.test(part));
}

const NONE: readonly string[] = [];

function valuesOf(fields: readonly (readonly [string, string])[], name: string): readonly string[] {
	let values: string[] | null = null;
	for (const field of fields) {
		if (field[0] !== name) continue;
		values ??= [];
		values.push(field[1]);
	}
	return values ?? NONE;
}

/** The elements of a list-based field (RFC 9110 §5.6.1), of all its lines. */
function elementsOf(fields: readonly (readonly [string, string])[], name: string): readonly string[] {
	const values = valuesOf(fields, name);
	if (values.length === 0) return values;
	return values
		.flatMap((value) => value.split(","))
		.map((element) => element.replace(/^[\t ]+|[\t ]+$/g, "").toLowerCase())
		.filter((element) => element !== "");
}

/** What the fields mean for the message (RFC 9112 §3.2, §6.3, §9.3; RFC 9110 §10.1.1). */
function readFields(fields: readonly (readonly [string, string])[], minorVersion: number, isAuthorityForm: boolean) {
	const problems: number[] = [];
	const hosts = valuesOf(fields, "host");
	if (hosts.length > 1 || (hosts.length === 0 && minorVersion > 0)) problems.push(400);
	if (hosts.some((host) => !isAuthority(host))) problems.push(400);
	const lengths = valuesOf(fields, "content-length");
	if (lengths.length > 1 || lengths.some((length) => !/^[0-9]+$/.test(length))) problems.push(400);
	const contentLength = Number(lengths[0] ?? 0);
	if (contentLength >= LENGTH_MAX) problems.push(413);
	const hasCoding = fields.some((field) => field[0] === "transfer-encoding");
	if (hasCoding)
		problems.push(...codingProblems(elementsOf(fields, "transfer-encoding"), minorVersion, lengths.length));
	const expectations = elementsOf(fields, "expect");
	if (expectations.some((one) => one !== "100-continue")) problems.push(417);
	const options = elementsOf(fields, "connection");
	if (options.some((option) => !TOKEN_ONLY.test(option))) problems.push(400);
	const isChunked = hasCoding && !isAuthorityForm;
	const persists = !options.includes("close") && (minorVersion > 0 || options.includes("keep-alive"));
	return {
		problems,
		isChunked,
		contentLength: hasCoding ? 0 : contentLength,
		expectsContinue: expectations.length > 0 && minorVersion > 0 && (isChunked || contentLength > 0),
		persists,
	};
}

/** RFC 9112 §6.1, §6.3: anything but "chunked", alone and once, without a length and not in HTTP/1.0. */
function codingProblems(codings: readonly string[], minorVersion: number, lengthCount: number): number[] {
	const problems: number[] = [];
	if (minorVersion === 0 || lengthCount > 0) problems.push(400);
	if (codings.some((coding) => !TOKEN_ONLY.test(coding))) problems.push(400);
	const isChunkedLast = codings.indexOf("chunked") === codings.length - 1;
	if (codings.length === 0 || (codings.includes("chunked") && !isChunkedLast)) problems.push(400);
	if (codings.some((coding) => coding !== "chunked")) problems.push(501, 400);
	return problems;
}

// ---- Content ----

interface ContentReading {
	readonly octets: string;
	readonly isComplete: boolean;
	readonly problems: readonly number[];
	readonly end: number;
}

function readContent(stream: string, head: HeadReading, limits: OracleLimits): ContentReading {
	const lengthMax = limits.contentLengthMax(head.target);
	if (head.isChunked) return readChunks(stream, head.end, lengthMax, limits);
	const end = head.end + head.contentLength;
	const octets = stream.slice(head.end, end);
	const isComplete = octets.length === head.contentLength;
	if (head.contentLength > lengthMax) return { octets: "", isComplete, problems: [413], end };
	return { octets, isComplete, problems: [], end };
}

function readChunks(stream: string, from: number, lengthMax: number, limits: OracleLimits): ContentReading {
	let octets = "";
	let start = from;
	let extensionLength = 0;
	const partial = (): ContentReading => ({ octets, isComplete: false, problems: [], end: stream.length });
	const refused = (...problems: number[]): ContentReading => ({ octets, isComplete: false, problems, end: start });
	for (;;) {
		const lineEnd = stream.indexOf("\r\n", start);
		const line = lineEnd < 0 ? stream.slice(start) : stream.slice(start, lineEnd);
		const extensionMax = limits.chunkExtensionLengthMax - extensionLength;
		const problemsOf = (whole: string) => readChunkLine(whole, lengthMax - octets.length, extensionMax).problems;
		if (lineEnd < 0) {
			const possible = inevitable(line, CHUNK_ENDS, (whole) => problemsOf(whole.replace(/\r\n$/, "")));
			return possible.length > 0 ? refused(...possible, PERHAPS) : partial();
		}
		const { size, extension, problems } = readChunkLine(line, lengthMax - octets.length, extensionMax);
		if (problems.length > 0) return refused(...problems);
		extensionLength += extension.length;
		start = lineEnd + 2;
		if (size === 0) return readTrailers(stream, start, octets, limits);
		octets += stream.slice(start, start + size);
		start += size;
		const end = stream.slice(start, start + 2);
		if (!"\r\n".startsWith(end)) return refused(400);
		if (end.length < 2) return partial();
		start += 2;
	}
}

/** A line before a chunk. `sizeMax`, `extensionMax`: the most that is left. */
function readChunkLine(line: string, sizeMax: number, extensionMax: number) {
	const match = CHUNK_LINE.exec(line);
	if (match === null) return { size: 0, extension: "", problems: [400] };
	const [, digits = "", extension = ""] = match;
	const size = Number.parseInt(digits, 16);
	if (digits.length > CHUNK_DIGITS_MAX || size > CHUNK_SIZE_MAX) return { size, extension, problems: [400] };
	if (extension.length > extensionMax) return { size, extension, problems: [400] };
	return { size, extension, problems: size > sizeMax ? [413] : [] };
}

function readTrailers(stream: string, from: number, octets: string, limits: OracleLimits): ContentReading {
	const rest = stream.slice(from);
	const bare = rest.startsWith("\r\n");
	const length = bare ? 2 : rest.indexOf("\r\n\r\n") + 4;
	const isWhole = length >= 2 && (bare || length >= 4);
	const section = isWhole ? rest.slice(0, length) : rest;
	const problems: number[] = [];
	if (/\r(?!\n|$)|(?:^|[^\r])\n/.test(section)) problems.push(400);
	const lines = section.split("\r\n");
	const whole = isWhole ? lines.slice(0, -2) : lines.slice(0, -1);
	if (whole.some((line) => !FIELD_LINE.test(line))) problems.push(400);
	if (whole.length > limits.fieldLinesMax) problems.push(431);
	if (section.length > limits.trailerSectionLengthMax + 2) problems.push(431);
	const end = from + section.length;
	if (problems.length > 0) return { octets, isComplete: false, problems, end };
	if (isWhole) return { octets, isComplete: true, problems: [], end };
	const last = lines[lines.length - 1] as string;
	const possible = inevitable(last, FIELD_ENDS, (whole) => {
		const text = whole.replace(/\r\n$/, "");
		return text === "" || FIELD_LINE.test(text) ? [] : [400];
	});
	return { octets, isComplete: false, problems: possible.length > 0 ? [...possible, PERHAPS] : [], end };
}

// ---- What was cut off may still become right ----

const NO_LIMITS: OracleLimits = {
	targetLengthMax: Number.POSITIVE_INFINITY,
	headLengthMax: Number.POSITIVE_INFINITY,
	fieldLinesMax: Number.POSITIVE_INFINITY,
	chunkExtensionLengthMax: Number.POSITIVE_INFINITY,
	trailerSectionLengthMax: Number.POSITIVE_INFINITY,
	contentLengthMax: () => Number.POSITIVE_INFINITY,
};

function endsOf(text: string): string[] {
	return Array.from({ length: text.length + 1 }, (_, index) => text.slice(index));
}

/** What may follow in an authority, wherever it was cut off: one of these makes of it one that is right, if anything does. */
const AUTHORITY_ENDS = ["", "x", "20", "0", ...endsOf("::1]"), "::]", ":]", ":8]", "8]"].concat(
	...["2.3.4]", "1.x]"].map((one) => endsOf(`.${one}`)),
);

/** Of a line of fields, up to its end. */
const FIELD_ENDS = [
	...["", ":", "x:", ...AUTHORITY_ENDS, ...endsOf("chunked"), ...endsOf("100-continue")].map((end) => `${end}\r\n`),
];

/** Of the lines of a head, up to its end: with a Host line, if there was none. */
const HEAD_ENDS = ["\r\n", "Host: x\r\n\r\n"].concat(
	...FIELD_ENDS.map((end) => [`${end}\r\n`, `${end}Host: x\r\n\r\n`]),
);

const TARGET_ENDS = [
	...AUTHORITY_ENDS,
	"/",
	"*",
	":80",
	"x:80",
	"80",
	...endsOf("http://x"),
	...AUTHORITY_ENDS.map((end) => `${end}:80`),
];

/** Of a request line, up to the end of its head. */
const LINE_ENDS = [
	...endsOf(" HTTP/1.1"),
	...["", " ", "x "].flatMap((before) => TARGET_ENDS.map((end) => `${before}${end} HTTP/1.1`)),
].map((end) => `${end}\r\nHost: x\r\n\r\n`);

/** Of the line before a chunk. */
const CHUNK_ENDS = ["", "0", ";a", "a", "=a", '"', 'a"'].map((end) => `${end}\r\n`);
