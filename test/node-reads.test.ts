// The two ways connections on Node are read: into one buffer for all of them, and as Node does it by itself. Nobody may
// notice which it is.

import { createServer, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listen } from "../platform/node/listen.js";
import { SharedSocket, sharing } from "../platform/node/shared-socket.js";
import { defineApp, type Request, type RouteHandlers } from "../src/index.js";
import type { Server } from "../src/server/server.js";

interface Sum {
	sum: number;
	count: number;
	isReading: boolean;
}

/** Takes what comes a little at a time, in turns of their own, so that octets of several clients wait at once. */
const slow: RouteHandlers = {
	contentLengthMax: Number.POSITIVE_INFINITY,
	onRequest: (request) => {
		request.state = { sum: 0, count: 0, isReading: false } satisfies Sum;
	},
	onReadable: (request, response, count) => {
		const state = request.state as Sum;
		if (count === 0) response.text(`${state.count} ${state.sum}`);
		else if (!state.isReading) readOn(request, state);
	},
};

function readOn(request: Request, state: Sum): void {
	const octets = new Uint8Array(500);
	const read = request.read(octets);
	for (let index = 0; index < read; index += 1) state.sum = (state.sum * 31 + (octets[index] as number)) % 1_000_003;
	state.count += read;
	state.isReading = read > 0;
	if (read > 0) setImmediate(() => readOn(request, state));
}

const app = defineApp({
	limits: { connections: 8, receiveLength: 700, targetLengthMax: 64 },
	routes: { "PUT /": slow, "GET /": (_request, response) => response.text("hello") },
});

function client(port: number): Promise<{ socket: Socket; received: () => string; ended: Promise<void> }> {
	return new Promise((resolve) => {
		let text = "";
		const socket = new Socket({ allowHalfOpen: true });
		const ended = new Promise<void>((done) => socket.once("close", done).once("end", done));
		socket.on("data", (data) => {
			text += data.toString("latin1");
		});
		socket.on("error", () => {});
		void ended.then(() => socket.destroy());
		socket.connect(port, "127.0.0.1", () => resolve({ socket, received: () => text, ended }));
	});
}

/** `length` octets that tell their places apart, and the sum of them that `slow` answers. */
function content(length: number, seed: number): { octets: Buffer; answer: string } {
	const octets = Buffer.alloc(length);
	let sum = 0;
	for (let index = 0; index < length; index += 1) {
		octets[index] = (index * 7 + seed + (index >> 8)) & 0xff;
		sum = (sum * 31 + (octets[index] as number)) % 1_000_003;
	}
	return { octets, answer: `${length} ${sum}` };
}

describe.each([true, false])("connections that share their reads: %s", (sharesReads) => {
	let server: Server;
	beforeAll(
		() =>
			new Promise<void>((resolve) => {
				server = listen(app, { port: 0, address: "127.0.0.1", sharesReads, onListening: () => resolve() });
			}),
	);
	afterAll(() => server.abort());

	test("six uploads at once, larger than every buffer, arrive octet for octet", async () => {
		const uploads = Array.from({ length: 6 }, (_, index) => content(300_000 + index * 977, index));
		const clients = await Promise.all(uploads.map(() => client(server.port)));
		for (const [index, { octets }] of uploads.entries()) {
			const head = `PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${octets.length}\r\n\r\n`;
			clients[index]?.socket.write(head);
			clients[index]?.socket.write(octets);
		}
		await Promise.all(clients.map(({ ended }) => ended));
		for (const [index, { answer }] of uploads.entries())
			expect(clients[index]?.received()).toMatch(new RegExp(`${answer}$`));
	});

	test("requests of two clients that arrive in pieces do not mix", async () => {
		const [left, right] = await Promise.all([client(server.port), client(server.port)]);
		for (const piece of ["GET / HT", "TP/1.1\r\nHo", "st: a\r\n", "Connection: close\r\n\r\n"]) {
			left.socket.write(piece);
			right.socket.write(piece.replace("Host: a", "Host: b"));
			await sleep(5);
		}
		await Promise.all([left.ended, right.ended]);
		for (const { received } of [left, right]) expect(received()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*hello$/);
	});

	test("a half-close behind an upload loses nothing, and the answer comes", async () => {
		const { octets, answer } = content(100_000, 3);
		const one = await client(server.port);
		one.socket.write(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${octets.length}\r\n\r\n`);
		one.socket.end(octets);
		await one.ended;
		expect(one.received()).toMatch(new RegExp(`${answer}$`));
	});

	test("who resets or leaves in the middle frees its slot", async () => {
		const clients = await Promise.all(Array.from({ length: 8 }, () => client(server.port)));
		for (const [index, { socket }] of clients.entries()) {
			socket.write("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
			await sleep(2);
			if (index % 2 === 0) socket.resetAndDestroy();
			else socket.destroy();
		}
		for (let tries = 0; tries < 100 && server.connectionCount > 0; tries += 1) await sleep(10);
		expect(server.connectionCount).toBe(0);
	});
});

describe("a socket of another Node", () => {
	test("without what the sharing takes stays what it is", () => {
		const socket = new Socket();
		expect(sharing(socket)).toBe(socket);
		Object.assign(socket, { _handle: {} });
		expect(sharing(socket)).toBe(socket);
		Object.assign(socket, { _handle: null });
	});

	test("of this one is exchanged, and its server counts it no more", async () => {
		const sockets: Socket[] = [];
		const server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(sharing(socket)));
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		const one = await client((server.address() as { port: number }).port);
		for (let tries = 0; tries < 100 && sockets.length === 0; tries += 1) await sleep(5);
		expect(sockets[0]).toBeInstanceOf(SharedSocket);
		await sleep(20);
		expect(await new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))).toBe(0);
		sockets[0]?.destroy();
		one.socket.destroy();
		await new Promise((resolve) => server.close(resolve));
	});
});
