// What the fields of a head mean for the message (RFC 9112 §3.2, §6.3, §9.3; RFC 9110 §10.1.1). For the oracle.

import { isAuthority } from "./oracle-request-line.js";
import { TOKEN_ONLY } from "./oracle-tokens.js";

/** From here on Content-Length is more than anybody counts. */
const LENGTH_MAX = 1e14;

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

/** What they say, and what is wrong with it. */
export function readFields(
	fields: readonly (readonly [string, string])[],
	minorVersion: number,
	isAuthorityForm: boolean,
) {
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
