// The requests that the search sends: right ones, ones that stand at a limit or one beside it, ones with octets changed, and
// ones made to be read in two ways. A character is an octet. For the search's plans.

import type { Limits } from "../../src/limits.js";
import type { Random } from "../virtual/random.js";
import type { Behaviour } from "./behaviour.js";
import { BEHAVIOURS } from "./behaviours.js";
import { mutated } from "./mutation.js";

/** What a stream is drawn for. */
export interface GrammarOptions {
	readonly limits: Limits;
	/** Whether nothing may be drawn that only a deadline ends. */
	readonly isCalm: boolean;
}

const READERS: readonly Behaviour[] = BEHAVIOURS.filter((one) => one.hasContent === true);
const WEIGHTED: readonly Behaviour[] = BEHAVIOURS.flatMap((one) => Array.from({ length: one.weight ?? 2 }, () => one));
const CALM: readonly Behaviour[] = WEIGHTED.filter((one) => one.outcome("", [0, 0], "").isStuck !== true);
const CALM_READERS: readonly Behaviour[] = CALM.filter((one) => one.hasContent === true);

/** What content is made of: text, framing, requests that are none. */
const CONTENT_PIECES = [
	"abcdefgh",
	"\r\n",
	"0\r\n\r\n",
	"GET /now/inside HTTP/1.1\r\nHost: x\r\n\r\n",
	"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n",
	"\0\x01\x7f\x80\xff",
	"5;x\r\n",
	"{}[]",
	"!",
];

function content(random: Random, length: number): string {
	let text = "";
	while (text.length < length) text += random.pick(CONTENT_PIECES);
	return text.slice(0, length);
}

/** A head: the line, then fields. */
function head(line: string, ...fields: readonly string[]): string {
	return headOf(line, fields);
}

function headOf(line: string, fields: readonly string[]): string {
	let text = `${line}\r\n`;
	for (const field of fields) text += `${field}\r\n`;
	return `${text}\r\n`;
}

function target(behaviour: Behaviour, tag: string, random: Random): string {
	let path = `/${behaviour.name}/${tag}`;
	for (const parameter of behaviour.parameters(random)) path += `/${parameter}`;
	return path;
}

/** The same path, spelled otherwise (RFC 3986 §6.2.2): octets encoded, segments that lead back. */
function respelled(random: Random, path: string): string {
	let text = path;
	for (let times = random.between(1, 3); times > 0; times -= 1) {
		const at = random.between(1, text.length - 1);
		const octet = text[at] as string;
		const digits = octet.charCodeAt(0).toString(16);
		if (octet === "/") text = `${text.slice(0, at)}${random.pick(DETOURS)}${text.slice(at)}`;
		else if (octet !== "%")
			text = `${text.slice(0, at)}%${random.chance(0.5) ? digits : digits.toUpperCase()}${text.slice(at + 1)}`;
	}
	return text;
}

/** Lead back to where they began. */
const DETOURS = ["/.", "/x/..", "/%2e", "/x/.%2E", "/now/a/../.."];
/** What stands in a tag for what no tag has. */
const ODD_TAGS = ["%2f", "%25", "%252F", "%C3%A9", "%ff", "%e2%82", "..%2f", "+", "%20"];

const HOSTS = [
	"Host: x",
	"Host: device.local",
	"host:192.0.2.1:80",
	"HOST: [::1]:8080",
	"Host:\t[2001:db8::7]",
	"Host:",
];
const USUAL_HOST = HOSTS.slice(0, 1);
const EXTRAS = [
	"User-Agent: search",
	"Accept: */*",
	"Accept-Encoding: gzip, deflate",
	"X-Keep: one",
	"x-keep:two",
	"X-KEEP:",
	"Cookie: a=b",
	"Referer: http://x/y?z",
	"Cache-Control: no-cache",
	"Connection: keep-alive",
	"TE: trailers",
	"X-Opaque: \x80\xff",
];

function extras(random: Random): string[] {
	const fields = [random.pick(random.chance(0.8) ? USUAL_HOST : HOSTS)];
	for (let count = random.below(random.pick([1, 3, 6])); count > 0; count -= 1) fields.push(random.pick(EXTRAS));
	if (random.chance(0.05)) fields.push(`Cookie: ${"c=d; ".repeat(random.below(60))}e`);
	if (random.chance(0.2)) fields.reverse();
	return fields;
}

const EXTENSIONS = ["", "", "", ";a", ";a=b", ' ; a = "b;\\""', ";a;b=c"];

/** A chunked form of `octets`, with now and then extensions and trailers. */
function chunks(random: Random, octets: string, limits: Limits): string {
	// Seldom chunks so short that there are hundreds of them.
	const least = random.chance(0.03) ? 1 : Math.ceil(octets.length / 16);
	const longest = random.pick([least, least, 60, 1000]);
	let text = "";
	let extensionsLeft = limits.chunkExtensionLengthMax;
	const extension = () => {
		const one = random.pick(EXTENSIONS);
		if (one.length > extensionsLeft) return "";
		extensionsLeft -= one.length;
		return one;
	};
	for (let start = 0; start < octets.length; ) {
		const length = Math.min(octets.length - start, random.between(1, longest));
		const size = random.chance(0.5) ? length.toString(16) : `0${length.toString(16).toUpperCase()}`;
		text += `${size}${extension()}\r\n${octets.slice(start, start + length)}\r\n`;
		start += length;
	}
	const trailers = random.chance(0.2) && limits.trailerSectionLengthMax >= 12 ? "X-Keep: sum\r\n" : "";
	return `${text}${"0".repeat(random.between(1, 3))}${extension()}\r\n${trailers.length > limits.trailerSectionLengthMax ? "" : trailers}\r\n`;
}

const METHODS = ["GET", "GET", "GET", "GET", "HEAD", "POST", "DELETE", "SUB-SCRIBE"];
const CONTENT_METHODS = ["POST", "PUT", "PATCH"];

/** A request by the rules. `behaviour`: what it asks for. */
function request(random: Random, behaviour: Behaviour, tag: string, options: GrammarOptions): string {
	const { limits } = options;
	const isOld = random.chance(0.05);
	const version = isOld ? "HTTP/1.0" : random.chance(0.03) ? "HTTP/1.7" : "HTTP/1.1";
	const hasContent = behaviour.hasContent === true ? random.chance(0.95) : random.chance(0.05);
	const methods = hasContent ? CONTENT_METHODS : METHODS;
	let path = target(behaviour, random.chance(0.04) ? `${tag}${random.pick(ODD_TAGS)}` : tag, random);
	if (random.chance(0.06)) path = respelled(random, path);
	if (random.chance(0.05)) path = `http://x${path}`;
	const line = `${random.pick(methods)} ${path} ${version}`;
	const fields = extras(random);
	if (isOld) fields.push("Connection: keep-alive");
	if (random.chance(0.02)) fields.push("Connection: close");
	const empty = random.chance(0.05) ? "\r\n".repeat(random.between(1, 4)) : "";
	if (behaviour.name === "detach") {
		fields.push("Upgrade: echo");
		return `${empty}${headOf(line, fields)}${content(random, random.below(100))}${random.chance(0.7) ? "!" : ""}`;
	}
	if (!hasContent) return empty + headOf(line, fields);
	const most = behaviour.name === "pause" ? 25 * Number(/[0-9]+(?=\/[0-9]+$)/.exec(path)?.[0]) : Infinity;
	const longest = Math.min(
		behaviour.contentLengthMax ?? 3000,
		limits.contentLengthMax,
		most,
		random.pick([10, 40, 40, 150, 300, random.chance(0.2) ? 3000 : 100]),
	);
	const octets = content(random, random.between(0, longest));
	if (!isOld && random.chance(0.15)) fields.push("Expect: 100-continue");
	const isChunked = !isOld && !random.chance(0.5);
	fields.push(isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${octets.length}`);
	return empty + headOf(line, fields) + (isChunked ? chunks(random, octets, limits) : octets);
}

// ---- At the limits ----

function near(random: Random, limit: number): number {
	return Math.max(0, limit + random.between(-1, 1));
}

type Shape = (random: Random, tag: string, options: GrammarOptions) => string;

const LINE_END = " HTTP/1.1";

/** Each stands at a limit, or one below or above it. */
const AT_LIMITS: readonly Shape[] = [
	(random, tag, { limits }) => {
		const path = `/now/${tag}?`;
		const rest = near(random, limits.targetLengthMax) - path.length;
		return head(`GET ${path}${"q".repeat(Math.max(0, rest))}${LINE_END}`, "Host: x");
	},
	(random, tag, { limits }) => {
		const plain = head(`GET /now/${tag}${LINE_END}`, "Host: x", "X-Drop: ");
		const rest = near(random, limits.headLengthMax) - plain.length;
		return head(`GET /now/${tag}${LINE_END}`, "Host: x", `X-Drop: ${"d".repeat(Math.max(0, rest))}`);
	},
	(random, tag, { limits }) => {
		const count = near(random, limits.fieldLinesMax) - 1;
		return head(`GET /now/${tag}${LINE_END}`, "Host: x", ...Array.from({ length: Math.max(0, count) }, () => "A:"));
	},
	(random, tag, { limits }) => {
		const count = near(random, limits.fieldsKeptMax);
		return head(`GET /now/${tag}${LINE_END}`, "Host: x", ...Array.from({ length: count }, () => "X-Keep:1"));
	},
	(random, tag, { limits }) => {
		const length = near(random, limits.receiveLength - 60 - tag.length);
		return head(`GET /now/${tag}${LINE_END}`, "Host: x", `X-Keep: ${"k".repeat(Math.max(0, length))}`);
	},
	(random, tag, { limits }) => {
		const octets = content(random, near(random, Math.min(limits.contentLengthMax, 4000)));
		return head(`POST /echo/${tag}${LINE_END}`, "Host: x", `Content-Length: ${octets.length}`) + octets;
	},
	(random, tag, { limits }) => {
		const octets = content(random, near(random, Math.min(limits.contentLengthMax, 4000)));
		const start = head(`POST /echo/${tag}${LINE_END}`, "Host: x", "Transfer-Encoding: chunked");
		return `${start}${octets.length === 0 ? "" : `${octets.length.toString(16)}\r\n${octets}\r\n`}0\r\n\r\n`;
	},
	(random, tag) => {
		const octets = content(random, near(random, 40));
		return head(`POST /limited/${tag}${LINE_END}`, "Host: x", `Content-Length: ${octets.length}`) + octets;
	},
	(random, tag, { limits }) => {
		const length = near(random, limits.chunkExtensionLengthMax);
		const extension = length < 2 ? "" : `;${"e".repeat(length - 1)}`;
		const start = head(`POST /echo/${tag}${LINE_END}`, "Host: x", "Transfer-Encoding: chunked");
		return `${start}3${extension}\r\nabc\r\n0\r\n\r\n`;
	},
	(random, tag, { limits }) => {
		const length = near(random, limits.trailerSectionLengthMax);
		const trailer = length < 4 ? "" : `T:${"t".repeat(length - 4)}\r\n`;
		const start = head(`POST /echo/${tag}${LINE_END}`, "Host: x", "Transfer-Encoding: chunked");
		return `${start}3\r\nabc\r\n0\r\n${trailer}\r\n`;
	},
	(random, tag) => head(`${"M".repeat(near(random, 32))} /now/${tag}${LINE_END}`, "Host: x"),
	(random, tag) => "\r\n".repeat(random.between(3, 5)) + head(`GET /now/${tag}${LINE_END}`, "Host: x"),
	(random, tag, { limits }) => {
		const octets = content(random, near(random, Math.min(limits.discardLengthMax, 4000)));
		return head(`POST /ignore/${tag}${LINE_END}`, "Host: x", `Content-Length: ${octets.length}`) + octets;
	},
	(random, tag) => {
		const start = head(`POST /echo/${tag}${LINE_END}`, "Host: x", "Transfer-Encoding: chunked");
		return `${start}${"3".padStart(near(random, 256), "0")}\r\nabc\r\n0\r\n\r\n`;
	},
	(random, tag) => {
		const start = head(`POST /echo/${tag}${LINE_END}`, "Host: x", "Transfer-Encoding: chunked");
		return `${start}${random.pick(["7fffffff", "80000000", "ffffffff", "100000000", "fffffffff"])}\r\nabc`;
	},
];

// ---- Made to be read in two ways ----

const HIDDEN = "GET /now/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

function post(tag: string, ...fields: readonly string[]): string {
	return head(`POST /echo/${tag}${LINE_END}`, "Host: x", ...fields);
}

/** Each hides a request from one reader that another sees. */
const SMUGGLING: readonly Shape[] = [
	(_, tag) => `${post(tag, `Content-Length: ${HIDDEN.length + 5}`, "Transfer-Encoding: chunked")}0\r\n\r\n${HIDDEN}`,
	(_, tag) => `${post(tag, "Transfer-Encoding: chunked", "Content-Length: 4")}2c\r\n${HIDDEN}\r\n0\r\n\r\n`,
	(_, tag) => `${post(tag, "Content-Length: 0", `Content-Length: ${HIDDEN.length}`)}${HIDDEN}`,
	(_, tag) => `${post(tag, "Content-Length: 5", "Content-Length: 5")}abcde${HIDDEN}`,
	(random, tag) =>
		`${post(tag, `Content-Length: ${random.pick(["+5", "5, 5", "0x5", " 5 5", "5 ", "-0", "", "00005"])}`)}abcde${HIDDEN}`,
	(random, tag) =>
		`${post(tag, `Transfer-Encoding: ${random.pick(["xchunked", "chunked, chunked", "chunked;q=1", "identity", "gzip, chunked", "chunked, gzip", " chunked", ", chunked ,", "CHUNKED", '"chunked"', "chunked\x0b"])}`)}3\r\nabc\r\n0\r\n\r\n${HIDDEN}`,
	(random, tag) =>
		`${post(tag, random.pick(["Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", " Transfer-Encoding: chunked", "Transfer_Encoding: chunked", "Transfer-Encoding:\r\n chunked", "X: y\r\n\tTransfer-Encoding: chunked", "X: y\nTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked"]))}0\r\n\r\n${HIDDEN}`,
	(_, tag) =>
		`${head(`POST /echo/${tag} HTTP/1.0`, "Host: x", "Transfer-Encoding: chunked", "Connection: keep-alive")}0\r\n\r\n${HIDDEN}`,
	(random, tag) =>
		`${post(tag, "Transfer-Encoding: chunked")}${random.pick(["3 \r\nabc\r\n", "3;\r\nabc\r\n", "3\nabc\r\n", "03\r\nabc\r\n", "0x3\r\nabc\r\n", "3\r\nabcd\r\n", "3\r\nab\r\n", "3\r\nabc\n", '3;a="\r\nabc\r\n', "+3\r\nabc\r\n", "\r\nabc\r\n", "3\r\r\nabc\r\n", "3;a\tb\r\nabc\r\n"])}0\r\n\r\n${HIDDEN}`,
	(random, tag) =>
		`${post(tag, "Transfer-Encoding: chunked")}3\r\nabc\r\n0\r\n${random.pick(["Content-Length: 99\r\n", "Host: y\r\n", "Connection: close\r\n", " folded\r\n", "no colon\r\n", "X : y\r\n", "X: y\n", "\n", "X-Keep: a\r\nX-Keep: b\r\n"])}\r\n${HIDDEN}`,
	(_, tag) => `${head(`GET /now/${tag}${LINE_END}`, "Host: x", `Content-Length: ${HIDDEN.length}`)}${HIDDEN}`,
	(_, tag) => `${head(`POST /now/${tag}${LINE_END}`, "Host: x")}${HIDDEN}`,
	(random, tag) =>
		`${head(`GET /now/${tag}${LINE_END}`, "Host: x", random.pick(["Host: y", "Host: x", "Host : y", "X-Host: y"]))}${HIDDEN}`,
	(random, tag) =>
		`${head(`GET /now/${tag}${LINE_END}`, random.pick(["X: y", "Host: a b", "Host: [::1", "Host: x:99999", "Host: u@x", "Host: x, y"]))}${HIDDEN}`,
	(random, tag) =>
		`${random.pick(["CONNECT x:80", `CONNECT /now/${tag}`, "OPTIONS *", "GET *", "GET x:80", `get /now/${tag}`, `GET  /now/${tag}`, `GET /now/${tag} `, `GET https://x/now/${tag}`, "GET http:///now/a", `GET /now/${tag}%2`, `GET /now/${tag}{`, `OPTIONS /now/${tag}`])}${random.pick([LINE_END, LINE_END, LINE_END, " HTTP/1.2", " HTTP/2.0", " http/1.1", " HTTP/1.11", ""])}\r\nHost: x\r\n\r\n${HIDDEN}`,
	(random, tag) =>
		`${head(`GET /now/${tag}${LINE_END}`, "Host: x", random.pick(["Connection: close, x", "Connection: keep-alive, close", "Connection: clos", "Connection: close;", "Connection: ,,", "Connection: Close"]))}${HIDDEN}`,
	(random, tag) =>
		`${post(tag, "Content-Length: 3", `Expect: ${random.pick(["100-continue", "100-Continue", "200-maybe", "100-continue, x", ""])}`)}abc${HIDDEN}`,
	(random) =>
		random.pick([
			"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
			"\x80\x2e\x01",
			'{"a": 1}\r\n',
			"\n\nGET / HTTP/1.1\r\n\r\n",
			"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
			"\0".repeat(20),
		]),
];

/** What one client sends, message by message: at least three, at least one of them with content. */
export function drawMessages(random: Random, client: number, options: GrammarOptions): string[] {
	const behaviours = options.isCalm ? CALM : WEIGHTED;
	const readers = options.isCalm ? CALM_READERS : READERS;
	const count = random.between(3, 6);
	const upload = random.below(3);
	const messages: string[] = [];
	for (let index = 0; index < count; index += 1) {
		const behaviour = random.pick(index === upload ? readers : behaviours);
		messages.push(request(random, behaviour, `c${client}r${index}`, options));
	}
	const kind = random.below(10);
	if (kind < 5) return messages;
	const at = random.chance(0.7) ? count - 1 : random.below(count);
	const tag = `c${client}x${at}`;
	if (kind < 7) messages[at] = random.pick(AT_LIMITS)(random, tag, options);
	else if (kind < 9) messages[at] = random.pick(SMUGGLING)(random, tag, options);
	else
		for (let times = random.between(1, 3); times > 0; times -= 1)
			messages[at] = mutated(random, messages[at] as string);
	return messages;
}
