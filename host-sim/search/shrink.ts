// Makes a plan that fails smaller, as long as it goes on to fail in the same way: fewer clients, fewer messages, fewer
// faults, plainer segments, the default limits. For the command line.

import { completeLimits } from "../../src/limits.js";
import type { Failure } from "./invariants.js";
import { type ClientPlan, type Plan, streamOf } from "./plan.js";

/** How many plans are tried at most. */
const TRIES_MAX = 2000;

/** All plans that are one step smaller, the boldest first. */
function* smaller(plan: Plan): Iterable<Plan> {
	const { clients, faults } = plan;
	for (let index = clients.length - 1; index >= 0 && clients.length > 1; index -= 1) {
		yield { ...plan, clients: without(clients, index) };
	}
	if (faults.length > 0) yield { ...plan, faults: [] };
	for (const index of faults.keys()) yield { ...plan, faults: without(faults, index) };
	for (const [index, client] of clients.entries()) {
		for (const one of smallerClient(client)) yield { ...plan, clients: replaced(clients, index, one) };
	}
	if (Object.keys(plan.limits).length > 0) yield { ...plan, limits: {} };
	for (const name of Object.keys(plan.limits)) {
		const { [name as keyof Plan["limits"]]: _dropped, ...limits } = plan.limits;
		yield { ...plan, limits };
	}
	// Those that go together go together.
	const { receiveLength: _receive, headLengthMax: _head, targetLengthMax: _target, ...others } = plan.limits;
	if (Object.keys(others).length < Object.keys(plan.limits).length) yield { ...plan, limits: others };
	const { weather, ...calm } = plan;
	if (weather !== undefined) yield calm;
	if (plan.ticks !== 0) yield { ...plan, ticks: 0 };
	if (plan.latencyMs !== 1) yield { ...plan, latencyMs: 1 };
	if (plan.spareConnections !== 2) yield { ...plan, spareConnections: 2 };
	if (plan.keeps !== "none") yield { ...plan, keeps: "none" };
}

function* smallerClient(client: ClientPlan): Iterable<ClientPlan> {
	const { messages, sends, faults } = client;
	for (let index = messages.length - 1; index >= 0 && messages.length > 1; index -= 1) {
		// The segments of the messages before keep their places.
		yield { ...client, messages: without(messages, index) };
		yield { ...client, messages: without(messages, index), sends: [] };
	}
	if (sends.length > 0) yield { ...client, sends: [] };
	if (sends.length > 1) {
		const half = sends.length >> 1;
		yield { ...client, sends: sends.slice(0, half) };
		yield { ...client, sends: [merged(sends.slice(0, half)), ...sends.slice(half)] };
		for (let index = 0; index + 1 < sends.length && sends.length < 40; index += 1) {
			const pair = merged(sends.slice(index, index + 2));
			yield { ...client, sends: [...sends.slice(0, index), pair, ...sends.slice(index + 2)] };
		}
	}
	if (sends.some(({ delayMs }) => delayMs > 0)) {
		yield { ...client, sends: sends.map(({ length }) => ({ delayMs: 0, length })) };
	}
	for (const index of faults.keys()) yield { ...client, faults: without(faults, index) };
	if (client.atMs > 0) yield { ...client, atMs: 0 };
	for (const [index, message] of messages.entries()) {
		for (const one of smallerMessage(message)) yield { ...client, messages: replaced(messages, index, one), sends: [] };
	}
}

/** Without one of its field lines, or without its content. */
function* smallerMessage(message: string): Iterable<string> {
	const headEnd = message.indexOf("\r\n\r\n");
	if (headEnd < 0) return;
	const lines = message.slice(0, headEnd).split("\r\n");
	const rest = message.slice(headEnd);
	if (/^transfer-encoding: chunked$/im.test(message)) yield `${message.slice(0, headEnd)}\r\n\r\n0\r\n\r\n`;
	else if (rest.length > 4) yield `${message.slice(0, headEnd).replace(/^(content-length:).*$/im, "$1 0")}\r\n\r\n`;
	for (let index = lines.length - 1; index > 0; index -= 1) yield without(lines, index).join("\r\n") + rest;
}

function merged(sends: ClientPlan["sends"]): ClientPlan["sends"][number] {
	return {
		delayMs: sends.reduce((sum, one) => sum + one.delayMs, 0),
		length: sends.reduce((sum, one) => sum + one.length, 0),
	};
}

function replaced<T>(list: readonly T[], index: number, one: T): T[] {
	return [...list.slice(0, index), one, ...list.slice(index + 1)];
}

function without<T>(list: readonly T[], index: number): T[] {
	return [...list.slice(0, index), ...list.slice(index + 1)];
}

/** What a failure is about, without names and numbers: two plans that fail so fail in the same way. */
function kindOf({ invariant, what }: Failure): string {
	const words = what.replace(/\S*[/"]\S*/g, "").match(/\b[a-z]{2,}\b/g) ?? [];
	return `${invariant} ${words.slice(0, 6).join(" ")}`;
}

/** The smallest plan that was found that fails as `plan` does. `judge`: plays one. */
export function shrink(plan: Plan, failure: Failure, judge: (plan: Plan) => Failure | null): Plan {
	const kind = kindOf(failure);
	const fails = (one: Plan) => {
		const other = judge(one);
		return other !== null && kindOf(other) === kind;
	};
	let smallest = plan;
	let tries = 0;
	for (let hasShrunk = true; hasShrunk && tries < TRIES_MAX; ) {
		hasShrunk = false;
		for (const one of smaller(smallest)) {
			tries += 1;
			if (tries > TRIES_MAX) break;
			if (!isFitting(one) || !fails(one)) continue;
			smallest = one;
			hasShrunk = true;
			break;
		}
	}
	return smallest;
}

/** Whether a plan can be played, and says something: a client that sends nothing is none, and limits have to go together. */
function isFitting(plan: Plan): boolean {
	return plan.clients.some((client) => streamOf(client).length > 0) && areFitting(plan.limits);
}

function areFitting(limits: Plan["limits"]): boolean {
	try {
		completeLimits(limits);
		return true;
	} catch {
		return false;
	}
}
