// What was cut off may still become right: how each thing may end, and what is wrong with a beginning whichever way it does. For the
// oracle.

/** Nobody can tell whether a rule is broken. */
export const PERHAPS = -1;

/**
 * What is wrong with a beginning, however it goes on: nothing, as long as one of `ends` makes it right; else what is wrong with
 * those that come closest. `problemsOf`: of a whole.
 */
export function inevitable(
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

function endsOf(text: string): string[] {
	return Array.from({ length: text.length + 1 }, (_, index) => text.slice(index));
}

/** What may follow in an authority, wherever it was cut off: one of these makes of it one that is right, if anything does. */
const AUTHORITY_ENDS = ["", "x", "20", "0", ...endsOf("::1]"), "::]", ":]", ":8]", "8]"].concat(
	...["2.3.4]", "1.x]"].map((one) => endsOf(`.${one}`)),
);

/** Of a line of fields, up to its end. */
export const FIELD_ENDS = [
	...["", ":", "x:", ...AUTHORITY_ENDS, ...endsOf("chunked"), ...endsOf("100-continue")].map((end) => `${end}\r\n`),
];

/** Of the lines of a head, up to its end: with a Host line, if there was none. */
export const HEAD_ENDS = ["\r\n", "Host: x\r\n\r\n"].concat(
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
export const LINE_ENDS = [
	...endsOf(" HTTP/1.1"),
	...["", " ", "x "].flatMap((before) => TARGET_ENDS.map((end) => `${before}${end} HTTP/1.1`)),
].map((end) => `${end}\r\nHost: x\r\n\r\n`);

/** Of the line before a chunk. */
export const CHUNK_ENDS = ["", "0", ";a", "a", "=a", '"', 'a"'].map((end) => `${end}\r\n`);
