// Whatever comes, in whatever pieces, at whatever time: over the SDK's sockets a client gets the same answers in the same
// order, and when it has gone nothing of it is left.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SdkClient } from "../host-sim/sdk/client.js";
import type { TcpFace } from "../host-sim/sdk/host-object.js";
import { Network } from "../host-sim/sdk/network.js";
import { LIN, SOCKET_PROFILES } from "../host-sim/sdk/profiles.js";
import type { AppOptions } from "../src/app/app.js";
import { chunked, request, upload } from "./support/exchange.js";
import { serveOn } from "./support/sdk.js";

const LIMITS = { connections: 3, receiveLength: 512, sendLength: 512, targetLengthMax: 200 };

/** A route that sends its content back as it comes, one that streams, one that answers at once, one that fails. */
function routes(): AppOptions["routes"] {
	const buffer = new Uint8Array(64);
	return {
		"GET /": (_request, response) => response.text("hello"),
		"GET /long": (_request, response) => response.text("0123456789".repeat(300)),
		"GET /throws": () => {
			throw new Error("broken");
		},
		"POST /": {
			onRequest(request) {
				request.state = "";
			},
			onReadable(request, response, count) {
				let text = request.state as string;
				for (let read = request.read(buffer); read > 0; read = request.read(buffer)) {
					text += String.fromCharCode(...buffer.subarray(0, read));
				}
				request.state = text;
				if (count === 0) response.text(text);
			},
		},
	};
}

const content = fc.string({ unit: fc.constantFrom("a", "b", "\r", "\n", "0", ":"), maxLength: 1500 });

/** One request, as octets. */
const message = fc.oneof(
	fc.constant(request("GET /")),
	fc.constant(request("GET /long")),
	fc.constant(request("GET /none")),
	fc.constant(request("HEAD /long")),
	fc.constant(request("GET /throws")),
	fc.nat(400).map((length) => request("GET /", [`X-Long: ${"x".repeat(length)}`])),
	content.map((text) => upload("POST /", text)),
	fc
		.array(content, { maxLength: 4 })
		.map(
			(pieces) => request("POST /", ["Transfer-Encoding: chunked"]) + chunked(pieces.filter((piece) => piece !== "")),
		),
);

/** What happens between two pieces of what the client sends. */
const step = fc.oneof(
	{ weight: 6, arbitrary: fc.record({ kind: fc.constant("send" as const), count: fc.integer({ min: 1, max: 900 }) }) },
	{ weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), count: fc.integer({ min: 0, max: 60 }) }) },
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constant("stall" as const), count: fc.integer({ min: 0, max: 3000 }) }),
	},
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant("stop" as const), count: fc.constant(0) }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant("take" as const), count: fc.integer({ min: 1, max: 5000 }) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function act(network: Network, client: SdkClient, { kind, count }: Step, rest: string): number {
	if (kind === "send") {
		client.send(rest.slice(0, count));
		return Math.min(count, rest.length);
	}
	if (kind === "wait") network.advance(count);
	else if (kind === "stall") network.stall(count);
	else if (kind === "stop") client.stop();
	else client.take(count);
	return 0;
}

/** What the clock writes into a response is not what this is about. */
function withoutDates(text: string): string {
	return text.replace(/\r\nDate: [^\r]*/g, "");
}

/** What a server answers that gets everything at once and whose client takes everything. */
function expected(octets: string): string {
	const { network } = serveOn({ ...LIN, name: "plain" }, { routes: routes(), limits: LIMITS });
	network.advance(50);
	const client = network.connect(80);
	network.advance(50);
	client.send(octets);
	network.advance(5000);
	return withoutDates(client.text);
}

describe.each(SOCKET_PROFILES.map((profile) => [profile.name, profile] as const))("on %s", (_name, profile) => {
	test("the answers are those to the whole, however it comes and however slowly it is taken", () => {
		fc.assert(
			fc.property(
				fc.array(message, { minLength: 1, maxLength: 6 }),
				fc.array(step, { maxLength: 60 }),
				fc.nat(20),
				(messages, steps, latencyMs) => {
					const all = messages.join("");
					const { network, server, faults } = serveOn(profile, { routes: routes(), limits: LIMITS }, { latencyMs });
					network.advance(50);
					const client = network.connect(80);
					let rest = all;
					for (const one of steps) rest = rest.slice(act(network, client, one, rest));
					client.send(rest);
					client.take(1_000_000);
					network.advance(9000);
					expect(withoutDates(client.text)).toBe(expected(all));
					client.close();
					network.advance(40_000);
					expect([server.connectionCount, network.objectCount, network.connectionCount]).toEqual([0, 0, 0]);
					expect([faults, network.faults, network.hazards]).toEqual([[], [], []]);
				},
			),
			{ numRuns: 60 },
		);
	});

	// Time that is known to bring nothing is skipped: polls of the Linux build that find nothing.
	test("what happens, and when, is the same whether time passes at once or a millisecond at a time", () => {
		const ending = fc.constantFrom("close" as const, "reset" as const, "stay" as const);
		/** Each thing the program does, and each segment, with its time. `pass`: how time passes. */
		function story(
			messages: readonly string[],
			steps: readonly Step[],
			how: string,
			pass: (network: Network, ms: number) => void,
		): readonly string[] {
			const log: string[] = [];
			const network = new Network(profile);
			const note = (what: string) => log.push(`${network.time}: ${what}`);
			const listener = new network.Listener({
				port: 80,
				onReadable() {
					note("accepted");
					new network.TCP({
						from: listener.read() as TcpFace,
						onReadable(this: TcpFace, count: number) {
							note(`${count} readable`);
							const octets = new Uint8Array(Math.ceil(count / 2));
							this.read(octets);
							if (octets[0] !== 0x41) pending.push(() => this.write(octets));
						},
						onWritable(this: TcpFace, room: number) {
							note(`${room} writable`);
							for (const write of pending.splice(0)) write();
						},
						onError() {
							note("error");
						},
					});
				},
			});
			const pending: (() => void)[] = [];
			const client = network.connect(80);
			let rest = messages.join("");
			for (const one of steps) {
				if (one.kind === "wait") pass(network, one.count);
				else rest = rest.slice(act(network, client, one, rest));
			}
			if (how === "close") client.close();
			else if (how === "reset") client.reset();
			pass(network, 2000);
			note(`${client.state}, ${client.text}`);
			return log;
		}
		fc.assert(
			fc.property(
				fc.array(message, { maxLength: 4 }),
				fc.array(step, { maxLength: 40 }),
				ending,
				(messages, steps, how) => {
					const slowly = (network: Network, ms: number) => {
						for (let passed = 0; passed < ms; passed += 1) network.advance(1);
					};
					const at = (network: Network, ms: number) => network.advance(ms);
					expect(story(messages, steps, how, at)).toEqual(story(messages, steps, how, slowly));
				},
			),
			{ numRuns: 100 },
		);
	});

	test("whatever clients do and whenever they go, nothing is left of them", () => {
		const ending = fc.constantFrom("close" as const, "reset" as const, "stay" as const);
		const script = fc.record({
			messages: fc.array(message, { maxLength: 3 }),
			cut: fc.nat(3000),
			steps: fc.array(step, { maxLength: 12 }),
			ending,
		});
		fc.assert(
			fc.property(fc.array(script, { minLength: 1, maxLength: 6 }), fc.boolean(), (scripts, losesNetwork) => {
				const { network, server, faults } = serveOn(profile, { routes: routes(), limits: LIMITS });
				network.advance(50);
				for (const { messages, cut, steps, ending: how } of scripts) {
					const client = network.connect(80);
					let rest = messages.join("").slice(0, cut);
					for (const one of steps) rest = rest.slice(act(network, client, one, rest));
					if (how === "close") client.close();
					else if (how === "reset") client.reset();
				}
				if (losesNetwork) network.lose();
				network.advance(120_000);
				network.restore();
				expect([server.connectionCount, server.waitingCount, network.objectCount]).toEqual([0, 0, 0]);
				expect([faults, network.faults]).toEqual([[], []]);
				const client = network.connect(80);
				network.advance(50);
				client.send(request("GET /"));
				network.advance(400);
				expect(client.text).toMatch(/\r\n\r\nhello$/);
			}),
			{ numRuns: 60 },
		);
	});
});
