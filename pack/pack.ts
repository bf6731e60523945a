// Packs a folder of files: hashes, compresses, and gives each the path and the type it is served with. For the command and for
// the rollup plugin.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import { typeOfName } from "../src/files/types.js";
import { PIECE_LENGTH, type ResourceText } from "../src/resources/packed.js";
import { DATE_END } from "../src/response/date.js";

/** What can be chosen about packing. */
export interface PackOptions {
	/** Whether contents are compressed, where that makes them smaller. Default true. */
	readonly compresses?: boolean;
	/** Which paths never change what they stand for. Default: those whose names end in a hash, as bundlers write them. */
	readonly isImmutable?: (path: string) => boolean;
}

/** A file that was packed. */
export interface PackedFile {
	/** Where it lies. */
	readonly file: string;
	/** Where it is served. */
	readonly path: string;
	readonly type: string;
	/** Whether its type was guessed, for want of an extension that is known. */
	readonly isTypeUnknown: boolean;
	readonly isImmutable: boolean;
	/** How many octets it has, and how many compressed; null where they are not kept. */
	readonly length: number;
	readonly gzipLength: number | null;
	/** As it stands in the module. */
	readonly text: ResourceText;
}

/** What was made of a folder. */
export interface PackedFolder {
	readonly files: readonly PackedFile[];
	/** What was left out: names that begin with a dot. */
	readonly leftOut: readonly string[];
}

/** What is wrong with a folder, in words for whoever packs it. */
export class PackError extends Error {
	override readonly name = "PackError";
}

/** The line "Content-Encoding: gzip": compressed content has to save more than that. */
const CODING_LINE_LENGTH = 24;
/** How much of a hash a tag has: 96 bits. */
const TAG_LENGTH = 16;
/** The folder that begins with a dot and is served all the same (RFC 8615). */
const WELL_KNOWN = ".well-known";
const UNKNOWN_TYPE = "application/octet-stream";

/**
 * Whether a name ends in a hash before its extension: eight or more hexadecimal digits, or eight to twelve of base64url, of
 * which the hash has to look like one: digits among letters, in the first case two letters or more, in the second one in upper case
 * and never four digits in a row, as dates and counters have, nor a word with a number behind it. A hash that does not look like one costs a 304 now and then; a name
 * that was taken for one, a page that is old for a year.
 */
export function hasHash(path: string): boolean {
	const hash = /[.-]([\w-]{8,})\.\w+$/.exec(basename(path))?.[1]?.replace(/^.*-(?=[\w]{8,}$)/, "");
	if (hash === undefined || !/\d/.test(hash)) return false;
	if (/^[0-9a-f]+$/.test(hash)) return /[a-f].*[a-f]/.test(hash);
	return hash.length <= 12 && /[A-Z]/.test(hash) && !/\d{4}|^(?:[A-Z]?[a-z]+|[A-Z]+)\d+$/.test(hash);
}

/** Packs every file in a folder and in those below it, in the order of their paths. Throws PackError. */
export function packFolder(folder: string, options: PackOptions = {}): PackedFolder {
	const leftOut: string[] = [];
	const paths = pathsIn(folder, "", leftOut).sort();
	if (paths.length === 0) throw new PackError(`there is no file to pack in ${folder}`);
	return { files: paths.map((path) => packFile(join(folder, path), path, options)), leftOut };
}

function pathsIn(folder: string, path: string, leftOut: string[]): string[] {
	return entriesOf(folder).flatMap((entry) => {
		const inside = `${path}/${entry.name}`;
		if (entry.name.startsWith(".") && !(entry.name === WELL_KNOWN && path === "")) {
			leftOut.push(inside);
			return [];
		}
		checkName(inside, entry.name);
		if (entry.isDirectory()) return pathsIn(join(folder, entry.name), inside, leftOut);
		checkKind(inside, join(folder, entry.name));
		return [inside];
	});
}

function entriesOf(folder: string) {
	try {
		return readdirSync(folder, { withFileTypes: true });
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === "ENOENT") throw new PackError(`there is no folder ${folder}`);
		if (code === "ENOTDIR") throw new PackError(`${folder} is a file: name the folder it lies in`);
		throw new PackError(`${folder} cannot be read: ${(error as Error).message}`);
	}
}

/** What is no file, itself or behind a link, may have no end, or may not come to anything. */
function checkKind(path: string, file: string): void {
	const found = statOf(file);
	if (found.isFile()) return;
	throw new PackError(
		found.isDirectory()
			? `${path} is a link to a folder, which is not followed: put the folder itself there`
			: `${path} is a pipe, a socket or a device: only files are packed`,
	);
}

function statOf(file: string) {
	try {
		return statSync(file);
	} catch (error) {
		throw new PackError(`${file} cannot be read: ${(error as Error).message}`);
	}
}

function checkName(path: string, name: string): void {
	const why = /^[:*]/.test(name)
		? `begins with "${name.charAt(0)}", which in a route stands for a parameter`
		: /[ \p{Cc}]/u.test(name)
			? "has a space or a control character in it, which no route can have"
			: undefined;
	if (why !== undefined) throw new PackError(`the name of ${path} ${why}: rename it`);
}

function packFile(file: string, path: string, options: PackOptions): PackedFile {
	const { isImmutable = hasHash, compresses = true } = options;
	const octets = read(file);
	const compressed = compresses ? gzip(octets) : null;
	const kept = compressed !== null && compressed.length + CODING_LINE_LENGTH < octets.length ? compressed : null;
	const type = typeOfName(path);
	const contents = [octets, kept] as const;
	const [identity, coded] = contents.map((content) =>
		content === null ? null : ([tagOf(content), piecesOf(content)] as const),
	) as [readonly [string, readonly string[]], readonly [string, readonly string[]] | null];
	const immutable = isImmutable(path);
	return {
		file,
		path,
		type: type ?? UNKNOWN_TYPE,
		isTypeUnknown: type === undefined,
		isImmutable: immutable,
		length: octets.length,
		gzipLength: kept?.length ?? null,
		text: [path, type ?? UNKNOWN_TYPE, modifiedAt(file), immutable, identity, coded],
	};
}

function read(file: string): Buffer {
	try {
		return readFileSync(file);
	} catch (error) {
		throw new PackError(`${file} cannot be read: ${(error as Error).message}`);
	}
}

/** In seconds, a date of HTTP. Where SOURCE_DATE_EPOCH is set, a build is the same whenever it is made. */
function modifiedAt(file: string): number {
	const epoch = process.env.SOURCE_DATE_EPOCH;
	if (epoch === undefined || epoch === "") {
		return Math.min(Math.max(0, Math.floor(statOf(file).mtimeMs / 1000)), DATE_END - 1);
	}
	if (/^\d+$/.test(epoch) && Number(epoch) < DATE_END) return Number(epoch);
	throw new PackError(`SOURCE_DATE_EPOCH is a number of seconds since 1970, up to the year 9999, not "${epoch}"`);
}

/** The same octets on every machine: the header's operating system (RFC 1952 §2.3.1) is "unknown". */
function gzip(octets: Buffer): Buffer {
	const compressed = gzipSync(octets, { level: constants.Z_BEST_COMPRESSION, memLevel: 9 });
	compressed[9] = 255;
	return compressed;
}

function tagOf(octets: Buffer): string {
	return `"${createHash("sha256").update(octets).digest("base64url").slice(0, TAG_LENGTH)}"`;
}

function piecesOf(octets: Buffer): string[] {
	const count = Math.ceil(octets.length / PIECE_LENGTH);
	return Array.from({ length: count }, (_, index) =>
		octets.subarray(index * PIECE_LENGTH, (index + 1) * PIECE_LENGTH).toString("base64"),
	);
}
