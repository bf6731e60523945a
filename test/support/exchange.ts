// What most tests of the server need: an app served in virtual time, requests as text, and responses read back strictly.
// For the tests.

import { type App, type AppOptions, defineApp } from "../../src/app/app.js";
import { Server, type ServerOptions } from "../../src/server/server.js";
import { type ReadResponse, readResponse } from "./reader.js";
import { type VirtualClient, VirtualPlatform } from "./virtual.js";

/** A server in virtual time. */
export interface Served {
	readonly app: App;
	readonly platform: VirtualPlatform;
	readonly server: Server;
	/** A new client, as it is from the start. */
	connect(prepare?: (client: VirtualClient) => void): VirtualClient;
	/** What the app's error hook was told. */
	readonly errors: unknown[];
}

/** Serves an app on a platform in virtual time. */
export function serve(
	options: AppOptions,
	platform = new VirtualPlatform(),
	serverOptions: Partial<ServerOptions> = {},
): Served {
	const errors: unknown[] = [];
	const app = defineApp({ onError: (error) => errors.push(error), ...options });
	const server = new Server(app, platform, { port: 80, ...serverOptions });
	server.reopen();
	return { app, platform, server, errors, connect: (prepare) => platform.connect(prepare) };
}

/** A request: a line as "GET /", then whole field lines, then content. Host is there unless `lines` has one. */
export function request(line: string, lines: readonly string[] = [], content = ""): string {
	const version = / HTTP\/1\.[01]$/.test(line) ? "" : " HTTP/1.1";
	const host = lines.some((field) => /^host:/i.test(field)) ? [] : ["Host: a"];
	return [`${line}${version}`, ...host, ...lines, "", content].join("\r\n");
}

/** A request with content by length. */
export function upload(line: string, content: string, lines: readonly string[] = []): string {
	return request(line, [...lines, `Content-Length: ${content.length}`], content);
}

/** `pieces` as chunks, then the trailer lines. */
export function chunked(pieces: readonly string[], trailers: readonly string[] = []): string {
	const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
	return [...chunks, "0\r\n", ...trailers.map((line) => `${line}\r\n`), "\r\n"].join("");
}

/** A response with its fields by name. */
export interface Answer extends ReadResponse {
	/** The value of the field, all lines of it joined; undefined without one. */
	field(name: string): string | undefined;
}

/**
 * Every whole response that `client` has received, interim ones included. `methods`: what was asked for, in order, where
 * HEAD is among it. Throws for anything that is no response, and for octets that are no whole one.
 */
export function answers(client: VirtualClient, methods: readonly string[] = []): Answer[] {
	const found: Answer[] = [];
	let offset = 0;
	let finals = 0;
	while (offset < client.received.length) {
		const response = readResponse(client.received, offset, methods[finals] === "HEAD", client.state !== "open");
		if (response === null) throw new Error(`half a response: ${JSON.stringify(client.received.slice(offset))}`);
		if (response.status >= 200) finals += 1;
		offset = response.end;
		found.push({
			...response,
			field: (name) => {
				const values = response.fields.filter((field) => field[0] === name.toLowerCase()).map((field) => field[1]);
				return values.length === 0 ? undefined : values.join(", ");
			},
		});
	}
	return found;
}

/** The one response that `client` has received. */
export function answer(client: VirtualClient, method = "GET"): Answer {
	const all = answers(client, [method]);
	if (all.length !== 1) throw new Error(`${all.length} responses: ${JSON.stringify(client.received)}`);
	return all[0] as Answer;
}

/** The status codes that `client` has received. */
export function statuses(client: VirtualClient, methods: readonly string[] = []): number[] {
	return answers(client, methods).map((response) => response.status);
}

/** Asks one thing on a connection of its own. */
export function ask(served: Served, octets: string, method = octets.slice(0, octets.indexOf(" "))): Answer {
	const client = served.connect();
	client.send(octets);
	const response = answer(client, method);
	client.end();
	return response;
}

/** Lets promises that are settled go on. */
export function promises(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

/** The value, which is there. */
export function sure<T>(value: T | null | undefined): T {
	if (value === null || value === undefined) throw new Error("there is none");
	return value;
}
