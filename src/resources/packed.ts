// Resources as thimble-pack writes them into a module: text that becomes octets when the module is loaded, which for firmware
// is when it is linked. Each piece is a view of its own, so that none has to be made to send it. For those modules and the
// routes.

import { freeze } from "../octets/freeze.js";

/** How many octets each piece has but the last. */
export const PIECE_LENGTH = 1024;

/** The octets of a resource in one content coding. */
export interface PackedContent {
	/** The entity tag, which no other content has. */
	readonly tag: string;
	readonly length: number;
	/** Pieces of PIECE_LENGTH octets, and one that may be shorter. */
	readonly pieces: readonly Uint8Array[];
}

/** A file, as it was packed. */
export interface PackedResource {
	/** Where it is served, with a slash in front. */
	readonly path: string;
	readonly type: string;
	/** When it was last modified, in seconds since 1970. */
	readonly lastModified: number;
	/** Whether its name has a hash of its content in it, so that what the name stands for never changes. */
	readonly isImmutable: boolean;
	readonly identity: PackedContent;
	/** Null where it would not be smaller. */
	readonly gzip: PackedContent | null;
}

/** What thimble-pack has made of a folder. */
export type PackedResources = readonly PackedResource[];

/** The content in a module: its tag, and its pieces in base64. */
export type ContentText = readonly [tag: string, pieces: readonly string[]];

/** A resource in a module. */
export type ResourceText = readonly [
	path: string,
	type: string,
	lastModified: number,
	isImmutable: boolean,
	identity: ContentText,
	gzip: ContentText | null,
];

/** For modules that thimble-pack has written. */
export function packed(resources: readonly ResourceText[]): PackedResources {
	return freeze(
		resources.map(([path, type, lastModified, isImmutable, identity, gzip]) => ({
			path,
			type,
			lastModified,
			isImmutable,
			identity: contentOf(identity),
			gzip: gzip === null ? null : contentOf(gzip),
		})),
	);
}

function contentOf([tag, texts]: ContentText): PackedContent {
	const pieces = texts.map(octetsOfBase64);
	const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
	return freeze({ tag, length, pieces: freeze(pieces) });
}

const SEXTETS: Uint8Array = sextets();
const PADDING = 0x3d;

function sextets(): Uint8Array {
	const table = new Uint8Array(128);
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (let index = 0; index < alphabet.length; index += 1) table[alphabet.charCodeAt(index)] = index;
	return table;
}

/** RFC 4648 §4, as `Buffer` writes it. */
function octetsOfBase64(text: string): Uint8Array {
	let padding = 0;
	while (padding < 2 && text.charCodeAt(text.length - 1 - padding) === PADDING) padding += 1;
	const octets = new Uint8Array((text.length / 4) * 3 - padding);
	let end = 0;
	for (let index = 0; index < text.length; index += 4) {
		let bits = 0;
		for (let at = index; at < index + 4; at += 1) bits = (bits << 6) | (SEXTETS[text.charCodeAt(at)] as number);
		for (let shift = 16; shift >= 0 && end < octets.length; shift -= 8) {
			octets[end] = (bits >> shift) & 0xff;
			end += 1;
		}
	}
	return octets;
}
