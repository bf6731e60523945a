// The app that real clients meet in the tests.

import { type App, defineApp } from "../../src/app/app.js";
import { wholeContent } from "../../src/content.js";
import type { Limits } from "../../src/limits.js";
import { prebuild } from "../../src/response/prebuilt.js";

/** What "GET /" answers. */
export const GREETING = "Thimble\n";

/** How many further files the page needs. */
export const ASSET_COUNT = 24;

/** How many octets "GET /stream" answers. */
export const STREAM_LENGTH = 300_000;

const ALPHABET_LENGTH = 26;
const LETTERS = new TextEncoder().encode("abcdefghijklmnopqrstuvwxyz".repeat(40));

/** What "GET /stream" answers, in whatever pieces it was written. */
export function streamContent(): string {
	return "abcdefghijklmnopqrstuvwxyz".repeat(STREAM_LENGTH / ALPHABET_LENGTH + 1).slice(0, STREAM_LENGTH);
}

function page(): string {
	const scripts = Array.from({ length: ASSET_COUNT }, (_, index) => `<script src="/asset/${index}"></script>`);
	return `<!doctype html><title>Thimble</title><link rel="icon" href="data:,"><body>${scripts.join("")}</body>`;
}

/** The app, with limits of the test's choice. */
export function fixtureApp(limits: Partial<Limits> = {}): App {
	return defineApp({
		limits: { contentLengthMax: 1_000_000, ...limits },
		routes: {
			"GET /": prebuild({ content: GREETING }),
			"GET /page": prebuild({ content: page(), type: "text/html;charset=utf-8" }),
			"GET /asset/:number": (request, response) => {
				const number = Number(request.parameter("number"));
				response.text(`globalThis.loaded = (globalThis.loaded ?? 0) + 1; // ${number}\n`, "text/javascript");
			},
			"POST /echo": wholeContent(1_000_000, (_request, response, content) => {
				response.octets(content);
			}),
			"PUT /echo": wholeContent(1_000_000, (_request, response, content) => {
				response.octets(content);
			}),
			// Says no before the upload begins.
			"PUT /refused": (_request, response) => {
				response.status = 403;
				response.text("no\n");
			},
			"GET /stream": {
				onRequest(request, response) {
					request.state = 0;
					response.begin();
				},
				onWritable(request, response, room) {
					const done = request.state as number;
					const start = done % ALPHABET_LENGTH;
					const count = Math.min(room, LETTERS.length - start, STREAM_LENGTH - done);
					response.write(LETTERS, start, start + count);
					request.state = done + count;
					if (done + count === STREAM_LENGTH) response.end();
				},
			},
		},
	});
}
