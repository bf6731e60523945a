// A server over the double of the SDK's sockets, on each of its platforms: what the network and the SDK's rules do to it.

import { describe, expect, test } from "vitest";
import type { SdkClient } from "../host-sim/sdk/client.js";
import { ESP8266, LIN, LWIP, SOCKET_PROFILES } from "../host-sim/sdk/profiles.js";
import type { AppOptions } from "../src/app/app.js";
import type { Ticket } from "../src/app/response.js";
import type { Transport, TransportOwner } from "../src/server/platform.js";
import { request, upload } from "./support/exchange.js";
import { type ReadResponse, readResponse } from "./support/reader.js";
import { type Board, type BoardOptions, serveOn } from "./support/sdk.js";

/** Longer than everything takes that has no deadline, polls included. */
const SETTLE_MS = 100;

const LIMITS = {
	connections: 2,
	receiveLength: 512,
	sendLength: 512,
	targetLengthMax: 200,
	contentLengthMax: 1_000_000,
};

const DOWNLOAD_LENGTH = 50_000;
const DOWNLOAD = new Uint8Array(DOWNLOAD_LENGTH).map((_octet, index) => 97 + (index % 26));

/** The sum that the upload route answers with. */
function sumOf(content: string): string {
	let sum = 0;
	for (let index = 0; index < content.length; index += 1) sum = (sum * 31 + content.charCodeAt(index)) | 0;
	return `${content.length} ${sum}`;
}

interface Upload {
	length: number;
	sum: number;
}

/** What the routes leave behind. */
interface Trace {
	readonly tickets: Ticket[];
	readonly addresses: string[];
	readonly lost: string[];
}

function routes(trace: Trace): AppOptions["routes"] {
	const buffer = new Uint8Array(100);
	return {
		"GET /": (_request, response) => response.text("hello"),
		"GET /download": (_request, response) => response.octets(DOWNLOAD),
		"GET /stream": {
			onRequest(request, response) {
				request.state = 0;
				response.begin(DOWNLOAD_LENGTH);
			},
			onWritable(request, response, room) {
				const start = request.state as number;
				const end = Math.min(DOWNLOAD_LENGTH, start + room);
				response.write(DOWNLOAD, start, end);
				request.state = end;
				if (end === DOWNLOAD_LENGTH) response.end();
			},
			onError: (_request, error) => trace.lost.push(String(error)),
		},
		"GET /late": {
			onRequest: (_request, response) => {
				trace.tickets.push(response.defer());
			},
			onError: (_request, error) => trace.lost.push(String(error)),
		},
		"GET /throws": () => {
			throw new Error("broken");
		},
		"GET /address": (request, response) => {
			trace.addresses.push(request.remoteAddress);
			response.empty();
		},
		"POST /": {
			onRequest: (request) => {
				request.state = { length: 0, sum: 0 };
			},
			onReadable(request, response, count) {
				const state = request.state as Upload;
				for (let read = request.read(buffer); read > 0; read = request.read(buffer)) {
					for (let index = 0; index < read; index += 1) state.sum = (state.sum * 31 + (buffer[index] as number)) | 0;
					state.length += read;
				}
				if (count === 0) response.text(`${state.length} ${state.sum}`);
			},
			onError: (_request, error) => trace.lost.push(String(error)),
		},
	};
}

interface TestBoard extends Board, Trace {
	/** A client that is connected. */
	connect(): SdkClient;
	/** Everything that was opened is closed, and nothing was done that would have crashed a board. */
	expectClean(): void;
}

type Profile = (typeof SOCKET_PROFILES)[number];

function board(profile: Profile, limits: AppOptions["limits"] = {}, options: BoardOptions = {}): TestBoard {
	const trace: Trace = { tickets: [], addresses: [], lost: [] };
	const served = serveOn(profile, { routes: routes(trace), limits: { ...LIMITS, ...limits } }, options);
	const { network, server, faults } = served;
	network.advance(SETTLE_MS);
	return {
		...served,
		...trace,
		connect() {
			const client = network.connect(80);
			network.advance(SETTLE_MS);
			return client;
		},
		expectClean() {
			expect(server.connectionCount).toBe(0);
			expect(server.waitingCount).toBe(0);
			expect(network.objectCount).toBe(0);
			expect([faults, network.faults]).toEqual([[], []]);
		},
	};
}

/** Every whole response that `client` has received. */
function answers(client: SdkClient): ReadResponse[] {
	const found: ReadResponse[] = [];
	const { text } = client;
	for (let offset = 0; offset < text.length; ) {
		const response = readResponse(text, offset, false, client.state !== "open");
		if (response === null) throw new Error(`half a response: ${JSON.stringify(text.slice(offset))}`);
		found.push(response);
		offset = response.end;
	}
	return found;
}

function contents(client: SdkClient): string[] {
	return answers(client).map(({ content }) => content);
}

function statuses(client: SdkClient): number[] {
	return answers(client).map(({ status }) => status);
}

describe.each(SOCKET_PROFILES.map((profile) => [profile.name, profile] as const))("on %s", (_name, profile) => {
	test("a request is answered, and the connection kept for the next", () => {
		const { network, server, connect, expectClean } = board(profile);
		const client = connect();
		for (let count = 0; count < 3; count += 1) {
			client.clear();
			client.send(request("GET /"));
			network.advance(SETTLE_MS);
			expect(contents(client)).toEqual(["hello"]);
		}
		expect(server.connectionCount).toBe(1);
		client.close();
		network.advance(SETTLE_MS);
		expectClean();
	});

	test("requests in one segment are answered in their order", () => {
		const { network, connect } = board(profile);
		const client = connect();
		client.send(request("GET /") + upload("POST /", "abc") + request("GET /") + upload("POST /", ""));
		network.advance(SETTLE_MS);
		expect(contents(client)).toEqual(["hello", sumOf("abc"), "hello", sumOf("")]);
	});

	test("a head may come octet by octet", () => {
		const { network, connect } = board(profile);
		const client = connect();
		client.send(request("GET /", ["X-Some: thing"]), 1);
		network.advance(4 * SETTLE_MS);
		expect(contents(client)).toEqual(["hello"]);
	});

	test("what comes with the handshake is answered, if late on lwIP", () => {
		const { network } = board(profile);
		const client = network.connect(80);
		client.send(request("GET /"));
		network.advance(300);
		expect(contents(client)).toEqual(["hello"]);
	});

	test("an upload may be larger than every buffer", () => {
		const { network, connect } = board(profile);
		const client = connect();
		const content = "0123456789abcdef".repeat(2000);
		client.send(upload("POST /", content), 700);
		network.advance(10_000);
		expect(contents(client)).toEqual([sumOf(content)]);
	});

	test.each(["/download", "/stream"])("%s is larger than every buffer", (target) => {
		const { network, connect } = board(profile);
		const client = connect();
		client.send(request(`GET ${target}`));
		network.advance(10_000);
		const all = contents(client);
		expect(all.map((content) => content.length)).toEqual([DOWNLOAD_LENGTH]);
		expect(all[0]).toBe(String.fromCharCode(...DOWNLOAD));
	});

	test("a client that takes the response bit by bit gets all of it", () => {
		const { network, connect } = board(profile);
		const client = connect();
		client.stop();
		client.send(request("GET /download"));
		for (let taken = 0; taken < DOWNLOAD_LENGTH + 1000; taken += 999) {
			client.take(999);
			network.advance(50);
		}
		expect(contents(client).map((content) => content.length)).toEqual([DOWNLOAD_LENGTH]);
	});

	test("the last octets are not lost when the connection closes with them", () => {
		const { network, connect, expectClean } = board(profile);
		const client = connect();
		client.stop();
		client.send(request("GET /download", ["Connection: close"]));
		for (let taken = 0; taken < DOWNLOAD_LENGTH + 1000; taken += 999) {
			client.take(999);
			network.advance(50);
		}
		network.advance(5000);
		expect(client.text.length).toBeGreaterThan(DOWNLOAD_LENGTH);
		expect(contents(client).map((content) => content.length)).toEqual([DOWNLOAD_LENGTH]);
		expect(client.state).not.toBe("open");
		expectClean();
	});

	test("a closed connection whose client takes nothing goes after its time", () => {
		const { network, server, connect, expectClean } = board(profile, { lingerTimeoutMs: 100 });
		const client = connect();
		client.stop();
		client.send(request("GET /", ["Connection: close"]));
		network.advance(1000);
		expect(server.connectionCount).toBe(0);
		network.advance(20_000);
		expectClean();
	});

	test("a closed connection whose client takes one octet after the other goes after its time, too", () => {
		const { network, server, connect, expectClean } = board(profile, { lingerTimeoutMs: 100 });
		const client = connect();
		client.stop();
		client.send(request("GET /", ["Connection: close"]));
		network.advance(1000);
		expect(server.connectionCount).toBe(0);
		for (let seconds = 0; seconds < 20; seconds += 4) {
			client.take(1);
			network.advance(4000);
		}
		expectClean();
	});

	test("a client that leaves before it is answered costs nothing, and the handler hears of it", () => {
		const { network, connect, tickets, lost, expectClean } = board(profile);
		const client = connect();
		client.send(request("GET /late"));
		network.advance(SETTLE_MS);
		client.close();
		network.advance(SETTLE_MS);
		expect(tickets[0]?.response).toBeUndefined();
		expect(lost).toHaveLength(1);
		expectClean();
	});

	test("a client that sends, closes its side and cannot be answered is let go", () => {
		const { network, expectClean } = board(profile);
		const client = network.connect(80);
		network.advance(SETTLE_MS);
		client.send(request("GET /download"));
		client.close();
		network.stall(5);
		network.advance(5000);
		expectClean();
	});

	test("a client that closes its side in the middle of a head is let go", () => {
		const { network, connect, expectClean } = board(profile);
		const client = connect();
		client.send("GET / HTT");
		client.close();
		network.advance(1000);
		expectClean();
	});

	test("a client that connects and closes at once is let go, by the head's deadline at the latest", () => {
		const { network, server, expectClean } = board(profile, { headTimeoutMs: 2000 });
		network.connect(80).close();
		network.advance(1000);
		expect(server.connectionCount).toBe(profile === LIN ? 0 : 1);
		network.advance(20_000);
		expectClean();
	});

	describe("a reset", () => {
		/** What the client has done when it resets, and how long it waited. */
		const POINTS: readonly (readonly [string, (client: SdkClient) => void])[] = [
			["of an idle connection", () => {}],
			["in the middle of a head", (client) => client.send("GET / HTT")],
			["behind a request", (client) => client.send(request("GET /"))],
			["behind a request that is answered late", (client) => client.send(request("GET /late"))],
			["in the middle of an upload", (client) => client.send(upload("POST /", "a".repeat(5000)).slice(0, 3000))],
			["behind an upload", (client) => client.send(upload("POST /", "a".repeat(5000)))],
			["in the middle of a download", (client) => client.send(request("GET /download"))],
			["in the middle of a stream", (client) => client.send(request("GET /stream"))],
			["behind the last request", (client) => client.send(request("GET /download", ["Connection: close"]))],
			["behind many requests", (client) => client.send(request("GET /").repeat(50))],
		];
		for (const [point, prepare] of POINTS) {
			test.each([0, 1, 2, 3, 5, 10, 20, 40, 300])(`${point}, %i ms later`, (waitMs) => {
				const { network, connect, expectClean } = board(profile);
				const client = connect();
				prepare(client);
				network.advance(waitMs);
				client.reset();
				network.stall(waitMs);
				network.advance(40_000);
				expectClean();
				const another = connect();
				another.send(request("GET /"));
				network.advance(SETTLE_MS);
				expect(contents(another)).toEqual(["hello"]);
			});
		}

		test.each([0, 1, 2, 3, 4, 5, 10, 20, 25])("of a connection that is %i ms old", (waitMs) => {
			const { network, server, faults } = board(profile, { headTimeoutMs: 500 });
			const client = network.connect(80);
			network.advance(waitMs);
			client.reset();
			network.advance(40_000);
			expect(server.connectionCount).toBe(0);
			expect([faults, network.faults, network.objectCount]).toEqual([[], [], 0]);
		});

		test("that arrives while the handler runs makes no trouble", () => {
			const { network, connect, tickets, expectClean } = board(profile);
			const client = connect();
			client.send(request("GET /late"));
			network.advance(SETTLE_MS);
			client.reset();
			network.stall(5);
			// The write returns undefined.
			expect(tickets[0]?.response?.text("x".repeat(400))).toBe(true);
			network.advance(2000);
			expectClean();
		});
	});

	test("more clients than slots are all answered, each in its turn", () => {
		const { network, expectClean } = board(profile, { waitingMax: 8 }, { spareConnections: 8 });
		const clients = Array.from({ length: 12 }, () => network.connect(80));
		for (const client of clients) client.send(request("GET /", ["Connection: close"]));
		network.advance(60_000);
		const all = clients.map((client) => statuses(client).join());
		expect(all.filter((status) => status === "200").length).toBeGreaterThanOrEqual(10);
		expect(all.every((status) => status === "200" || status === "503")).toBe(true);
		expectClean();
	});

	test("a client too many is told so", () => {
		const { network, connect, server } = board(profile, { connections: 1 }, { spareConnections: 0 });
		const busy = connect();
		busy.send(request("GET /late"));
		network.advance(SETTLE_MS);
		const client = connect();
		network.advance(300);
		expect(statuses(client)).toEqual([503]);
		expect(server.connectionCount).toBe(1);
	});

	test("a handler that throws costs one 500", () => {
		const { network, connect, errors, faults } = board(profile);
		const client = connect();
		client.send(request("GET /throws"));
		network.advance(SETTLE_MS);
		expect(statuses(client)).toEqual([500]);
		expect(errors).toHaveLength(1);
		expect(faults).toEqual([]);
	});

	test("the client's address is known, and of no client that was reset asked for", () => {
		const { network, addresses } = board(profile);
		const client = network.connect(80, "198.51.100.7");
		network.advance(SETTLE_MS);
		client.send(request("GET /address"));
		network.advance(1);
		client.reset();
		network.stall(10);
		network.advance(SETTLE_MS);
		expect(addresses).toEqual(["198.51.100.7"]);
		expect(network.faults).toEqual([]);
	});

	test("what came in time counts, though the program was busy until after the deadline", () => {
		const { network, connect } = board(profile, { headTimeoutMs: 2000 });
		const client = connect();
		const head = request("GET /");
		client.send(head.slice(0, 10));
		network.advance(1000);
		client.send(head.slice(10));
		network.stall(10_000);
		network.advance(SETTLE_MS);
		expect(contents(client)).toEqual(["hello"]);
	});

	test("a deadline is kept, though the clock wraps", () => {
		const { network, connect, expectClean } = board(profile, { idleTimeoutMs: 3000 }, { ticks: 2 ** 31 - 2000 });
		const client = connect();
		client.send(request("GET /"));
		network.advance(1500);
		expect(client.state).toBe("open");
		client.send(request("GET /"));
		network.advance(2500);
		expect(contents(client)).toEqual(["hello", "hello"]);
		expect(client.state).toBe("open");
		network.advance(1000);
		expect(client.state).not.toBe("open");
		network.advance(2000);
		expectClean();
	});

	test("after the network was away, old connections end by their deadlines, and new clients are served", () => {
		const { network, connect, server, expectClean } = board(profile, { connections: 3 });
		const idle = connect();
		const half = connect();
		half.send("GET / HT");
		const busy = connect();
		busy.send(request("GET /download"));
		busy.stop();
		network.advance(10);
		network.lose();
		network.advance(60_000);
		expect(server.connectionCount).toBe(0);
		network.restore();
		const client = connect();
		client.send(request("GET /"));
		network.advance(SETTLE_MS);
		expect(contents(client)).toEqual(["hello"]);
		expect(idle.text + half.text).toBe("");
		client.close();
		network.advance(60_000);
		expectClean();
	});

	test("closing lets a response in flight finish, and takes no more clients", async () => {
		const { network, connect, server, tickets, expectClean } = board(profile);
		const client = connect();
		client.send(request("GET /late"));
		connect();
		network.advance(SETTLE_MS);
		let isClosed = false;
		const closed = server.close().then(() => {
			isClosed = true;
		});
		const late = network.connect(80);
		network.advance(SETTLE_MS);
		expect(late.state).toBe("reset");
		expect(isClosed).toBe(false);
		tickets[0]?.response?.text("at last");
		network.advance(5000);
		await closed;
		expect(contents(client)).toEqual(["at last"]);
		expectClean();
	});

	test("cutting off closes everything at once", () => {
		const { network, connect, server, expectClean } = board(profile);
		const client = connect();
		client.send(request("GET /late"));
		network.advance(SETTLE_MS);
		server.abort();
		network.advance(SETTLE_MS);
		expect(client.state).not.toBe("open");
		expectClean();
	});

	test("a port that is taken is reported, and can be tried again", () => {
		const errors: unknown[] = [];
		let isListening = false;
		const options = {
			server: {
				onListenerError: (error: unknown) => errors.push(error),
				onListening: () => {
					isListening = true;
				},
			},
		};
		const first = serveOn(profile, { routes: {} });
		const { network } = first;
		network.advance(SETTLE_MS);
		const second = serveOn(profile, { routes: {} }, { ...options, network });
		expect(errors).toEqual([]);
		network.advance(SETTLE_MS);
		expect(errors).toHaveLength(1);
		first.server.abort();
		second.server.reopen();
		network.advance(SETTLE_MS);
		expect(isListening).toBe(true);
		expect(second.server.port).toBe(80);
	});

	test("a server that has run long has no more timers than in the beginning", () => {
		const { network, connect } = board(profile);
		const counts = new Set<number>();
		for (let round = 0; round < 50; round += 1) {
			const client = connect();
			client.send(request("GET /"));
			network.advance(SETTLE_MS);
			client.close();
			network.advance(SETTLE_MS);
			counts.add(network.timers.count);
		}
		expect(counts.size).toBe(1);
	});

	test("what throws where nothing may throw costs its connection, not the program", () => {
		const { network, platform, connect, faults } = board(profile);
		const transports: Transport[] = [];
		const failures: string[] = [];
		const owner: TransportOwner = {
			readable() {
				throw new Error("broken");
			},
			writable() {},
			ended() {},
			failed: () => failures.push("failed"),
		};
		platform.listen(
			{ port: 81 },
			{
				accepted(transport) {
					transports.push(transport);
					transport.owner = owner;
				},
				listening() {},
				listenerFailed() {},
			},
		);
		const client = network.connect(81);
		network.advance(SETTLE_MS);
		client.send("abc");
		network.advance(SETTLE_MS);
		expect(failures).toEqual(["failed"]);
		expect(faults).toEqual([new Error("broken")]);
		expect(client.state).not.toBe("open");
		expect(network.objectCount).toBe(0);
		expect(connect().state).toBe("open");
	});
});

describe("where the platforms differ", () => {
	test("on the ESP32 a listener without a network is reported, and opens when there is one", () => {
		const errors: unknown[] = [];
		const served = serveOn(
			LWIP,
			{ routes: {} },
			{ isUp: false, server: { onListenerError: (error) => errors.push(error) } },
		);
		served.network.advance(SETTLE_MS);
		expect(errors).toEqual([new Error("no network")]);
		expect(served.server.port).toBe(0);
		served.network.restore();
		served.server.reopen();
		served.network.advance(SETTLE_MS);
		expect(served.server.port).toBe(80);
		const client = served.network.connect(80);
		served.network.advance(SETTLE_MS);
		expect(client.state).toBe("open");
	});

	test("on the ESP32 connections are cut off when the address changes, and clients served at the new one", () => {
		const { network, connect, server, expectClean } = board(LWIP);
		connect();
		connect().send("GET / HT");
		network.advance(10);
		network.lose(true);
		network.advance(10);
		expect(server.connectionCount).toBe(0);
		network.restore();
		const client = connect();
		client.send(request("GET /"));
		network.advance(SETTLE_MS);
		expect(contents(client)).toEqual(["hello"]);
		client.close();
		network.advance(SETTLE_MS);
		expectClean();
	});

	test("a client that resets between read and the taking over is passed by", () => {
		const served = board(LWIP);
		const { network, connect, server, expectClean } = served;
		served.beforeTakingOver(() => {
			client.reset();
			network.stall(5);
		});
		const client: SdkClient = network.connect(80);
		network.advance(SETTLE_MS);
		served.beforeTakingOver(null);
		expect(server.connectionCount).toBe(0);
		expectClean();
		const another = connect();
		another.send(request("GET /"));
		network.advance(SETTLE_MS);
		expect(contents(another)).toEqual(["hello"]);
	});

	test("on lwIP room that is told after a failed write is not taken for a sign of life", () => {
		const { network, connect, expectClean } = board(LWIP);
		const client = connect();
		client.send(request("GET /"));
		network.advance(2);
		// The acknowledgement of the first response and the second request are told of together, and the room last.
		client.send(request("GET /"));
		network.stall(5);
		network.writeFailures = 1;
		network.advance(5000);
		expect(contents(client)).toEqual(["hello"]);
		expect(client.state).not.toBe("open");
		expectClean();
	});

	test("on lwIP a client whose octets nobody reads is let go in order, not with a reset", () => {
		const { network, connect, server, expectClean } = board(LWIP, { connections: 1, waitTimeoutMs: 60_000 });
		connect().send(request("GET /late"));
		const client = connect();
		client.send("GET / HT");
		network.advance(SETTLE_MS);
		expect(server.waitingCount).toBe(1);
		void server.close();
		network.advance(SETTLE_MS);
		expect(client.state).toBe("ended");
		network.advance(20_000);
		expectClean();
	});

	test("on Linux what a closed socket is told of is not the next connection's", () => {
		const { network, platform } = board(LIN);
		const transports: Transport[] = [];
		const told: string[] = [];
		platform.listen(
			{ port: 81 },
			{
				accepted(transport) {
					transports.push(transport);
					transport.owner = {
						readable: () => told.push("readable"),
						writable() {},
						ended() {},
						failed() {},
					};
				},
				listening() {},
				listenerFailed() {},
			},
		);
		const first = network.connect(81);
		network.advance(400);
		transports[0]?.write(new Uint8Array(10), 0, 5);
		transports[0]?.close();
		first.send("abc");
		network.advance(400);
		const second = network.connect(81);
		network.advance(400);
		expect(second.state).toBe("open");
		expect(transports).toHaveLength(2);
		expect(transports[1]).toBe(transports[0]);
		expect(transports[1]?.read(new Uint8Array(10), 0, 10)).toBe(0);
		expect(told).toEqual([]);
		expect(first.state).toBe("ended");
	});

	test("on lwIP a write that finds no memory ends the connection, nothing else", () => {
		const { network, connect, expectClean } = board(LWIP);
		const client = connect();
		network.writeFailures = 1;
		client.send(request("GET /"));
		network.advance(5000);
		expect(client.text).toBe("");
		expect(client.state).not.toBe("open");
		expectClean();
	});

	test("on Linux a failed write ends the connection, though nothing tells of it", () => {
		const { network, connect, expectClean } = board(LIN);
		const client = connect();
		network.writeFailures = 1;
		client.send(request("GET /"));
		network.advance(SETTLE_MS);
		expect(client.state).not.toBe("open");
		expectClean();
	});

	test("on the ESP8266 a connection is kept until the last octet is acknowledged", () => {
		const { network, connect, server } = board(ESP8266);
		const client = connect();
		client.stop();
		client.send(request("GET /", ["Connection: close"]));
		network.advance(3000);
		expect(server.connectionCount).toBe(0);
		expect(client.state).toBe("open");
		client.take(10_000);
		network.advance(SETTLE_MS);
		expect(contents(client)).toEqual(["hello"]);
	});

	test("on Linux a kernel that takes a part of a write loses the rest: no response is whole by chance", () => {
		const { network, connect } = board({ ...LIN, sendLength: 100 });
		const client = connect();
		client.send(request("GET /download"));
		network.advance(5000);
		expect(client.text.length).toBeLessThan(DOWNLOAD_LENGTH);
	});
});
