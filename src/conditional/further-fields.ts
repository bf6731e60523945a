// The fields that an app adds to what routes serve that know their validators themselves. For resources and files.

import { freeze } from "../octets/freeze.js";

/** What these routes say themselves: said twice, it would contradict itself. */
const OWN: readonly string[] = freeze([
	"accept-ranges",
	"cache-control",
	"content-encoding",
	"content-range",
	"content-type",
	"etag",
	"last-modified",
]);

/**
 * The fields, the names in `vary` among what their Vary says. Throws TypeError for those that are the routes' own; whether the
 * others may be is not looked at.
 */
export function furtherFields(
	fields: Readonly<Record<string, string>> = {},
	vary: readonly string[] = [],
): Record<string, string> {
	const further: Record<string, string> = {};
	const varies = [...vary];
	for (const [name, value] of Object.entries(fields)) {
		const lower = name.toLowerCase();
		if (OWN.includes(lower)) throw new TypeError(`${name} is written by the routes: see their options`);
		if (lower === "vary") varies.push(value);
		else further[name] = value;
	}
	return varies.length > 0 ? { ...further, Vary: varies.join(", ") } : further;
}
