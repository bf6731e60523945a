// How the SDK's sockets differ from platform to platform, as far as the double plays it. For the double.

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

/** The ESP32: build/devices/esp32/xsProj-esp32/sdkconfig.defaults. */
export const LWIP: SocketProfile = {
	name: "lwip",
	isLwip: true,
	sendLength: 8192,
	windowLength: 8192,
	segmentLength: 1436,
	memoryLength: Number.POSITIVE_INFINITY,
	controlBlocks: 8,
	closeAborts: false,
	hasOwnTask: true,
	needsNetwork: true,
	ticksWrap: true,
};

/** The ESP8266, on the lwIP of the ESP8266 core for Arduino 2.3.0 (host-sim/profiles.ts). */
export const ESP8266: SocketProfile = {
	name: "esp8266",
	isLwip: true,
	sendLength: 2 * 1460,
	windowLength: 4 * 1460,
	segmentLength: 1460,
	memoryLength: Number.POSITIVE_INFINITY,
	controlBlocks: 5,
	closeAborts: true,
	hasOwnTask: false,
	needsNetwork: false,
	ticksWrap: true,
};

/** The SDK's simulator for Linux, over the kernel's sockets with the buffers it usually gives them. */
export const LIN: SocketProfile = {
	name: "lin",
	isLwip: false,
	sendLength: 87_040,
	windowLength: 65_536,
	segmentLength: 32_768,
	memoryLength: Number.POSITIVE_INFINITY,
	controlBlocks: Number.POSITIVE_INFINITY,
	closeAborts: false,
	hasOwnTask: true,
	needsNetwork: false,
	ticksWrap: false,
};

/** The Pico W: build/devices/pico/config/lwipopts_examples_common.h (MEM_LIBC_MALLOC is 0 there: threaded background). */
export const PICO_W: SocketProfile = {
	name: "pico-w",
	isLwip: true,
	sendLength: 8 * 1460,
	windowLength: 8 * 1460,
	segmentLength: 1460,
	memoryLength: 4000,
	controlBlocks: 5,
	closeAborts: true,
	hasOwnTask: true,
	needsNetwork: false,
	ticksWrap: true,
};

/** Those that the contract of the sockets is tried on. */
export const SOCKET_PROFILES: readonly SocketProfile[] = [LWIP, ESP8266, LIN];
