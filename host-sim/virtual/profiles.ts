// What a simulation can run an app on: the boards, on the double of the SDK's sockets. For the simulation.

import { ESP8266, LIN, LWIP, PICO_W, type SocketProfile } from "../sdk/profiles.js";

/** A profile of the simulator in virtual time. */
export interface SimProfile {
	readonly name: string;
	readonly sockets: SocketProfile;
	/** Whether the sockets can be given octets that lie in flash. */
	readonly canSendFlash: boolean;
	/** How many segments lwIP has memory for; undefined: enough. */
	readonly segmentsMax: number | undefined;
}

function board(name: string, sockets: SocketProfile, canSendFlash = true, segmentsMax?: number): SimProfile {
	return { name, sockets, canSendFlash, segmentsMax };
}

export const SIM_PROFILES: Readonly<Record<string, SimProfile>> = {
	esp32: board("esp32", LWIP),
	esp8266: board("esp8266", ESP8266, false),
	"pico-w": board("pico-w", PICO_W, true, 2),
	lin: board("lin", LIN),
};
