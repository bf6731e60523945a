// Octets changed at random, into what may mean something to a reader of HTTP. A character is an octet. For the search's grammar
// and for the fuzzing of the corpus.

import type { Random } from "../virtual/random.js";

/** Octets that mean something somewhere; never the search's poison. */
const MARKS = '\r\n\t\0 :;,="\\/%?#@[]*.{}0129afzAFZ-+\x7f\x80\xff\x16';

/** Pieces that mean something somewhere. */
const PIECES = [
	"\r\n",
	"\r\n\r\n",
	"\n",
	" HTTP/1.1\r\n",
	" HTTP/1.0\r\n",
	"GET /now/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
	"Host: b\r\n",
	"Content-Length: 5\r\n",
	"Content-Length: 0\r\n",
	"Transfer-Encoding: chunked\r\n",
	"Connection: close\r\n",
	"Connection: keep-alive\r\n",
	"Expect: 100-continue\r\n",
	"0\r\n\r\n",
	"7fffffff",
	"80000000",
	";a=b",
	';a="\\"',
	"%00",
	"%2f",
	"::",
	"http://",
	"\x16\x03\x01",
];

/** `octets` with one change, drawn at random. */
export function mutated(random: Random, octets: string): string {
	const at = random.below(octets.length + 1);
	const length = random.between(1, random.chance(0.25) ? 100 : 3);
	switch (random.below(7)) {
		case 0:
			return octets.slice(0, at) + String.fromCharCode(random.below(0xfa)) + octets.slice(at + 1);
		case 1:
			return octets.slice(0, at) + random.pick([...MARKS]) + octets.slice(at + 1);
		case 2:
			return octets.slice(0, at) + random.pick([...MARKS]) + octets.slice(at);
		case 3:
			return octets.slice(0, at) + octets.slice(at + length);
		case 4:
			return octets.slice(0, at) + octets.slice(at, at + length).repeat(random.between(1, 8)) + octets.slice(at);
		case 5:
			return octets.slice(0, at) + random.pick(PIECES) + octets.slice(at);
		default:
			return octets.slice(0, at);
	}
}
