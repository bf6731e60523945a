// Reads HTTP responses (RFC 9112) from what a client has received, as strictly as a client may: written for the tests,
// independently of the server's own code. No platform is named here.

/** A response, whole. */
export interface ReadResponse {
	readonly version: string;
	readonly status: number;
	readonly reason: string;
	/** Field lines in order, names in lower case. */
	readonly fields: readonly (readonly [name: string, value: string])[];
	readonly content: string;
	/** Whether only the end of the connection ended the content. */
	readonly isCloseDelimited: boolean;
	/** Where the next response begins. */
	readonly end: number;
}

const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-5][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)$/;
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const CHUNK_LINE = /^([0-9A-Fa-f]{1,8})$/;

/** The values of a field, in order. */
export function fieldValues(response: ReadResponse, name: string): string[] {
	return response.fields.filter((field) => field[0] === name).map((field) => field[1]);
}

/**
 * Reads the response at `offset` of `text`; null when it is not whole yet. `isHead`: it answers a HEAD. `hasEnded`: the
 * connection has ended, so nothing more will come. Throws Error for what is no response.
 */
export function readResponse(text: string, offset: number, isHead: boolean, hasEnded: boolean): ReadResponse | null {
	const headEnd = text.indexOf("\r\n\r\n", offset);
	if (headEnd < 0) return null;
	const lines = text.slice(offset, headEnd).split("\r\n");
	const status = STATUS_LINE.exec(lines[0] as string);
	if (status === null) throw new Error(`no status line: ${JSON.stringify(lines[0])}`);
	const fields = lines.slice(1).map((line) => {
		const match = FIELD_LINE.exec(line);
		if (match === null) throw new Error(`no field line: ${JSON.stringify(line)}`);
		return [(match[1] as string).toLowerCase(), match[2] as string] as const;
	});
	const code = Number(status[2]);
	const head = { version: status[1] as string, status: code, reason: status[3] as string, fields };
	const start = headEnd + 4;
	const framing = framingOf(fields, code, isHead);
	if (framing === "none") return { ...head, content: "", isCloseDelimited: false, end: start };
	if (framing === "chunked") {
		const chunks = readChunks(text, start);
		return chunks === null ? null : { ...head, content: chunks.content, isCloseDelimited: false, end: chunks.end };
	}
	if (framing === "close") {
		if (!hasEnded) return null;
		return { ...head, content: text.slice(start), isCloseDelimited: true, end: text.length };
	}
	if (text.length < start + framing) return null;
	return { ...head, content: text.slice(start, start + framing), isCloseDelimited: false, end: start + framing };
}

/** How the content is delimited (RFC 9112 §6.3), and what no server may send. */
function framingOf(
	fields: readonly (readonly [string, string])[],
	status: number,
	isHead: boolean,
): number | "none" | "chunked" | "close" {
	const lengths = fields.filter((field) => field[0] === "content-length").map((field) => field[1]);
	const codings = fields.filter((field) => field[0] === "transfer-encoding").map((field) => field[1]);
	if (lengths.length + codings.length > 1) throw new Error("framed more than once");
	if (lengths.some((length) => !/^(0|[1-9][0-9]*)$/.test(length))) throw new Error("Content-Length malformed");
	if (codings.some((coding) => coding !== "chunked")) throw new Error("an unknown coding");
	const isBare = status < 200 || status === 204;
	if (isBare && lengths.length + codings.length > 0) throw new Error(`a ${status} with framing (RFC 9110 §8.6)`);
	if (isBare || status === 304 || isHead) return "none";
	if (codings.length > 0) return "chunked";
	return lengths.length > 0 ? Number(lengths[0]) : "close";
}

function readChunks(text: string, start: number): { content: string; end: number } | null {
	let content = "";
	let offset = start;
	for (;;) {
		const lineEnd = text.indexOf("\r\n", offset);
		if (lineEnd < 0) return null;
		const line = CHUNK_LINE.exec(text.slice(offset, lineEnd));
		if (line === null) throw new Error(`no chunk line: ${JSON.stringify(text.slice(offset, lineEnd))}`);
		const size = Number.parseInt(line[1] as string, 16);
		const dataEnd = lineEnd + 2 + size;
		if (text.length < dataEnd + 2) return null;
		if (text.slice(dataEnd, dataEnd + 2) !== "\r\n") throw new Error("a chunk does not end in CRLF");
		if (size === 0) return { content, end: dataEnd + 2 };
		content += text.slice(lineEnd + 2, dataEnd);
		offset = dataEnd + 2;
	}
}
