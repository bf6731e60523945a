// What xs-heap.mjs makes on XS, to see what each costs there: servers, and one by one the objects of a connection. Bundled
// with the sources by xs-heap.mjs.

import { Request } from "../src/app/request.js";
import { Response } from "../src/app/response.js";
import { Connection } from "../src/connection/connection.js";
import { connectionLimits } from "../src/connection/waits.js";
import { type App, defineApp } from "../src/index.js";
import { headOptions } from "../src/limits.js";
import { ContentReader } from "../src/message/content.js";
import { Head } from "../src/message/head.js";
import { DateLine } from "../src/response/date.js";
import { ResponseWriter } from "../src/response/response-writer.js";
import { memoryCost } from "../src/server/memory.js";
import type { Platform } from "../src/server/platform.js";
import { Server } from "../src/server/server.js";
import { Slot } from "../src/server/slot.js";

const LENGTH = 1024;

/** A platform that costs nothing of its own and on which nothing happens. */
const platform: Platform = {
	timersRunFirst: true,
	spareConnections: 2,
	now: () => 0,
	date: () => 0,
	setTimer: () => {},
	clearTimer: () => {},
	allocateReceive: (start, length) => new Uint8Array(start + length),
	allocateSend: (length) => new Uint8Array(length),
	allocateScratch: (length) => new Uint8Array(length),
	listen: () => ({ port: 80, close: () => {} }),
};

function appFor(connections: number): App {
	const limits = { connections, receiveLength: LENGTH, sendLength: LENGTH };
	return defineApp({ limits, routes: { "GET /": (_request, response) => response.text("hello") } });
}

const apps = new Map([1, 4, 8].map((connections) => [connections, appFor(connections)]));
const app = apps.get(1) as App;
const { limits, registry } = app;
const server = new Server(app, platform, { port: 80 });
const slot = server.slots[0] as Slot;
const { connection } = slot;
const { receive, response, head } = connection;
const octets = new Uint8Array(LENGTH);
const options = headOptions(limits, false, false);
const bounds = connectionLimits(limits);
const date = new DateLine();

/** By what is made: how, and which others of these it makes itself. */
const makers = {
	Slot: [() => new Slot(connection, server), "Request Response"],
	Request: [() => new Request(slot), ""],
	Response: [() => new Response(slot), ""],
	Connection: [() => new Connection(bounds, head, receive, response), ""],
	ResponseWriter: [() => new ResponseWriter(octets, 0, LENGTH, date), ""],
	ContentReader: [() => new ContentReader(octets, LENGTH / 2, LENGTH / 2, 0), ""],
	"the head all connections share": [() => new Head(receive, 1, registry, options), ""],
	"receive buffer's octets": [() => new Uint8Array(LENGTH), ""],
} as const;

/** The objects of a connection that are measured one by one, each with those that it makes itself. */
export const parts: readonly (readonly [string, readonly string[]])[] = Object.entries(makers).map(
	([name, [, made]]) => [name, made === "" ? [] : made.split(" ")],
);

/** What was made. */
export const kept: unknown[] = [];

/** Makes `count` objects of a class and keeps them. */
export function make(name: keyof typeof makers, count: number): void {
	for (let index = 0; index < count; index += 1) kept.push(makers[name][0]());
}

/** Makes a server for so many connections and keeps it. */
export function makeServer(connections: number): void {
	kept.push(new Server(apps.get(connections) as App, platform, { port: 80 }));
}

/** Keeps nothing of it any more. */
export function drop(): void {
	kept.length = 0;
}

/** By connections: the octets of a server's buffers. */
export const bufferLengths = Object.fromEntries(
	[...apps].map(([connections, { limits }]) => [connections, memoryCost(limits, false).totalLength]),
);
