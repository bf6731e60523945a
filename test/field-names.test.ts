// Names that are almost known: read by words or octet by octet, they are the same or refused alike.

import { describe, expect, test } from "vitest";
import { defineApp } from "../src/index.js";
import { CorpusServer, octetByOctet } from "./support/corpus-run.js";
import { octetsOf } from "./support/octets.js";

const NAMES = defineApp({ routes: {} }).registry.names.names;
const ODD = ["\0", "\r", "\n", "\t", " ", "-", ":", "_", "`", "~", "\x7f", "\x80", "\xff", "A", "\x0d\x0a"];
/** What the table of names holds behind a name, and what somebody may hope to find there. */
const BEHIND = [
	"\0",
	"\0\0",
	"\0\0\0",
	"\xff",
	"\xff\0\0\0",
	"\xff\0\0\0\0",
	":\0",
	":\0\0",
	":\0\0\0",
	":\0\0\0\0",
	":\xff",
];
const HOPED = ["", "Content-Length: 5", "Transfer-Encoding: chunked", "Host: b", "Connection: close", "x: y"];

const spellings = (name: string) => [
	name,
	name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()),
	name.toUpperCase(),
];

describe.each([[[]], [["cookie", "x-app"]]])("with %j registered", (fields) => {
	const server = new CorpusServer({ fields });

	function expectSame(line: string): void {
		const octets = octetsOf(`GET / HTTP/1.1\r\nHost: a\r\n${line}\r\nAccept: */*\r\n\r\n`);
		expect(server.run([octets]), JSON.stringify(line)).toEqual(server.run(octetByOctet(octets)));
	}

	test("a known name with an odd octet anywhere in it", () => {
		for (const name of [...NAMES, "x-app"].flatMap(spellings)) {
			for (const odd of ODD) {
				for (let at = 0; at <= name.length; at += 1) {
					expectSame(`${name.slice(0, at)}${odd}${name.slice(at)}: 1`);
					if (at < name.length) expectSame(`${name.slice(0, at)}${odd}${name.slice(at + 1)}: 1`);
				}
			}
		}
	});

	test("a known name, what stands behind it in a table, and another", () => {
		for (const name of [...NAMES, "x-app"].flatMap(spellings)) {
			for (const behind of BEHIND) for (const hoped of HOPED) expectSame(`${name}${behind}${hoped}`);
		}
	});
});
