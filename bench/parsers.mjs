// The parsers that are compared, each as a function that reads one head and returns how many were read so far. All are
// used as on a keep-alive connection: made once, then given one head after the other. For parse-worker.mjs.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** How many times two the field lines of the browser's head are: names and values. */
const FIELD_ITEMS = 18;

/** Thimble, as its connection calls it: octets into the receive buffer, the head, the framing of its content. */
async function thimble(bundle) {
	const { Head, ReceiveBuffer, FieldRegistry, contentFraming, headOptions, DEFAULT_LIMITS, HEAD_COMPLETE } =
		await import(bundle);
	const { receiveLength } = DEFAULT_LIMITS;
	const buffer = new ReceiveBuffer(new Uint8Array(receiveLength), 0, receiveLength, 0);
	const registry = new FieldRegistry(["Accept-Language", "Cookie"]);
	const head = new Head(buffer, 1, registry, headOptions(DEFAULT_LIMITS, false, false));
	let count = 0;
	return (octets) => {
		buffer.octets.set(octets, buffer.received);
		buffer.received += octets.length;
		head.begin();
		if (head.read() !== HEAD_COMPLETE || contentFraming(head) !== 0 || head.fieldSection.table.count !== 2) return -1;
		buffer.clear();
		count += 1;
		return count;
	};
}

/** A parser with the face of Node's: the callbacks that node:http installs, which here only look at what they get. */
function nodeLike(HTTPParser, parser) {
	let count = 0;
	let isRight = true;
	// Up to 32 field lines come with this one call, and the target with them.
	parser[HTTPParser.kOnHeadersComplete | 0] = (_major, minor, fields, _method, target) => {
		if (minor !== 1 || fields.length !== FIELD_ITEMS || target.length === 0) isRight = false;
		return 0;
	};
	parser[HTTPParser.kOnHeaders | 0] = () => {
		isRight = false;
	};
	parser[HTTPParser.kOnBody | 0] = () => {
		isRight = false;
	};
	parser[HTTPParser.kOnMessageComplete | 0] = () => {
		count += 1;
	};
	return (octets) => (parser.execute(octets) === octets.length && isRight ? count : -1);
}

/** The parser inside Node, called from JavaScript. Undocumented, and the only way there is. */
async function native() {
	const { HTTPParser } = require("node:_http_common");
	const parser = new HTTPParser();
	parser.initialize(HTTPParser.REQUEST, {});
	return nodeLike(HTTPParser, parser);
}

/**
 * The same with the callbacks that node:http itself installs: a head becomes an IncomingMessage. It is what a server on
 * node:http pays for a head.
 */
async function nativeOfHttp() {
	const { HTTPParser, parsers } = require("node:_http_common");
	const parser = parsers.alloc();
	parser.initialize(HTTPParser.REQUEST, {});
	let count = 0;
	let isRight = true;
	parser.onIncoming = (message) => {
		if (message.rawHeaders.length !== FIELD_ITEMS || message.url.length === 0) isRight = false;
		count += 1;
		return 0;
	};
	return (octets) => (parser.execute(octets) === octets.length && isRight ? count : -1);
}

async function httpParserJs() {
	const { HTTPParser } = require("http-parser-js");
	// Whoever asks for it is taken for a Node of today, which gets arguments and not an object.
	if (HTTPParser.kOnExecute === undefined) throw new Error("http-parser-js has changed its face");
	const parser = new HTTPParser();
	parser.initialize(HTTPParser.REQUEST, {});
	return nodeLike(HTTPParser, parser);
}

export const PARSERS = {
	thimble,
	"http-parser-js": httpParserJs,
	"Node's native parser": native,
	"the same, with node:http's callbacks": nativeOfHttp,
};
