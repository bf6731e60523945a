// What a plan does to the world, step by step in the order of time: who connects, sends, leaves, and what goes wrong. For the
// play.

import type { ClientFault, ClientPlan, Plan, Send, WorldFault } from "./plan.js";

export const CONNECT = 0;
export const SEND = 1;
export const CLIENT_FAULT = 2;
export const WORLD_FAULT = 3;

export interface Step {
	readonly atMs: number;
	/** CONNECT, SEND, CLIENT_FAULT or WORLD_FAULT. */
	readonly kind: number;
	/** Which client it is about. */
	readonly client: number;
	/** What of the client's octets is sent. */
	readonly start: number;
	readonly end: number;
	readonly fault: ClientFault | WorldFault | null;
}

/**
 * The steps of a plan. `lengths`: how many octets each client sends. `cuts`: how they are cut, where that is not as planned. What
 * is due at the same time stays in the plan's order.
 */
export function scheduleOf(plan: Plan, lengths: readonly number[], cuts: readonly (readonly Send[])[] = []): Step[] {
	const steps: Step[] = [];
	for (const [index, client] of plan.clients.entries()) {
		addClient(steps, index, client, cuts[index] ?? client.sends, lengths[index] ?? 0);
	}
	for (const fault of plan.faults) {
		steps.push({ atMs: fault.atMs, kind: WORLD_FAULT, client: -1, start: 0, end: 0, fault });
	}
	return steps.sort((one, other) => one.atMs - other.atMs);
}

function addClient(
	steps: Step[],
	index: number,
	{ atMs, faults }: ClientPlan,
	sends: readonly Send[],
	whole: number,
): void {
	steps.push({ atMs, kind: CONNECT, client: index, start: 0, end: 0, fault: null });
	let start = 0;
	let at = atMs;
	for (const { delayMs, length } of sends) {
		at += delayMs;
		const end = Math.min(start + length, whole);
		if (end > start) steps.push({ atMs: at, kind: SEND, client: index, start, end, fault: null });
		start = end;
	}
	if (whole > start) steps.push({ atMs: at, kind: SEND, client: index, start, end: whole, fault: null });
	for (const fault of faults) {
		steps.push({ atMs: atMs + fault.atMs, kind: CLIENT_FAULT, client: index, start: 0, end: 0, fault });
	}
}
