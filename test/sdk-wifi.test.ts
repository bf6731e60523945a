// Wi-Fi that goes and comes back, under a server on an ESP32: the double of its sockets, and a stand-in for the SDK's WiFi.

import { beforeEach, describe, expect, test } from "vitest";
import { LWIP } from "../host-sim/sdk/profiles.js";
import { keepConnected, type WifiAccess, type WifiInterface } from "../platform/moddable/reconnect.js";
import type { Sockets } from "../platform/moddable/sockets.js";
import { readResponse } from "./support/reader.js";
import { type Board, serveOn } from "./support/sdk.js";

const ACCESS: WifiAccess = { SSID: "net", password: "secret", secure: true };

/** The access point and the station, as modules/io/wifi/esp32/wifi-esp32.c has them. */
class Air {
	readonly #board: () => Board;
	/** What an attempt comes to: an address, "" when it is refused, or nothing at all. */
	outcome: "address" | "refused" | "nothing" = "address";
	connection = 500;
	readonly attempts: WifiAccess[] = [];
	disconnectCount = 0;
	/** Whether the driver refuses to connect at all. */
	isBroken = false;
	#tell: () => void = () => {};

	constructor(board: () => Board) {
		this.#board = board;
	}

	get WiFi(): new (options: {
		onChanged(this: WifiInterface): void;
	}) => WifiInterface {
		const air = this;
		return class implements WifiInterface {
			constructor({ onChanged }: { onChanged(this: WifiInterface): void }) {
				air.#tell = () => onChanged.call(this);
			}

			get connection(): number {
				return air.connection;
			}

			connect(access: WifiAccess): void {
				if (air.connection === 300) throw new Error("already connecting");
				if (air.isBroken) throw new Error("connect failed");
				air.attempts.push(access);
				air.connection = 300;
				const { outcome } = air;
				if (outcome !== "nothing") air.#later(() => (outcome === "address" ? air.gained() : air.#changed(200)));
			}

			disconnect(): void {
				air.disconnectCount += 1;
				air.connection = 200;
				// The driver tells of it, later, whatever has been asked of it meanwhile.
				air.#later(() => air.#changed(200));
			}
		};
	}

	#later(call: () => void): void {
		this.#board().network.Timer.set(call, 500);
	}

	#changed(connection: number): void {
		const isNew = this.connection !== connection;
		this.connection = connection;
		if (isNew) this.#tell();
	}

	lost(): void {
		this.#board().network.lose();
		this.#changed(200);
	}

	gained(): void {
		this.#board().network.restore();
		this.#changed(400);
		this.#changed(500);
	}
}

describe("Wi-Fi that was lost", () => {
	let board: Board;
	let air: Air;

	function begin(isUp: boolean): void {
		board = serveOn(
			LWIP,
			{ limits: { connections: 2 }, routes: { "GET /": (_request, response) => response.text("hello") } },
			{ isUp },
		);
		air = new Air(() => board);
		air.connection = isUp ? 500 : 200;
		keepConnected(air.WiFi, board.network.Timer as Sockets["Timer"], ACCESS, board.server);
	}

	function answer(): string | undefined {
		const client = board.network.connect(80);
		client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		board.network.advance(2000);
		return readResponse(client.text, 0, false, false)?.content;
	}

	beforeEach(() => begin(true));

	test("is left alone while it is there", () => {
		expect(answer()).toBe("hello");
		board.network.advance(600_000);
		expect(air.attempts).toEqual([]);
		expect(air.disconnectCount).toBe(0);
	});

	test("is connected again, old connections end by their deadlines, and new clients are served", () => {
		const old = [board.network.connect(80), board.network.connect(80)];
		board.network.advance(1000);
		for (const client of old) client.send("GET / HTTP/1.1\r\n");
		board.network.advance(100);
		expect(board.server.connectionCount).toBe(2);
		air.lost();
		board.network.advance(6000);
		expect(air.attempts).toEqual([ACCESS]);
		expect(air.connection).toBe(500);
		board.network.advance(60_000);
		expect(board.server.connectionCount).toBe(0);
		expect(answer()).toBe("hello");
		expect(air.attempts.length).toBe(1);
	});

	test("is tried again as long as the access point refuses", () => {
		air.outcome = "refused";
		air.lost();
		board.network.advance(61_000);
		expect(air.attempts.length).toBe(12);
		air.outcome = "address";
		board.network.advance(6000);
		expect(answer()).toBe("hello");
	});

	test("is tried again when an attempt comes to nothing", () => {
		air.outcome = "nothing";
		air.lost();
		board.network.advance(31_000);
		expect(air.attempts.length).toBe(2);
		expect(air.disconnectCount).toBe(1);
		air.outcome = "address";
		board.network.advance(31_000);
		expect(answer()).toBe("hello");
	});

	test("is tried again when the driver refuses, and nothing escapes the timer", () => {
		air.isBroken = true;
		air.lost();
		board.network.advance(60_000);
		air.isBroken = false;
		board.network.advance(6000);
		expect(air.attempts.length).toBe(1);
		expect(answer()).toBe("hello");
	});

	test("which was never there: the port is opened once there is an address", () => {
		begin(false);
		board.network.advance(100);
		expect(board.server.port).toBe(0);
		board.network.advance(6000);
		expect(board.server.port).toBe(80);
		expect(answer()).toBe("hello");
	});
});
