// The path rules of docs/paths.md: every example of its tables is run here, and the canonical form is compared with
// RFC 3986 §5.2.4 as it is written there.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalPath, decodeText } from "../src/router/path.js";
import { readDocument } from "./support/documents.js";
import { request, serve } from "./support/exchange.js";
import { octetsOf, textOf } from "./support/octets.js";

function canonical(path: string): string {
	const octets = octetsOf(path);
	const to = new Uint8Array(octets.length);
	const length = canonicalPath(octets, 0, octets.length, to);
	expect(length).toBeLessThanOrEqual(octets.length);
	return textOf(to.subarray(0, length));
}

/** remove_dot_segments, step by step as RFC 3986 §5.2.4 has it. */
function removeDotSegments(path: string): string {
	let input = path;
	let output = "";
	while (input !== "") {
		if (input.startsWith("../")) input = input.slice(3);
		else if (input.startsWith("./")) input = input.slice(2);
		else if (input.startsWith("/./")) input = input.slice(2);
		else if (input === "/.") input = "/";
		else if (input.startsWith("/../")) {
			input = input.slice(3);
			output = output.slice(0, Math.max(0, output.lastIndexOf("/")));
		} else if (input === "/..") {
			input = "/";
			output = output.slice(0, Math.max(0, output.lastIndexOf("/")));
		} else if (input === "." || input === "..") input = "";
		else {
			const end = input.indexOf("/", 1);
			output += end < 0 ? input : input.slice(0, end);
			input = end < 0 ? "" : input.slice(end);
		}
	}
	return output;
}

/** Decoded once, but for the two that stay. */
function decodeOnce(path: string): string {
	return path.replace(/%[0-9A-Fa-f]{2}/g, (three) => {
		const octet = Number.parseInt(three.slice(1), 16);
		return octet === 0x2f || octet === 0x25 ? three.toUpperCase() : String.fromCharCode(octet);
	});
}

describe("the canonical path", () => {
	test.each([
		["/a/b/c/./../../g", "/a/g"],
		["/..", "/"],
		["/.", "/"],
		["/../..", "/"],
		["/a/..", "/"],
		["/a/../", "/"],
		["/a//..", "/a/"],
		["/a//../b", "/a/b"],
		["//..", "/"],
		["/a/%2e%2e", "/"],
		["/a/.%2E/b", "/b"],
		["/a/..%2Fb", "/a/..%2Fb"],
		["/%2e%2e%2f", "/..%2F"],
		["/%252e%252e/a", "/%252e%252e/a"],
		["/...", "/..."],
		["/.a", "/.a"],
		["/a.", "/a."],
		["/..a/b", "/..a/b"],
	])("of %s is %s", (path, expected) => {
		expect(canonical(path)).toBe(expected);
	});

	test("is remove_dot_segments of the decoded path, for any path", () => {
		const segment = fc.constantFrom(
			"",
			".",
			"..",
			"a",
			"%2e",
			"%2E.",
			"...",
			"b%20c",
			"%2F",
			"%25",
			"%2f..",
			"%252e",
			".x",
			"%C3%A9",
		);
		fc.assert(
			fc.property(fc.array(segment, { minLength: 1, maxLength: 10 }), (segments) => {
				const path = `/${segments.join("/")}`;
				expect(canonical(path)).toBe(removeDotSegments(decodeOnce(path)));
			}),
			{ numRuns: 2000 },
		);
	});

	test("is canonical itself: no second pass finds more to decode or to remove", () => {
		const piece = fc.constantFrom("/", ".", "a", "%2e", "%2F", "%25", "%252e", "..");
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 15 }), (pieces) => {
				const once = canonical(`/${pieces.join("")}`);
				expect(canonical(once)).toBe(once);
			}),
			{ numRuns: 2000 },
		);
	});

	test("never leads above the root, however it is written", () => {
		const piece = fc.constantFrom("/", "..", "%2e%2e", "a", "%2F", ".%2e");
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 15 }), (pieces) => {
				const segments = canonical(`/${pieces.join("")}`).split("/");
				expect(segments[0]).toBe("");
				expect(segments).not.toContain("..");
				expect(segments).not.toContain(".");
			}),
			{ numRuns: 2000 },
		);
	});
});

test("a text is decoded as decodeURIComponent does, where that can", () => {
	fc.assert(
		fc.property(fc.string({ unit: "grapheme" }), (text) => {
			const encoded = octetsOf(encodeURIComponent(text));
			expect(decodeText(encoded, 0, encoded.length, false)).toBe(text);
			const form = octetsOf(encodeURIComponent(text).replaceAll("%20", "+"));
			expect(decodeText(form, 0, form.length, true)).toBe(text);
		}),
	);
});

describe("docs/paths.md", () => {
	const text = readDocument("paths.md");
	/** The cells of each row of the tables whose first column is a request target. */
	const rows = text
		.split("\n")
		.filter((line) => line.startsWith("| `"))
		.map((line) =>
			line
				.split("|")
				.slice(1, -1)
				.map((cell) => cell.trim().replace(/^`(.*)`$/, "$1")),
		);

	/** What a request for `target` makes of it, on a route `/*rest` or the one given. */
	function see(target: string, route = "/*rest"): { path: string; parameter: string } | number {
		let seen: { path: string; parameter: string } | undefined;
		const name = /[:*](\w+)/.exec(route)?.[1] ?? "";
		const served = serve({
			routes: {
				[`GET ${route}`]: (one, response) => {
					seen = { path: one.path, parameter: name === "" ? "" : one.parameter(name) };
					response.empty();
				},
			},
		});
		const client = served.connect();
		client.send(request(`GET ${target}`));
		return seen ?? Number(client.received.slice(9, 12));
	}

	const paths = rows.filter((row) => row.length === 3);
	const routes = rows.filter((row) => row.length === 4);

	test("has its examples", () => {
		expect(paths.length).toBeGreaterThan(20);
		expect(routes.length).toBeGreaterThan(10);
	});

	test.each(paths)("%s: %s", (target, outcome) => {
		const seen = see(target ?? "");
		if (/^[0-9]{3}$/.test(outcome ?? "")) expect(seen).toBe(Number(outcome));
		else expect(seen).toMatchObject({ path: outcome });
	});

	test.each(routes)("%s on %s: %s", (target, route, outcome) => {
		const seen = see(target ?? "", route);
		if (/^[0-9]{3}$/.test(outcome ?? "")) expect(seen).toBe(Number(outcome));
		else expect(seen).toMatchObject({ parameter: outcome === '""' ? "" : outcome });
	});
});
