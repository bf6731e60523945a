// How the SDK's sockets differ from platform to platform, as far as the double plays it. The boards' figures are those of
// host-sim/profiles.ts. For the double.

import type { Profile } from "../profiles.js";
import * as BOARDS from "../profiles.js";

/** A platform's sockets. Lengths are in octets. */
export interface SocketProfile {
	readonly name: string;
	/** Which implementation: modules/io/socket/lwip or modules/io/socket/lin. */
	readonly isLwip: boolean;
	/** What lwIP (TCP_SND_BUF) or the kernel keeps of what was written. */
	readonly sendLength: number;
	/** What may arrive before any of it is read (TCP_WND; the kernel's receive buffer). */
	readonly windowLength: number;
	/** The longest segment. */
	readonly segmentLength: number;
	/** What lwIP has for the segments of all connections together (MEM_SIZE), where that is less than their send buffers. */
	readonly memoryLength: number;
	/** How many connections there can be at once. */
	readonly controlBlocks: number;
	/**
	 * Whether closing also aborts: `tcp_close_safe` in modules/network/socket/lwip/modLwipSafe.h, on every lwIP platform but
	 * the ESP32.
	 */
	readonly closeAborts: boolean;
	/**
	 * Whether the stack is a task of its own, which goes on while the program is busy (the ESP32), or runs between the
	 * program's turns.
	 */
	readonly hasOwnTask: boolean;
	/** Whether opening a port needs a network: CHECK_NETWORK_SAFE in modules/io/common/builtinCommon.h, ESP32 only. */
	readonly needsNetwork: boolean;
	/** Whether `Time.ticks` is a 32-bit integer: modules/base/time/esp/modTime.c; a double in modules/base/time/lin/modTime.c. */
	readonly ticksWrap: boolean;
}

/** What lwIP has in common on the boards. */
const LWIP_BOARD = { isLwip: true, closeAborts: true, hasOwnTask: true, needsNetwork: false, ticksWrap: true };

/** The figures of a board that matter to its sockets. */
function figuresOf({ name, sendLength, windowLength, segmentLength, memoryLength, controlBlocks }: Profile) {
	return { name, sendLength, windowLength, segmentLength, memoryLength, controlBlocks };
}

/** A chip of the ESP32 family. */
export function esp32Sockets(board: Profile): SocketProfile {
	return { ...figuresOf(board), ...LWIP_BOARD, closeAborts: false, needsNetwork: true };
}

/** lwIP as most boards have it: on the ESP32. */
export const LWIP: SocketProfile = { ...esp32Sockets(BOARDS.ESP32), name: "lwip" };

/** The ESP8266, on the lwIP of the ESP8266 core for Arduino 2.3.0. */
export const ESP8266: SocketProfile = { ...figuresOf(BOARDS.ESP8266), ...LWIP_BOARD, hasOwnTask: false };

/** The Pico W. */
export const PICO_W: SocketProfile = { ...figuresOf(BOARDS.PICO_W), ...LWIP_BOARD };

/** The SDK's simulator for Linux, over the kernel's sockets with the buffers it usually gives them. */
export const LIN: SocketProfile = {
	...figuresOf(BOARDS.LIN),
	sendLength: 87_040,
	windowLength: 65_536,
	isLwip: false,
	closeAborts: false,
	hasOwnTask: true,
	needsNetwork: false,
	ticksWrap: false,
};

/** Those that the contract of the sockets is tried on. */
export const SOCKET_PROFILES: readonly SocketProfile[] = [LWIP, ESP8266, LIN];
