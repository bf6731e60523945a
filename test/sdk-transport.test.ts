// The SDK's socket as a transport: what its owner is told, in which order, and what it is not told.

import { describe, expect, test } from "vitest";
import type { SdkClient } from "../host-sim/sdk/client.js";
import { Network } from "../host-sim/sdk/network.js";
import { LIN, LWIP, SOCKET_PROFILES, type SocketProfile } from "../host-sim/sdk/profiles.js";
import { type ModdableOptions, ModdablePlatform } from "../platform/moddable/platform.js";
import type { Sockets } from "../platform/moddable/sockets.js";
import type { Transport } from "../src/server/platform.js";
import { sure } from "./support/exchange.js";
import { octetsOf } from "./support/octets.js";

/** Longer than everything takes that has no deadline, the patience for late octets included. */
const SETTLE_MS = 400;

interface Held {
	readonly network: Network;
	readonly platform: ModdablePlatform;
	readonly transports: Transport[];
	/** What the owners were told. */
	readonly told: string[];
	readonly faults: unknown[];
	readonly receive: Uint8Array;
	readonly send: Uint8Array;
	connect(): SdkClient;
}

const SEND_LENGTH = 1024;

/** A platform whose connections nobody serves: they are held, and what is told of them is noted. */
function hold(
	profile: SocketProfile,
	change: (sockets: Sockets) => Sockets = (sockets) => sockets,
	options: ModdableOptions = {},
): Held {
	const network = new Network(profile);
	const faults: unknown[] = [];
	const onFault = (error: unknown) => faults.push(error);
	const platform = new ModdablePlatform(change(network as unknown as Sockets), { ...options, onFault });
	const transports: Transport[] = [];
	const told: string[] = [];
	const receive = platform.allocateReceive(0, 1024);
	const send = platform.allocateSend(SEND_LENGTH);
	platform.listen(
		{ port: 80 },
		{
			accepted(transport) {
				transports.push(transport);
				transport.owner = {
					readable: () => told.push("readable"),
					writable: () => told.push("writable"),
					ended: () => told.push("ended"),
					failed: () => told.push("failed"),
				};
			},
			listening: () => told.push("listening"),
			listenerFailed: () => told.push("listenerFailed"),
		},
	);
	network.advance(SETTLE_MS);
	told.length = 0;
	return {
		network,
		platform,
		transports,
		told,
		faults,
		receive,
		send,
		connect() {
			const client = network.connect(80);
			network.advance(SETTLE_MS);
			return client;
		},
	};
}

describe.each(SOCKET_PROFILES.map((profile) => [profile.name, profile] as const))("on %s", (_name, profile) => {
	test("an end is told first, then the loss, if the owner keeps it", () => {
		const { network, connect, told } = hold(profile);
		connect().close();
		network.advance(SETTLE_MS);
		expect(told).toEqual(["ended", "failed"]);
		expect(network.objectCount).toBe(0);
	});

	test("reads put octets where they are asked for, and nothing but that", () => {
		const { network, connect, transports, receive } = hold(profile);
		connect().send("abcdef");
		network.advance(SETTLE_MS);
		const transport = sure(transports[0]);
		receive.fill(46);
		expect(transport.read(receive, 100, 2)).toBe(2);
		expect(transport.read(receive, 500, 3)).toBe(3);
		expect(String.fromCharCode(...receive.subarray(98, 104))).toBe("..ab..");
		expect(String.fromCharCode(...receive.subarray(498, 505))).toBe("..cde..");
		expect(transport.read(receive, 0, receive.length)).toBe(1);
		expect(receive[0]).toBe(102);
		expect(transport.read(receive, 0, receive.length)).toBe(0);
	});

	test("octets are read into memory that is not the platform's, too", () => {
		const { network, connect, transports } = hold(profile);
		connect().send("abcdef");
		network.advance(SETTLE_MS);
		const own = new Uint8Array(4);
		expect(sure(transports[0]).read(own, 0, 4)).toBe(4);
		expect(String.fromCharCode(...own)).toBe("abcd");
	});

	test("writes send a stretch of any memory, and leave it as it was", () => {
		const { network, connect, transports, send } = hold(profile);
		const client = connect();
		const transport = sure(transports[0]);
		// What stands behind them is the platform's.
		for (let index = 0; index < SEND_LENGTH; index += 1) send[index] = 97 + (index % 26);
		const before = send.slice(0, SEND_LENGTH);
		transport.write(send, 26, 3);
		transport.write(Uint8Array.of(48, 49, 50, 51), 1, 2);
		transport.write(Uint8Array.of(120, 121), 0, 2);
		network.advance(SETTLE_MS);
		expect(client.text).toBe("abc12xy");
		expect(send.slice(0, SEND_LENGTH)).toEqual(before);
		expect(transport.isDrained).toBe(true);
	});

	test("what is needed for a moment has room for any path, and is no buffer of a connection", () => {
		const { platform, receive, send } = hold(profile);
		for (const length of [1, 512, 65_000]) {
			const scratch = platform.allocateScratch(length);
			expect(scratch.length).toBeGreaterThanOrEqual(length);
			scratch.fill(1);
		}
		expect(receive.every((octet) => octet === 0)).toBe(true);
		expect(send.slice(0, SEND_LENGTH).every((octet) => octet === 0)).toBe(true);
	});

	test("a write longer than the window goes out whole", () => {
		const { network, platform, connect, transports } = hold(profile);
		const client = connect();
		const transport = sure(transports[0]);
		const long = platform.allocateSend(4000).map((_octet, index) => index & 0x7f);
		const count = Math.min(transport.room, 3900);
		transport.write(long, 50, count);
		network.advance(SETTLE_MS);
		expect(client.text).toBe(String.fromCharCode(...long.subarray(50, 50 + count)));
	});

	test("after a failed write there is no room, what waits can be read, and then the loss is told", () => {
		const { network, connect, transports, told, receive } = hold(profile);
		connect().send("abc");
		network.advance(SETTLE_MS);
		const transport = sure(transports[0]);
		told.length = 0;
		network.writeFailures = 1;
		transport.write(receive, 0, 5);
		expect(transport.room).toBe(0);
		network.advance(SETTLE_MS);
		expect(told).toEqual([]);
		expect(transport.read(receive, 0, 10)).toBe(3);
		expect(told).toEqual([]);
		network.advance(SETTLE_MS);
		expect(told).toEqual(["ended", "failed"]);
	});

	test("a message goes out in its parts, and without content where there is none", () => {
		for (const canSendFlash of [true, false]) {
			const { network, connect, transports } = hold(profile, undefined, { canSendFlash });
			const client = connect();
			const transport = sure(transports[0]);
			const room = transport.room;
			const [head, headEnd] = [octetsOf("head, "), octetsOf("its end, ")];
			transport.writeMessage(head, headEnd, octetsOf("content"));
			expect(transport.room).toBeLessThan(room);
			transport.writeMessage(head, headEnd, new Uint8Array(0));
			network.advance(SETTLE_MS);
			expect(client.text).toBe("head, its end, contenthead, its end, ");
			expect(transport.isDrained).toBe(true);
		}
	});

	test.each([true, false])(
		"what comes behind a write that the socket does not take is not written: %s",
		(canSendFlash) => {
			const writes: readonly ((transport: Transport, send: Uint8Array) => void)[] = [
				(transport) => transport.writeMessage(octetsOf("head, "), octetsOf("its end, "), octetsOf("content")),
				(transport, send) => [transport.write(send, 0, 5), transport.write(octetsOf("content"), 0, 7)],
				(transport, send) => [transport.write(send, 0, 5), transport.writeMessage(send, send, octetsOf("content"))],
			];
			for (const write of writes) {
				const { network, connect, transports, told, send, faults } = hold(profile, undefined, { canSendFlash });
				const client = connect();
				const transport = sure(transports[0]);
				network.writeFailures = 1;
				write(transport, send.subarray(0, 10));
				expect(transport.room).toBe(0);
				expect(told).toEqual([]);
				network.advance(SETTLE_MS);
				expect(client.text).toBe("");
				expect(told).toEqual(["ended", "failed"]);
				expect(faults).toEqual([]);
			}
		},
	);

	test("a closed connection is kept for longer when its client takes something meanwhile", () => {
		const { network, connect, transports, send } = hold(profile);
		const client = connect();
		const transport = sure(transports[0]);
		client.stop();
		transport.write(send, 8, 500);
		transport.close();
		network.advance(14_000);
		client.take(300);
		// 300 octets are worth 3 of the 15 seconds.
		network.advance(3500);
		client.take(200);
		network.advance(SETTLE_MS);
		expect(client.text.length).toBe(500);
		expect(network.objectCount).toBe(0);
	});

	test("a closed connection is not kept by a client that takes one octet after the other", () => {
		const { network, connect, transports, send } = hold(profile);
		const client = connect();
		client.stop();
		sure(transports[0]).write(send, 8, 500);
		sure(transports[0]).close();
		for (let seconds = 0; seconds < 14; seconds += 2) {
			network.advance(2000);
			client.take(1);
		}
		network.advance(1500);
		expect(network.objectCount).toBe(0);
		expect(client.text.length).toBeLessThan(500);
	});

	test("what is due sooner is not forgotten for what is due later", () => {
		const { network, connect, transports, send } = hold(profile);
		const stuck = connect();
		stuck.stop();
		network.connect(80);
		network.advance(50);
		expect(transports).toHaveLength(1);
		sure(transports[0]).write(send, 8, 500);
		sure(transports[0]).close();
		network.advance(SETTLE_MS);
		expect(transports).toHaveLength(2);
	});

	test("the timer stands still when there is nothing to wait for", () => {
		const { network, connect } = hold(profile);
		const { count } = network.timers;
		connect().close();
		network.advance(1000);
		// On Linux the listener polls; on a board nothing is due.
		expect(network.timers.next).toBe(profile === LIN ? 1820 : Number.POSITIVE_INFINITY);
		expect(network.timers.count).toBe(count);
	});
});

test("a socket that throws when it is read costs its connection", () => {
	const { network, connect, transports, told, faults, receive } = hold(LWIP, ({ TCP, Listener, Timer, Time }) => {
		class Lying extends TCP {
			override read(): number {
				throw new Error("invalid");
			}
		}
		return { TCP: Lying, Listener, Timer, Time };
	});
	connect().send("abc");
	network.advance(SETTLE_MS);
	expect(sure(transports[0]).read(receive, 0, 10)).toBe(0);
	network.advance(SETTLE_MS);
	expect(told).toEqual(["readable", "ended", "failed"]);
	expect(faults).toEqual([new Error("invalid")]);
	expect(network.objectCount).toBe(0);
});

test.each([true, false])("octets that are written whole are handed to the socket as they are: %s", (canSendFlash) => {
	const written: Uint8Array[] = [];
	const { network, connect, transports } = hold(
		LWIP,
		({ TCP, Listener, Timer, Time }) => {
			class Noting extends TCP {
				override write(buffer: Uint8Array): number | undefined {
					written.push(buffer);
					return super.write(buffer);
				}
			}
			return { TCP: Noting, Listener, Timer, Time };
		},
		{ canSendFlash },
	);
	const client = connect();
	const prebuilt = Uint8Array.of(65, 66, 67);
	sure(transports[0]).write(prebuilt, 0, 3);
	network.advance(SETTLE_MS);
	expect(client.text).toBe("ABC");
	expect(written[0] === prebuilt).toBe(canSendFlash);
});

test("the clock is not believed that was never set", () => {
	const { platform } = hold(LWIP);
	expect(platform.date()).toBe(Math.floor(Date.now() / 1000));
	const now = Date.now;
	try {
		Date.now = () => 5_000_000;
		expect(platform.date()).toBeLessThan(0);
	} finally {
		Date.now = now;
	}
});
