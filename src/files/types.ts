// Content types by the extension of a file's name. For thimble-pack, and for files that are served from a file system.

import { freeze } from "../octets/freeze.js";

const TEXT = ";charset=utf-8";

/** By extension, in lower case. Text is taken to be UTF-8. */
const TYPES: readonly (readonly [string, string])[] = freeze([
	["avif", "image/avif"],
	["bin", "application/octet-stream"],
	["bmp", "image/bmp"],
	["css", `text/css${TEXT}`],
	["csv", `text/csv${TEXT}`],
	["gif", "image/gif"],
	["gz", "application/gzip"],
	["htm", `text/html${TEXT}`],
	["html", `text/html${TEXT}`],
	["ico", "image/x-icon"],
	["jpeg", "image/jpeg"],
	["jpg", "image/jpeg"],
	["js", `text/javascript${TEXT}`],
	["json", "application/json"],
	["log", `text/plain${TEXT}`],
	["map", "application/json"],
	["md", `text/markdown${TEXT}`],
	["mjs", `text/javascript${TEXT}`],
	["mp3", "audio/mpeg"],
	["mp4", "video/mp4"],
	["ogg", "audio/ogg"],
	["otf", "font/otf"],
	["pdf", "application/pdf"],
	["png", "image/png"],
	["svg", "image/svg+xml"],
	["ttf", "font/ttf"],
	["txt", `text/plain${TEXT}`],
	["wasm", "application/wasm"],
	["wav", "audio/wav"],
	["webm", "video/webm"],
	["webmanifest", "application/manifest+json"],
	["webp", "image/webp"],
	["woff", "font/woff"],
	["woff2", "font/woff2"],
	["xml", "application/xml"],
	["zip", "application/zip"],
]);

/** The content type of a file of this name; undefined for one that nobody knows. */
export function typeOfName(name: string): string | undefined {
	const dot = name.lastIndexOf(".");
	const extension = dot < 0 ? "" : name.slice(dot + 1).toLowerCase();
	return TYPES.find(([known]) => known === extension)?.[1];
}
