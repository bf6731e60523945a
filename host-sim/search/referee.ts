// Looks after every event of a play and says what is wrong: what the watched platform passes, what the slots do, what handlers
// see. It holds all of it against the invariants, counts what was reached, and keeps the fingerprint of what has passed. For
// the play.

import type { Request } from "../../src/app/request.js";
import type { Limits } from "../../src/limits.js";
import type { Server } from "../../src/server/server.js";
import type { SdkClient } from "../sdk/client.js";
import type { Simulation } from "../virtual/simulation.js";
import { Sighting, type Stage } from "./behaviour.js";
import { wishOf } from "./behaviours.js";
import { type Coverage, transitionRow } from "./coverage.js";
import { Hash } from "./hash.js";
import { POISON, type SlotListener, type SlotView, slotViews } from "./inside.js";
import type { Failure } from "./invariants.js";
import * as invariants from "./invariants.js";
import type { Plan } from "./plan.js";
import { Record } from "./record.js";
import { NOTE_TIMER, type WatchedTransport, type Watcher } from "./watched.js";

/** How late a deadline may be noticed, in milliseconds: a turn of grace, and the timers' own; where timers are late, more. */
const SLACK_MS = 25;
const HOSTILE_SLACK_MS = 850;

// What the hash is told of, beside what the watched platform notes.
const HASH_READ = 101;
const HASH_WRITE = 102;
const HASH_OVER = 103;
const HASH_HANDLER = 104;

export class Referee implements Stage, Watcher, SlotListener {
	readonly hash = new Hash();
	readonly circumstances: invariants.Circumstances;
	/** The slots of the server, once there is one. */
	views: readonly SlotView[] = [];
	/** The first that was wrong. */
	failure: Failure | null = null;
	/** How many events there were. */
	eventCount = 0;
	/** How far the clock has jumped ahead, in milliseconds. */
	jumpedMs = 0;
	/** The connection behind all that were planned. */
	probe: Record | null = null;
	readonly #limits: Limits;
	readonly #records: readonly Record[];
	readonly #clients: readonly (SdkClient | null)[];
	readonly #coverage: Coverage;
	readonly #slackMs: number;
	#sim: Simulation | null = null;
	#server: Server | null = null;
	#wasFree: boolean[] = [];
	/** Until when deadlines may be late. */
	#excusedUntil = 0;
	/** When the server's timer fires that was set last. */
	#timerAt = 0;

	/** `clients`: those of the plan, null as long as one has not connected. */
	constructor(
		plan: Plan,
		limits: Limits,
		records: readonly Record[],
		clients: readonly (SdkClient | null)[],
		coverage: Coverage,
	) {
		this.#limits = limits;
		this.#records = records;
		this.#clients = clients;
		this.#coverage = coverage;
		this.#slackMs = plan.profile === "hostile" ? HOSTILE_SLACK_MS : SLACK_MS;
		this.circumstances = { isCalm: plan.isCalm, limits, keepsFields: plan.keeps !== "none" };
	}

	/** From now on it looks into the server. */
	watch(sim: Simulation): void {
		this.#sim = sim;
		this.#lookAtServer();
	}

	/** The server is another one after each boot. */
	#lookAtServer(): void {
		const server = this.#sim?.server ?? null;
		if (server === null || server === this.#server) return;
		this.#server = server;
		this.views = slotViews(server, this);
		this.#wasFree = this.views.map(() => true);
	}

	get #now(): number {
		return this.#sim === null ? 0 : this.#sim.time;
	}

	// ---- Judgement ----

	fail(invariant: number, what: string, whose: SlotView | Record | null): void {
		if (this.failure !== null || what === "") return;
		const record = whose instanceof Record ? whose : recordOf(whose?.transport ?? null);
		this.failure = { invariant, what, client: record?.index ?? -1, timeMs: this.#now };
	}

	/** What can be said of a connection when nothing more is done to it. */
	judge(record: Record, isCalm: boolean): void {
		for (const [index] of record.reader.responses.entries()) {
			const target = record.reading.requests[index]?.target ?? "";
			if (wishOf(target)?.behaviour.name === "prebuilt") this.#coverage.reach("handler: prebuilt");
		}
		this.fail(7, invariants.addressed(record), record);
		this.fail(2, invariants.output(record, this.circumstances), record);
		this.fail(4, invariants.refusedOnce(record), record);
		if (!isCalm) return;
		this.fail(8, invariants.upload(record, this.circumstances), record);
		this.fail(2, invariants.allAnswered(record, this.circumstances), record);
	}

	judgeEnds(record: Record): void {
		this.fail(2, invariants.output(record, this.circumstances), record);
		if (record.transport !== null && record.over === "") this.fail(5, "a connection without an end", record);
		for (const sighting of record.sightings) {
			const isOver = sighting.overCount === 1 || (record.isForgotten && sighting.overCount === 0);
			if (!isOver) this.fail(9, `"${sighting.tag}" was over ${sighting.overCount} times`, record);
		}
	}

	// ---- What excuses it ----

	/** Until then deadlines may be late. */
	excuse(untilMs: number): void {
		this.#excusedUntil = Math.max(this.#excusedUntil, untilMs);
	}

	/** The device was busy until now, and recovers: a timer that was due meanwhile may give another turn, which is as late as any. */
	wasBusy(recoveryMs: number): void {
		this.excuse(this.#now + Math.max(recoveryMs, this.#slackMs));
	}

	/** The clock is about to jump ahead. */
	jumped(ms: number): void {
		this.jumpedMs += ms;
		// The timer that is set runs on: until it fires, nobody notices.
		this.excuse(this.#timerAt + this.#slackMs);
	}

	/** The program is gone, and nobody remembers its connections. */
	forget(): void {
		for (const record of this.#records) {
			if (record.transport === null || record.over !== "") continue;
			record.isForgotten = true;
			record.over = "failed";
			record.reader.end(true);
		}
		this.views = [];
	}

	// ---- Watcher ----

	accepting(transport: WatchedTransport): void {
		this.#lookAtServer();
		for (const [index, view] of this.views.entries()) {
			if (this.#wasFree[index] === true && !view.isUntouched()) this.fail(6, "a free slot was written to", null);
		}
		const client = this.#sim?.clientOf(transport);
		const index = client === undefined ? -1 : this.#clients.indexOf(client);
		const record = index < 0 ? this.probe : this.#records[index];
		if (record === undefined || record === null) return;
		if (record.transport !== null) this.fail(5, "a client was accepted twice", record);
		record.transport = transport;
		transport.record = record;
		record.moved = this.#now;
	}

	read(transport: WatchedTransport, octets: Uint8Array, start: number, count: number): void {
		this.note(HASH_READ, transport.number);
		this.hash.octets(octets, start, start + count);
		const record = transport.record as Record | null;
		if (record === null) return;
		record.readLength += count;
		record.moved = this.#now;
	}

	wrote(transport: WatchedTransport, octets: Uint8Array, start: number, count: number): void {
		this.note(HASH_WRITE, transport.number);
		const isPoisoned = this.hash.octets(octets, start, start + count, POISON);
		const record = transport.record as Record | null;
		if (record === null) return;
		record.moved = this.#now;
		const { reader } = record;
		if (reader.owed === 0 && !reader.isInResponse) reader.asked(record.nextMethod());
		reader.read(octets, start, start + count);
		if (isPoisoned) this.fail(6, "what stood in a free slot was sent", record);
	}

	over(transport: WatchedTransport, how: "close" | "abort" | "failed"): void {
		this.note(HASH_OVER, how.length);
		const record = transport.record as Record | null;
		if (record === null) return;
		record.over = how;
		record.reader.end(how !== "close");
		if (!record.wasServed && record.reader.responses[0]?.status === 503) {
			this.#coverage.reach("limit: waitTimeoutMs or waitingMax: turned away with 503");
		}
	}

	note(what: number, value: number): void {
		this.hash.number(what);
		this.hash.number(value);
		const time = this.#now;
		this.hash.number(time);
		if (what === NOTE_TIMER) this.#timerAt = time + value;
	}

	broken(what: string): void {
		this.fail(5, what, null);
	}

	happened(isInside = false): void {
		const sim = this.#sim;
		if (sim === null) return;
		this.#lookAtServer();
		const { time, server } = sim;
		this.eventCount += 1;
		const now = server.now();
		for (let index = 0; index < this.views.length; index += 1) {
			const view = this.views[index] as SlotView;
			const disorder = invariants.order(view);
			if (disorder !== "") this.fail(6, disorder, view);
			if (view.isFree) {
				if (this.#wasFree[index] === false) view.poison();
				this.#wasFree[index] = true;
				continue;
			}
			this.#wasFree[index] = false;
			view.use();
			const record = recordOf(view.transport);
			if (record === null) continue;
			this.#look(view, record);
			if (time <= this.#excusedUntil) continue;
			const late = invariants.deadline(view, record, now, time, this.#slackMs, this.#limits);
			if (late !== "") this.fail(7, late, record);
		}
		if (!isInside && server.waitingCount > 0 && server.connectionCount < this.views.length) {
			this.fail(9, "somebody waits in line while a slot is free", null);
		}
	}

	#look(view: SlotView, record: Record): void {
		record.wasServed = true;
		record.requestCount = view.requestCount;
		this.#noteViolation(view, record);
		const surplus = invariants.requestCount(record);
		if (surplus !== "") this.fail(3, surplus, record);
		const again = invariants.refusedOnce(record);
		if (again !== "") this.fail(4, again, record);
	}

	#noteViolation(view: SlotView, record: Record): void {
		if (record.violation !== "" || view.violation === "") return;
		record.violation = view.violation;
		record.requestsBefore = view.requestCount;
		// Without an error response there is none to come.
		if (!record.wasRefused) record.responsesBefore = view.requestCount - 1;
		this.#coverage.reach(`rule: ${view.violation}`);
	}

	// ---- SlotListener ----

	moved(view: SlotView, phase: string, cause: string): void {
		this.#coverage.reach(transitionRow(phase, cause));
		// What is not even answered has no response to be known by.
		if (cause === "ended" && phase !== "linger" && view.violation !== "") {
			this.#coverage.reach(`rule: ${view.violation}`);
		}
		const record = recordOf(view.transport);
		if (record === null) return;
		if (cause !== "accepted") record.requestCount = view.requestCount;
		if (cause === "refused") {
			if (record.wasRefused) this.fail(4, "a second error response", record);
			record.wasRefused = true;
			record.refusedLength = record.readLength;
			this.#noteViolation(view, record);
			record.responsesBefore = record.reader.responses.length;
		}
		if (phase === "flush" && cause === "last" && record.requestCount === this.#limits.requestsMax) {
			this.#coverage.reach("limit: requestsMax: the last request allowed");
		}
		if (phase === "flush" && cause === "last" && view.hasContentLeft) {
			this.#coverage.reach("limit: discardLengthMax: content left unread");
		}
		if (cause === "ended" || cause === "aborted") this.#noteViolation(view, record);
		const isFirstHead = phase === "first" && cause === "begun";
		if (isFirstHead) return;
		record.since = this.#now;
		record.jumpedBefore = this.jumpedMs;
	}

	expired(view: SlotView, wait: string): void {
		this.#coverage.reach(`timeout: ${wait}`);
		const record = recordOf(view.transport);
		if (record === null) return;
		record.expired.push(wait);
		this.fail(7, invariants.notEarly(record, wait, this.#now + this.jumpedMs, this.#limits), record);
	}

	evicted(view: SlotView, phase: string): void {
		this.#coverage.reach(`limit: tenureMs: evicted from ${phase}`);
		const record = recordOf(view.transport);
		if (record !== null) record.wasEvicted = true;
	}

	cutOff(): void {
		this.#coverage.reach("limit: shutdownTimeoutMs: cut off");
	}

	// ---- Stage ----

	seen(request: Request): Sighting {
		const view = this.views.find((one) => {
			const record = recordOf(one.transport);
			return record !== null && one.isInExchange && one.requestCount > record.sightings.length && isNew(one, record);
		});
		const record = recordOf(view?.transport ?? null);
		const tag = request.parameter("tag");
		if (view === undefined || record === null) {
			this.fail(3, `"${tag}" is a request of nobody`, null);
			return new Sighting(tag, null, -1);
		}
		record.requestCount = view.requestCount;
		record.wasServed = true;
		const index = view.requestCount - 1;
		const sighting = new Sighting(tag, record, index);
		record.sightings.push(sighting);
		this.#note(index, tag);
		const { method, target, version } = request;
		this.fail(4, invariants.refusedOnce(record), record);
		this.fail(3, invariants.request(record, index, method, target, version), record);
		this.fail(3, invariants.fields(record, index, keptFields(request)), record);
		this.#coverage.reach(`handler: ${wishOf(target)?.behaviour.name ?? "other"}`);
		return sighting;
	}

	#note(what: number, text: string): void {
		this.note(HASH_HANDLER, what);
		for (let index = 0; index < text.length; index += 1) this.hash.number(text.charCodeAt(index));
	}

	content(sighting: Sighting, buffer: Uint8Array, count: number): void {
		this.note(HASH_HANDLER, count);
		const record = sighting.owner as Record | null;
		if (record === null) return;
		this.fail(3, invariants.content(record, sighting, buffer, count), record);
		sighting.add(buffer, count);
	}

	complete(sighting: Sighting): void {
		const record = sighting.owner as Record | null;
		sighting.isComplete = true;
		if (record === null) return;
		const isReader = wishOf(record.reading.requests[sighting.index]?.target ?? "")?.behaviour.name !== "early";
		this.fail(3, invariants.wholeContent(record, sighting, isReader), record);
	}

	ended(sighting: Sighting | undefined, isFailed: boolean): void {
		this.#note(isFailed ? 1 : 0, sighting?.tag ?? "");
		if (sighting !== undefined) sighting.overCount += 1;
	}

	later(delayMs: number, task: () => void): void {
		// As a timer of the program: while the device is busy, nothing of it runs.
		this.#sim?.network.Timer.set(() => {
			task();
			this.happened();
		}, delayMs);
	}

	wrong(what: string): void {
		this.fail(7, what, null);
	}

	late(): void {
		this.#coverage.reach("handler: answered too late");
	}
}

function isNew(view: SlotView, record: Record): boolean {
	const last = record.sightings[record.sightings.length - 1];
	return last === undefined || last.index < view.requestCount - 1;
}

/** Whose connection a transport is. */
export function recordOf(transport: unknown): Record | null {
	return transport === null ? null : ((transport as WatchedTransport).record as Record | null);
}

function keptFields(request: Request): [string, string][] {
	const fields: [string, string][] = [];
	for (let index = 0; index < request.fieldCount; index += 1) {
		fields.push([request.fieldName(index).toLowerCase(), request.fieldValue(index)]);
	}
	return fields;
}
