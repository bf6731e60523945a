// What clients say in `npm run bench:xs`, and the app that answers. Runs on XS: nothing but the language.

import { type App, defineApp, prebuild, type Route } from "../src/index.js";
import type { Limits } from "../src/limits.js";
import { BROWSER_HEAD_LENGTH, VARIANTS } from "./requests.mjs";

/** How much is streamed either way, in octets. */
export const STREAM_LENGTH = 65_536;

/** How much is streamed in a long run, in octets. */
const SHORT_LENGTH = 3000;

/** The piece in which a client sends content, in octets. */
const UPLOAD_CHUNK_LENGTH = 1024;

// ---- Heads ----

const VERSIONS = [
	"Chrome/142.0.0.0 Safari/537.36",
	"Chrome/139.0.7258.66 Safari/537.36",
	"Version/18.6 Safari/605.1.15",
];
const SYSTEMS = [
	"X11; Linux x86_64",
	"Windows NT 10.0; Win64; x64",
	"Macintosh; Intel Mac OS X 10_15_7",
	"Linux; Android 10; K",
];
const ACCEPTED = [
	"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
	"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
	"application/json,text/plain,*/*",
	"text/html,*/*;q=0.5",
];
const LANGUAGES = ["en-US,en;q=0.9", "de-DE,de;q=0.9,en;q=0.7", "fr", "pt-BR,pt;q=0.8,en;q=0.5"];

function two(index: number): string {
	return index < 10 ? `0${index}` : `${index}`;
}

/** The pages that are there, each prebuilt and of another length: fewer than there are targets. */
const PAGES = ["now", "today", "this-week", "this-month"];
const QUERIES = ["", "&unit=F&max=9", "&unit=celsius", "&unit=celsius&from=boiler"];

/** The target of request `index`: never as long as the one before. */
function targetOf(index: number): string {
	return `/page/${PAGES[index % 4]}?reading=${two(index)}${QUERIES[index >> 2]}`;
}

/** A head of the browser's length: the place of its cookie's value is filled up; `mark` makes that another one. */
function fill(lines: readonly string[], mark: string): string {
	const head = `${lines.join("\r\n")}\r\n\r\n`;
	const missing = BROWSER_HEAD_LENGTH - (head.length - COOKIE.length) - mark.length;
	if (missing < 0) throw new RangeError(`the head is ${-missing} octets too long`);
	return head.replace(COOKIE, `${mark}${"0123456789abcdef".repeat(20).slice(0, missing)}`);
}

/** Stands where a cookie's value comes. */
const COOKIE = "{cookie}";

/** The nine fields that requests.mjs has, as client `index` sends them. */
function browserHead(target: number, index: number): string {
	const agent = `(${SYSTEMS[index % 4]}) AppleWebKit/537.36 (KHTML, like Gecko) ${VERSIONS[index % 3]}`;
	return fill(
		[
			`GET ${targetOf(target)} HTTP/1.1`,
			"Host: 192.168.4.1",
			"Connection: keep-alive",
			"Cache-Control: max-age=0",
			"Upgrade-Insecure-Requests: 1",
			`User-Agent: Mozilla/5.0 ${agent}`,
			`Accept: ${ACCEPTED[(index + 1) % 4]}`,
			"Accept-Encoding: gzip, deflate",
			`Accept-Language: ${LANGUAGES[(index + 2) % 4]}`,
			`Cookie: session=${COOKIE}`,
		],
		two(index),
	);
}

/** The same fields in another order and spelling: neighbours have no line in common, not even its beginning. */
function strangeHead(index: number): string {
	const spelled = [(name: string) => name, (name: string) => name.toLowerCase(), (name: string) => name.toUpperCase()][
		index % 3
	] as (name: string) => string;
	const lines: readonly (readonly [string, string])[] = [
		["Host", `192.168.4.${index + 1}`],
		["Connection", index % 2 === 0 ? "keep-alive" : "Keep-Alive"],
		["Cache-Control", `max-age=${index}`],
		["Upgrade-Insecure-Requests", `${1 + (index % 7)}`],
		["User-Agent", `${two(index)}/5.0 (${SYSTEMS[index % 4]}) Gecko/${index}`],
		["Accept", ACCEPTED[index % 4] as string],
		["Accept-Encoding", `${index % 2 === 0 ? "gzip" : "br"}, x-${two(index)}`],
		["Accept-Language", LANGUAGES[index % 4] as string],
		["Cookie", `${"abcdefghijklmnop"[index]}=${COOKIE}`],
	];
	const turned = lines.map((_line, at) => lines[(at + index * 2) % lines.length] as (typeof lines)[number]);
	return fill(
		[`GET ${targetOf(index)} HTTP/1.1`, ...turned.map(([name, value]) => `${spelled(name)}: ${value}`)],
		two(index),
	);
}

function each(make: (index: number) => string): readonly Uint8Array[] {
	return Array.from({ length: VARIANTS }, (_, index) => octetsOf(make(index)));
}

/** A character for each octet. */
export function octetsOf(text: string): Uint8Array {
	return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** As 16 clients would send them to one device: host, names and order are the same. All made when the bundle is loaded. */
export const NEW_HEADS = each((index) => browserHead(index, index));
export const REPEATED_HEAD = [octetsOf(browserHead(5, 5))];
/** As one client sends them that asks for one thing after the other: not all of one length. */
export const REPEATED_FIELDS = each((index) => {
	const fields = browserHead(0, 5);
	return `GET ${targetOf(index)} HTTP/1.1${fields.slice(fields.indexOf("\r\n"))}`;
});
export const STRANGE_HEADS = each(strangeHead);
export const MISSING = each((index) => browserHead(index, index).replace(/\/page\/\w/, "/pagex"));
export const JSON_HEADS = each((index) => browserHead(index, index).replace(/\/page\/[^?]*/, "/json"));

function plain(line: string, fields: readonly string[] = []): string {
	return `${[`${line} HTTP/1.1`, "Host: 192.168.4.1", ...fields].join("\r\n")}\r\n\r\n`;
}

export const STREAM_HEAD = octetsOf(plain("GET /stream"));
export const SHORT_HEAD = octetsOf(plain("GET /short"));
export const LATE_HEAD = octetsOf(plain("GET /late"));
/** Two lengths: no parser may guess. */
export const BROKEN_HEAD = octetsOf(plain("POST /upload", ["Content-Length: 5", "Content-Length: 6"]));
export const UPLOAD = octetsOf(
	`${plain("PUT /upload", [`Content-Length: ${STREAM_LENGTH}`])}${"0123456789abcdef".repeat(STREAM_LENGTH / 16)}`,
);
export const SHORT_UPLOAD = octetsOf(
	`${plain("PUT /upload", [`Content-Length: ${SHORT_LENGTH}`])}${"a".repeat(SHORT_LENGTH)}`,
);
export const CHUNKED_UPLOAD = octetsOf(
	[
		plain("PUT /upload", ["Transfer-Encoding: chunked"]),
		`${UPLOAD_CHUNK_LENGTH.toString(16)}\r\n${"0123456789abcdef".repeat(UPLOAD_CHUNK_LENGTH / 16)}\r\n`.repeat(
			STREAM_LENGTH / UPLOAD_CHUNK_LENGTH,
		),
		"0\r\n\r\n",
	].join(""),
);

// ---- The app ----

const CONTENT_LENGTH_MIN = 1000;
/** How much longer the content of each next route is, in octets. */
const CONTENT_LENGTH_STEP = 16;

const STREAMED = octetsOf("abcdefghijklmnopqrstuvwxyz012345".repeat(64));

/** What the routes change; an app in flash would have it elsewhere. */
class Desk {
	readonly buffer = new Uint8Array(512);
	celsius = 0;
}

/** What the JSON route answers with. */
export function reading(celsius: number): object {
	return { sensor: "boiler", celsius, valid: true };
}

/** A response of `length` octets in chunks. What is left of it is the request's state. */
function streamed(length: number): Route {
	return {
		onRequest(request, response) {
			request.state = length;
			response.begin();
		},
		onWritable(request, response, room) {
			const left = request.state as number;
			let count = room < STREAMED.length ? room : STREAMED.length;
			if (count > left) count = left;
			request.state = left - count;
			if (count > 0) response.write(STREAMED, 0, count);
			if (count === left) response.end();
		},
	};
}

function routesOf(desk: Desk): Record<string, Route> {
	const pages = PAGES.map((name, index): [string, Route] => {
		const length = CONTENT_LENGTH_MIN + CONTENT_LENGTH_STEP * index;
		return [`GET /page/${name}`, prebuild({ content: "Thimble. ".repeat(120).slice(0, length) })];
	});
	return {
		...Object.fromEntries(pages),
		"GET /json": (_request, response) => {
			desk.celsius = (desk.celsius + 1) & 15;
			response.json(reading(desk.celsius));
		},
		"GET /stream": streamed(STREAM_LENGTH),
		"GET /short": streamed(SHORT_LENGTH),
		"GET /late": (_request, response) => void response.defer(),
		"PUT /upload": {
			onReadable(request, response, count) {
				if (count === 0) response.empty();
				else while (request.read(desk.buffer) > 0);
			},
		},
	};
}

/** No deadline of a connection comes during a measurement: the timer would fire in the middle of something. In ms. */
const NEVER_MS = 0x3000_0000;

/** The server that is measured: four connections with a kilobyte each way, and no field registered. */
export const LIMITS: Partial<Limits> = {
	connections: 4,
	receiveLength: 1024,
	sendLength: 1024,
	requestsMax: 0,
	headTimeoutMs: NEVER_MS,
	idleTimeoutMs: NEVER_MS,
	contentIdleTimeoutMs: NEVER_MS,
	contentRateMin: 0,
	handlerTimeoutMs: NEVER_MS,
	sendTimeoutMs: NEVER_MS,
	lingerTimeoutMs: NEVER_MS,
};

/** `routes`: in place of what most works ask for. */
export function appWith(limits: Partial<Limits> = {}, routes?: Readonly<Record<string, Route>>): App {
	return defineApp({ limits: { ...LIMITS, ...limits }, routes: routes ?? routesOf(new Desk()) });
}
