// What a simulation can run an app on: the boards, on the double of the SDK's sockets with their figures; `lwip`, the stack
// that most of them have; and two platforms of the simulator's own: `node`, and `hostile`, which does whatever the contract
// of src/server/platform.ts permits. For the simulation.

import { PROFILES, type Profile } from "../profiles.js";
import { ESP8266, esp32Sockets, LIN, LWIP, PICO_W, type SocketProfile } from "../sdk/profiles.js";

/** A profile of the simulator in virtual time. */
export interface SimProfile {
	readonly name: string;
	readonly sockets: SocketProfile;
	/** The board that the SDK's adapter runs on; null: a platform of the simulator's own. */
	readonly board: Profile | null;
	/** Whether that platform is the hostile one. */
	readonly isHostile: boolean;
}

function board(sockets: SocketProfile, figures: Profile): SimProfile {
	return { name: sockets.name, sockets, board: figures, isHostile: false };
}

/** Node's sockets over the kernel's: room for 64 KB, and one side can be closed alone. */
const NODE: SocketProfile = { ...LIN, name: "node", sendLength: 65_536, segmentLength: 1460, ticksWrap: true };

const ALL: readonly SimProfile[] = [
	board(LWIP, PROFILES.esp32),
	board(esp32Sockets(PROFILES.esp32), PROFILES.esp32),
	board(esp32Sockets(PROFILES.esp32s2), PROFILES.esp32s2),
	board(esp32Sockets(PROFILES.esp32s3), PROFILES.esp32s3),
	board(esp32Sockets(PROFILES.esp32c3), PROFILES.esp32c3),
	board(esp32Sockets(PROFILES.esp32c6), PROFILES.esp32c6),
	board(esp32Sockets(PROFILES.esp32h2), PROFILES.esp32h2),
	board(ESP8266, PROFILES.esp8266),
	board(PICO_W, PROFILES["pico-w"]),
	board(LIN, PROFILES.lin),
	{ name: "node", sockets: NODE, board: null, isHostile: false },
	{ name: "hostile", sockets: { ...NODE, name: "hostile" }, board: null, isHostile: true },
];

/** What `simulate` takes as a profile. */
export type SimProfileName =
	| "lwip"
	| "esp32"
	| "esp32s2"
	| "esp32s3"
	| "esp32c3"
	| "esp32c6"
	| "esp32h2"
	| "esp8266"
	| "pico-w"
	| "lin"
	| "node"
	| "hostile";

export const SIM_PROFILE_NAMES = ALL.map(({ name }) => name) as readonly SimProfileName[];

/** The profile of that name. Throws RangeError when there is none. */
export function simProfile(name: string): SimProfile {
	const profile = ALL.find((one) => one.name === name);
	if (profile !== undefined) return profile;
	throw new RangeError(`there is no profile "${name}"; there are ${SIM_PROFILE_NAMES.join(", ")}`);
}
