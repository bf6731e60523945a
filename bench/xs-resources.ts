// Static resources in `npm run bench:xs`: an app that serves packed ones, and what browsers ask of it. Runs on XS.

import { PIECE_LENGTH } from "../src/resources/packed.js";
import { type PackedContent, type PackedResource, resources } from "../src/resources.js";
import { NEW_HEADS, octetsOf } from "./xs-traffic.js";

/** How long the script is, in octets: sixteen pieces. */
export const SCRIPT_LENGTH = 16_384;
/** How many octets of it a part has. */
export const PART_LENGTH = 1024;

const TAG = '"7Qm1xT9kLz3bV0aN"';

function contentOf(tag: string, length: number): PackedContent {
	const pieces = Array.from({ length: length / PIECE_LENGTH }, () =>
		octetsOf("0123456789abcdef".repeat(PIECE_LENGTH / 16)),
	);
	return { tag, length, pieces };
}

const SCRIPT: PackedResource = {
	path: "/app.js",
	type: "text/javascript;charset=utf-8",
	lastModified: 1_700_000_000,
	isImmutable: false,
	identity: contentOf('"7Qm1xT9kLz3bV0aN-"', SCRIPT_LENGTH * 2),
	gzip: contentOf(TAG, SCRIPT_LENGTH),
};

export const RESOURCE_ROUTES = resources([SCRIPT]);

/** The browser's heads, asking for the script, with a line more. */
function asking(line: string): readonly Uint8Array[] {
	return NEW_HEADS.map((head) => {
		const text = String.fromCharCode(...head);
		return octetsOf(text.replace(/^GET \S+/, "GET /app.js").replace("Cookie: ", `${line}Cookie: `));
	});
}

export const SCRIPT_HEADS = asking("");
export const KNOWN_HEADS = asking(`If-None-Match: ${TAG}\r\n`);
/** A part that is one piece, and parts that begin and end inside pieces, at other places each time. */
export const PART_HEADS = asking(partAt(2048));
export const CUT_PART_HEADS = NEW_HEADS.flatMap((_, index) =>
	asking(partAt(2048 + 61 * index + 1)).slice(index, index + 1),
);

function partAt(start: number): string {
	return `Range: bytes=${start}-${start + PART_LENGTH - 1}\r\n`;
}
