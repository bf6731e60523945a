// What a request target asks for: a slow, obviously right reader, written from docs/paths.md and RFC 3986 for the search alone,
// as the oracle is. A character is an octet.

/** What stands for octets that are no UTF-8: U+FFFD in UTF-8. */
const REPLACEMENT = "\xef\xbf\xbd";

/** A character in UTF-8 (Unicode, table 3-7); or, in the group, as much as it takes to see that it is none. */
const CHARACTER = new RegExp(
	[
		"[\\x00-\\x7f]",
		"[\\xc2-\\xdf][\\x80-\\xbf]",
		"\\xe0[\\xa0-\\xbf][\\x80-\\xbf]",
		"[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}",
		"\\xed[\\x80-\\x9f][\\x80-\\xbf]",
		"\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}",
		"[\\xf1-\\xf3][\\x80-\\xbf]{3}",
		"\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}",
		"(\\xe0[\\xa0-\\xbf]|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]|\\xed[\\x80-\\x9f]|\\xf0[\\x90-\\xbf][\\x80-\\xbf]?|" +
			"[\\xf1-\\xf3][\\x80-\\xbf]{1,2}|\\xf4[\\x80-\\x8f][\\x80-\\xbf]?|[\\x80-\\xff])",
	].join("|"),
	"g",
);

/** What is not US-ASCII, which is UTF-8 as it is. */
const BEYOND_ASCII = /[\x80-\xff]/;

/** The octets as UTF-8, whatever they were. */
function wellFormed(octets: string): string {
	if (!BEYOND_ASCII.test(octets)) return octets;
	return octets.replace(CHARACTER, (all, broken) => (broken === undefined ? all : REPLACEMENT));
}

/** The text that octets are in UTF-8. */
export function textOf(octets: string): string {
	if (!BEYOND_ASCII.test(octets)) return octets;
	const encoded = (octet: string) => `%${octet.charCodeAt(0).toString(16).padStart(2, "0")}`;
	return decodeURIComponent(octets.replace(/[\s\S]/g, encoded));
}

function decoded(text: string, isLeft: (octet: string) => boolean): string {
	if (!text.includes("%")) return text;
	return text.replace(/%([0-9A-Fa-f]{2})/g, (all, digits) => {
		const octet = String.fromCharCode(Number.parseInt(digits, 16));
		return isLeft(octet) ? all.toUpperCase() : octet;
	});
}

/** RFC 3986 §5.2.4, on a path that begins with a slash. */
function withoutDots(segments: readonly string[]): string[] {
	const left: string[] = [];
	for (const [index, segment] of segments.entries()) {
		const isDot = segment === "." || segment === "..";
		if (segment === "..") left.pop();
		if (!isDot) left.push(segment);
		else if (index === segments.length - 1) left.push("");
	}
	return left;
}

/** The segments of a target's path: as routes see them, and as parameters, in UTF-8. Null when it has no path. */
export function segmentsOf(target: string): { readonly names: string[]; readonly parameters: string[] } | null {
	const isAbsolute = /^https?:\/\//i.test(target);
	if (!isAbsolute && !target.startsWith("/")) return null;
	const rest = isAbsolute ? target.replace(/^https?:\/\/[^/?]*/i, "") : target;
	const path = rest.replace(/\?.*$/, "") || "/";
	// An encoded slash separates nothing, and neither it nor a percent sign is decoded before a parameter is asked for.
	const names = withoutDots(decoded(path.slice(1), (octet) => octet === "/" || octet === "%").split("/"));
	return { names, parameters: names.map((name) => wellFormed(decoded(name, () => false))) };
}
