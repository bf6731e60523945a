// What the SDK's TCP and Listener do with their options and with their callers, on either stack: the rules of
// modules/io/socket/lwip/tcp.c and lin/tcp.c that are no part of the contract, and that the double keeps nevertheless.

import { describe, expect, test } from "vitest";
import type { SdkClient } from "../host-sim/sdk/client.js";
import type { ListenerFace, TcpFace } from "../host-sim/sdk/host-object.js";
import { Network } from "../host-sim/sdk/network.js";
import { SOCKET_PROFILES, type SocketProfile } from "../host-sim/sdk/profiles.js";

const PORT = 80;
/** Longer than a connection takes, polls included. */
const SETTLE_MS = 100;

interface Connected {
	readonly network: Network;
	readonly client: SdkClient;
	readonly listener: ListenerFace;
	/** As the listener gave it. */
	readonly pending: TcpFace;
}

function connected(profile: SocketProfile): Connected {
	const network = new Network(profile);
	const listener = new network.Listener({ port: PORT });
	const client = network.connect(PORT);
	network.advance(SETTLE_MS);
	return { network, client, listener, pending: listener.read() as TcpFace };
}

describe.each(SOCKET_PROFILES.map((profile) => [profile.name, profile] as const))("on %s", (_name, profile) => {
	test("a socket of numbers reads and writes an octet at a time", () => {
		const { network, client, pending } = connected(profile);
		const tcp = new network.TCP({ from: pending, format: "number", onReadable() {}, onWritable() {} });
		client.send("az");
		network.advance(SETTLE_MS);
		expect([tcp.format, tcp.read(), tcp.read(), tcp.read()]).toEqual(["number", 97, 122, undefined]);
		tcp.write(98);
		tcp.format = "buffer";
		tcp.write(new Uint8Array([99, 100]));
		network.advance(SETTLE_MS);
		expect(client.text).toBe("bcd");
	});

	test("a format is refused that no socket has", () => {
		const { network, pending } = connected(profile);
		expect(() => new network.TCP({ from: pending, format: "string;ascii" })).toThrow(new RangeError("unimplemented"));
		const tcp = new network.TCP({ from: pending });
		expect(() => {
			tcp.format = "string;ascii";
		}).toThrow(new RangeError("unimplemented"));
		expect(tcp.format).toBe("buffer");
		expect(() => new network.Listener({ port: PORT + 1, format: "buffer" })).toThrow(new RangeError("unimplemented"));
	});

	test("a socket whose connection was handed over is closed", () => {
		const { network, client, pending } = connected(profile);
		const target = {};
		const tcp = new network.TCP({ from: pending, target });
		expect(tcp.target).toBe(target);
		expect(tcp.remotePort).toBe(client.port);
		expect(() => pending.read()).toThrow(SyntaxError);
		expect(() => new network.TCP({ from: pending })).toThrow(SyntaxError);
		pending.close();
		// The listener's own is not counted: one socket is left.
		expect(network.objectCount).toBe(1);
	});

	// fxHasAll and fxGetAll in xs/sources/xsAPI.c, by way of builtinGetCallback and builtinInitializeTarget. The adapter's
	// transports rely on it.
	test("options may be inherited, and are read as any property", () => {
		const { network, client, pending } = connected(profile);
		const told: string[] = [];
		class Options {
			get from() {
				return pending;
			}
			get target() {
				return this;
			}
			onReadable(this: TcpFace, count: number) {
				told.push(`${count} readable, ${this.target === options}`);
			}
			onWritable() {
				told.push("writable");
			}
		}
		const options = new Options();
		const tcp = new network.TCP(options as unknown as ConstructorParameters<typeof network.TCP>[0]);
		network.advance(SETTLE_MS);
		client.send("az");
		network.advance(SETTLE_MS);
		expect(told).toEqual(["writable", "2 readable, true"]);
		tcp.close();
	});

	test("options that are refused leave the connection where it was", () => {
		const { network, client, pending } = connected(profile);
		expect(() => new network.TCP({ from: pending, onReadable: 1 })).toThrow("not a function");
		expect(pending.remoteAddress).toBe(client.address);
		expect(network.objectCount).toBe(1);
	});

	test("a listener that is closed answers nothing any more, and its port is free", () => {
		const { network, listener } = connected(profile);
		expect([listener.port, listener.format]).toEqual([PORT, "socket/tcp"]);
		expect(() => new network.Listener({ port: PORT })).toThrow(Error);
		listener.close();
		listener.close();
		expect(() => listener.port).toThrow(SyntaxError);
		expect(new network.Listener({ port: PORT }).port).toBe(PORT);
	});
});
