// What the boards are like that the simulator can stand in for: the figures of their network stack and of the memory the
// engine gives a program. For the simulator, on loopback and in virtual time; docs/simulator.md says how they are imposed on
// loopback and what stays different.
//
// Each figure names the file it was read from: a path in the Moddable SDK 8.2.3 unless another repository is named. They
// are defaults: firmware that sets its own sdkconfig or lwipopts.h has its own figures.

/** A board, as far as an HTTP server meets it. Lengths are in octets. */
export interface Profile {
	readonly name: string;
	/** What it is, in a few words. */
	readonly title: string;
	/** The send buffer of a connection (lwIP's TCP_SND_BUF): what `write` takes before the client has acknowledged any. */
	readonly sendLength: number;
	/** The receive window of a connection (lwIP's TCP_WND): what may arrive before the program has read any. */
	readonly windowLength: number;
	/** The longest segment (lwIP's TCP_MSS). */
	readonly segmentLength: number;
	/** What lwIP has for the segments of all connections together (its MEM_SIZE); Infinity: enough for their send buffers. */
	readonly memoryLength: number;
	/** How many TCP connections there can be at all (lwIP's MEMP_NUM_TCP_PCB), those that wait and those that close included. */
	readonly controlBlocks: number;
	/** The memory the SDK's targets give the engine for what programs allocate as octets; 0 when it can grow. */
	readonly engineLength: number;
	/** Whether one side of a connection can be closed alone. The SDK's sockets have no such call, on any platform. */
	readonly canEnd: boolean;
	/** Whether the SDK's sockets can be given octets that lie in flash (manifests/manifest_limits.json). */
	readonly canSendFlash: boolean;
	/** How many segments lwIP has memory for, where that is few (manifests/manifest_limits.json). */
	readonly segmentsMax: number | undefined;
}

/** The machine the simulator runs on, with nothing imposed. */
export const HOST_PROFILE = "host";

/** What boards have in common unless they say otherwise. */
const BOARD = {
	// modules/io/socket/lwip/tcp.c has close, and nothing that sends a FIN alone.
	canEnd: false,
	memoryLength: Number.POSITIVE_INFINITY,
	canSendFlash: true,
	segmentsMax: undefined,
};

export const ESP32: Profile = {
	...BOARD,
	name: "esp32",
	title: "ESP32 (Moddable SDK)",
	// build/devices/esp32/xsProj-esp32/sdkconfig.defaults: CONFIG_LWIP_TCP_SND_BUF_DEFAULT, CONFIG_LWIP_TCP_WND_DEFAULT,
	// CONFIG_LWIP_TCP_MSS, CONFIG_LWIP_MAX_ACTIVE_TCP.
	sendLength: 8192,
	windowLength: 8192,
	segmentLength: 1436,
	controlBlocks: 8,
	// build/devices/esp32/targets/esp32_thing/manifest.json and most others: "creation", "chunk"; it does not grow.
	engineLength: 78_848,
};

/** What the newer chips of the family have in common. */
function newerEsp32(name: string, title: string, engineLength: number): Profile {
	return {
		...BOARD,
		name,
		title: `${title} (Moddable SDK)`,
		// build/devices/esp32/xsProj-<name>/sdkconfig.defaults: CONFIG_LWIP_TCP_SND_BUF_DEFAULT, CONFIG_LWIP_TCP_WND_DEFAULT,
		// CONFIG_LWIP_TCP_MSS.
		sendLength: 5744,
		windowLength: 5744,
		segmentLength: 1436,
		// CONFIG_LWIP_MAX_ACTIVE_TCP is not set there; ESP-IDF's components/lwip/Kconfig has a default of 16.
		controlBlocks: 16,
		engineLength,
	};
}

export const ESP8266: Profile = {
	...BOARD,
	name: "esp8266",
	title: "ESP8266 (Moddable SDK on the ESP8266 core for Arduino 2.3.0)",
	// The core's repository (esp8266/Arduino, tag 2.3.0; documentation/devices/esp8266.md names it), tools/sdk/lwip:
	// include/lwipopts.h: TCP_SND_BUF is 2 × TCP_MSS, TCP_MSS is 1,460; src/core/init.c: TCP_WND is 4 × TCP_MSS,
	// MEMP_NUM_TCP_PCB is 5.
	sendLength: 2 * 1460,
	windowLength: 4 * 1460,
	segmentLength: 1460,
	controlBlocks: 5,
	// build/devices/esp/manifest.json: "creation", "static", for everything, the stack included.
	engineLength: 32_768,
	canSendFlash: false,
};

export const PICO_W: Profile = {
	...BOARD,
	name: "pico-w",
	title: "Raspberry Pi Pico W (Moddable SDK)",
	// build/devices/pico/config/lwipopts_examples_common.h: TCP_SND_BUF and TCP_WND are 8 × TCP_MSS, TCP_MSS is 1,460.
	sendLength: 8 * 1460,
	windowLength: 8 * 1460,
	segmentLength: 1460,
	// MEM_SIZE there (MEM_LIBC_MALLOC is 0: threaded background).
	memoryLength: 4000,
	segmentsMax: 2,
	// Not set there: the default of lwIP's src/include/lwip/opt.h.
	controlBlocks: 5,
	// build/devices/pico/manifest.json: "creation", "static", for everything, the stack included.
	engineLength: 131_072,
};

export const LIN: Profile = {
	...BOARD,
	name: "lin",
	title: "the SDK's simulator for Linux",
	// modules/io/socket/lin/tcp.c: kBufferSize, the room of a write and the buffer of received octets alike.
	sendLength: 1536,
	windowLength: 1536,
	// As the kernel cuts them on loopback.
	segmentLength: 32_768,
	// Sockets of the system: as many as it gives.
	controlBlocks: Number.POSITIVE_INFINITY,
	engineLength: 0,
};

/** The boards, by name. */
export const PROFILES = {
	esp32: ESP32,
	// build/devices/esp32/targets/lolin_s2mini/manifest.json and targets/esp32s3, esp32c6, esp32h2: "chunk".
	esp32s2: newerEsp32("esp32s2", "ESP32-S2", 78_848),
	esp32s3: newerEsp32("esp32s3", "ESP32-S3", 78_848),
	// build/devices/esp32/targets/esp32c3/manifest.json: "static", for everything, the stack included.
	esp32c3: newerEsp32("esp32c3", "ESP32-C3", 94_208),
	esp32c6: newerEsp32("esp32c6", "ESP32-C6", 78_848),
	esp32h2: newerEsp32("esp32h2", "ESP32-H2", 78_848),
	esp8266: ESP8266,
	"pico-w": PICO_W,
	lin: LIN,
} as const satisfies Readonly<Record<string, Profile>>;

/** What `--profile` takes. */
export const PROFILE_NAMES: readonly string[] = [HOST_PROFILE, ...Object.keys(PROFILES)];

/** The profile of that name; null for "host", undefined when there is none. */
export function profileNamed(name: string): Profile | null | undefined {
	if (name === HOST_PROFILE) return null;
	const profiles: Readonly<Record<string, Profile>> = PROFILES;
	return Object.hasOwn(profiles, name) ? profiles[name] : undefined;
}
