// What is said about a server before its first client: where it is, which board it is held to, what memory it costs, and
// what would not fit that board. For the simulator.

import type { Limits } from "../src/limits.js";
import type { MemoryCost } from "../src/server/memory.js";
import { formatCount } from "./log.js";
import type { Profile } from "./profiles.js";

/** The lines of the table of memory. `cost`: what the server with these limits costs. */
export function memoryTable(limits: Limits, cost: MemoryCost, profile: Profile | null): readonly string[] {
	const tables = cost.connectionLength - limits.receiveLength - limits.sendLength;
	const each = `receive ${limits.receiveLength}, send ${limits.sendLength}, head ${tables}`;
	const rows: [string, number, string][] = [
		["connections", limits.connections * cost.connectionLength, `${limits.connections} × (${each})`],
		["shared", cost.sharedLength, "one path"],
		["all", cost.totalLength, engineShare(cost, profile)],
	];
	const width = Math.max(...rows.map(([, length]) => formatCount(length).length));
	return rows.map(([name, length, remark]) =>
		`  ${name.padEnd(12)} ${formatCount(length).padStart(width)} octets  ${remark}`.trimEnd(),
	);
}

function engineShare({ totalLength }: MemoryCost, profile: Profile | null): string {
	if (profile === null || profile.engineLength === 0) return "";
	const percent = Math.round((100 * totalLength) / profile.engineLength);
	return `${percent} % of the ${formatCount(profile.engineLength)} that the engine has there`;
}

/** One line on what the profile imposes. */
export function profileText(profile: Profile | null, limits: Limits): string {
	if (profile === null) return "host: this machine as it is (--profile esp32 imposes a board's limits)";
	const { name, title, sendLength, windowLength, controlBlocks } = profile;
	const buffers = `send ${formatCount(sendLength)}, window ${formatCount(windowLength)}`;
	if (!Number.isFinite(controlBlocks)) return `${name}: ${title}; ${buffers}`;
	const spare = Math.max(0, controlBlocks - limits.connections);
	const stack = formatCount((sendLength + windowLength) * controlBlocks);
	const besides = `its network stack takes up to ${stack} octets besides, from the system's heap`;
	return `${name}: ${title}; ${buffers}, ${controlBlocks} control blocks (${spare} to spare); ${besides}`;
}

/** What would go wrong on the board. `cost`: as `memoryTable` has it. */
export function boardWarnings(limits: Limits, cost: MemoryCost, profile: Profile | null): readonly string[] {
	if (profile === null) return [];
	const warnings: string[] = [];
	const { name, controlBlocks, engineLength } = profile;
	if (limits.connections > controlBlocks) {
		warnings.push(
			`limits.connections is ${limits.connections}, but ${name} has ${controlBlocks} TCP control blocks for everything: ` +
				`the slots past them are never used. Set connections to ${Math.max(1, controlBlocks - 2)} or less, so that some ` +
				"are left for clients that wait and for connections that close",
		);
	} else if (limits.connections === controlBlocks) {
		warnings.push(
			`limits.connections takes all ${controlBlocks} TCP control blocks of ${name}: a client past them is not even told to ` +
				"wait. Set connections lower",
		);
	}
	const { totalLength } = cost;
	if (engineLength > 0 && totalLength > engineLength) {
		warnings.push(
			`the buffers take ${formatCount(totalLength)} octets, but ${name} has ${formatCount(engineLength)} in all: ` +
				"set fewer connections or smaller buffers",
		);
	}
	return warnings;
}
