// Brings Wi-Fi back. The SDK's set-up connects once, closes its WiFi when there is an address, and nothing connects again
// when the network was lost: modules/io/wifi/*/wifi-*.c only tell. For wifi.ts, which hands in the SDK's classes.

import type { Sockets } from "./sockets.js";

/** What the network asks for: the SDK's `ssid` and `password`. */
export interface WifiAccess {
	SSID: string;
	password?: string;
	/** For the SDK: there is a password. */
	secure?: boolean;
}

/** The SDK's WiFi (embedded:network/interface/wifi), as far as it is used here. */
export interface WifiInterface {
	/** 200: not connected; 300: connecting; 400: connected, without an address; 500: with one. */
	readonly connection: number;
	/** Throws while it connects already, and where the driver refuses. */
	connect(access: WifiAccess): void;
	disconnect(): void;
}

export type WifiClass = new (options: { onChanged(this: WifiInterface): void }) => WifiInterface;

/** What is to be opened again when there is a network. */
export interface Reopened {
	reopen(): void;
}

/** How often it is looked whether there is a network, in milliseconds. */
const LOOK_MS = 5000;
/** How many looks an attempt may take, for an address too. */
const LOOKS_MAX = 4;

const CONNECTING = 300;
const HAS_ADDRESS = 500;

/**
 * Looks after the Wi-Fi from now on. It looks by itself rather than to rely on being told: an attempt can also come to
 * nothing without a word, when no address is given, say.
 */
export function keepConnected(
	WiFi: WifiClass,
	Timer: Sockets["Timer"],
	access: WifiAccess,
	server: Reopened,
): WifiInterface {
	let looks = 0;
	const wifi: WifiInterface = new WiFi({
		onChanged() {
			// An open port has stayed open, and then this does nothing.
			if (this.connection >= HAS_ADDRESS) server.reopen();
		},
	});
	Timer.set(
		() => {
			try {
				const { connection } = wifi;
				if (connection >= HAS_ADDRESS) {
					looks = 0;
					// It may have failed while there was an address.
					server.reopen();
				} else if (connection < CONNECTING) {
					looks = 0;
					wifi.connect(access);
				} else {
					looks += 1;
					if (looks < LOOKS_MAX) return;
					// The next look connects: what tells of the end of this attempt must not end the next one.
					looks = 0;
					wifi.disconnect();
				}
			} catch {
				// The driver refuses for now. There is a next look.
			}
		},
		LOOK_MS,
		LOOK_MS,
	);
	return wifi;
}
