// What has to hold, whatever happens: nine invariants, each a function that says what is wrong, or "". The play calls them:
// 4 to 7 after every event, 2 and 3 as octets pass and when a connection is over, 1, 8 and 9 at the end of a plan.

import type { Limits } from "../../src/limits.js";
import type { JudgedResponse } from "../virtual/response-reader.js";
import { failed, type Outcome, type Sighting } from "./behaviour.js";
import { wishOf } from "./behaviours.js";
import type { SlotView } from "./inside.js";
import type { OracleRequest } from "./oracle.js";
import { PERHAPS } from "./oracle-ends.js";
import { SILENCE } from "./oracle-head.js";
import type { Record } from "./record.js";

/** An invariant that did not hold. 0: something was thrown where nothing may throw. */
export interface Failure {
	readonly invariant: number;
	readonly what: string;
	/** Which client, from 0; −1: none in particular. */
	readonly client: number;
	readonly timeMs: number;
}

/** What a judgement depends on beside the connection. */
export interface Circumstances {
	readonly isCalm: boolean;
	readonly limits: Limits;
	readonly keepsFields: boolean;
}

/** What a request gets that no route is for (RFC 9110 §9.3.6, §9.3.7, §15.5.5). */
function unrouted({ method, target }: OracleRequest): Outcome {
	if (method === "CONNECT") return { status: 501, content: null };
	return { status: target === "*" ? 204 : 404, content: null };
}

/** The most trailers that are drawn. */
const TRAILERS_MAX = 4;
/** What stands in a receive buffer beside what is kept, at most: a line that is being read, room for content. */
const KEPT_BESIDE = 128;

/** 1. Any two segmentations of the same octets give the same events and the same output. */
export function segmentation(one: readonly string[], other: readonly string[]): string {
	for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
		if (one[index] !== other[index]) return `cut otherwise: ${other[index]}\nbut as planned: ${one[index]}`;
	}
	return "";
}

/** What of a connection has to be the same however its octets are cut. */
export function digest(record: Record): string[] {
	const lines = record.sightings.map((one) => {
		const target = record.reading.requests[one.index]?.target ?? "";
		// A handler that answers early has read as much as was there; what one that pauses has, when a rule is broken.
		const name = wishOf(target)?.behaviour.name;
		const seen =
			name === "early" || (name === "pause" && !one.isComplete) ? "" : `${one.length} octets ${one.isComplete}`;
		return `handler ${one.index} "${one.tag}" ${seen}`;
	});
	for (const response of record.reader.responses) {
		const fields = response.fields.filter(([name]) => name !== "Date").map((field) => field.join(":"));
		lines.push(`${response.status} ${response.interims.length} ${fields.join()} ${response.octetText}`);
	}
	return lines;
}

/** 2. The output parses; each final response answers its request, in order; nothing comes after the close. */
export function output(record: Record, circumstances: Circumstances): string {
	const { reader, reading } = record;
	const [violation] = reader.violations;
	if (violation !== undefined) return `the output breaks a rule at octet ${violation.offset}: ${violation.text}`;
	if (reader.responses.length > record.requestCount + 1) return "more responses than requests";
	for (const [index, response] of reader.responses.entries()) {
		const request = reading.requests[index];
		const wrong =
			request === undefined
				? refusal(record, response, circumstances)
				: answer(record, request, index, response, circumstances);
		if (wrong !== "") return `response ${index + 1} (${response.status}): ${wrong}`;
	}
	return "";
}

/** What is wrong with a response that no request has, or "". */
function refusal(record: Record, response: JudgedResponse, { limits, keepsFields }: Circumstances): string {
	const { reading } = record;
	const { status } = response;
	if (status < 400) return "nobody asked for it";
	if (reading.end === "closed") return "a response behind the last";
	if (status === 408) return timedOut(record);
	if (status === 503) return record.wasServed ? "nobody was turned away" : "";
	if (reading.statuses.includes(status)) return "";
	if (status === 431 && mayNotBeKept(record, limits, keepsFields)) return "";
	return `refused by no rule; there were ${reading.statuses.join()}`;
}

/** Whether what comes behind the last request may be too much to keep, as far as its head goes. */
function mayNotBeKept({ reading, stream }: Record, limits: Limits, keepsFields: boolean): boolean {
	const start = reading.requests[reading.requests.length - 1]?.end ?? 0;
	const [head = ""] = stream
		.slice(start)
		.replace(/^(?:\r\n)+/, "")
		.split("\r\n\r\n");
	const [line = "", ...fieldLines] = head.split("\r\n");
	if (!keepsFields) return line.length + KEPT_BESIDE > limits.receiveLength;
	return fieldLines.length > limits.fieldsKeptMax || head.length + KEPT_BESIDE > limits.receiveLength;
}

function timedOut(record: Record): string {
	const isTrue = record.wasEvicted || record.expired.includes("head") || record.expired.includes("content");
	return isTrue ? "" : "408, and no time has run out";
}

/** How a request ends when nothing disturbs it. */
export function outcomeOf(request: OracleRequest): Outcome {
	const wish = request.method === "CONNECT" ? null : wishOf(request.target);
	if (wish === null) return unrouted(request);
	const outcome = wish.behaviour.outcome(wish.tag, wish.parameters, request.content);
	const isUpgrade = request.isComplete && request.content === "" && request.minorVersion > 0 && !request.isChunked;
	// To HEAD, what a handler begins is complete with its head, whatever it does afterwards.
	if (outcome.status === 0 && request.method === "HEAD") return { status: 200, content: "" };
	// It asks for an upgrade that no request with content gets, and none of HTTP/1.0.
	return outcome.isDetached === true && !isUpgrade ? failed : outcome;
}

/** How much of a head may be kept, at most: as if every field were. */
function keptLength(request: OracleRequest): number {
	return request.fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

/** Whether what is kept of a request may be too much for its buffer or its table. */
export function mayNotFit(request: OracleRequest, { limits, keepsFields }: Circumstances): boolean {
	if (request.method.length + request.target.length + KEPT_BESIDE > limits.receiveLength) return true;
	if (!keepsFields) return false;
	// Trailers are kept as well.
	const trailers = request.isChunked ? request.end - request.headEnd : 0;
	const length = request.method.length + request.target.length + keptLength(request) + trailers;
	const count = request.fields.length + (request.isChunked ? TRAILERS_MAX : 0);
	return count > limits.fieldsKeptMax || length + KEPT_BESIDE > limits.receiveLength;
}

function answer(
	record: Record,
	request: OracleRequest,
	index: number,
	response: JudgedResponse,
	circumstances: Circumstances,
): string {
	const { status } = response;
	const outcome = outcomeOf(request);
	const isLast = index === record.reading.requests.length - 1;
	if (status === outcome.status) return contentOf(record, request, outcome, response);
	if (isLast && record.reading.end === "refused" && record.reading.isInContent) {
		if (record.reading.statuses.includes(status)) return "";
	}
	if (status === 408) return timedOut(record);
	if (status === 431 && mayNotFit(request, circumstances)) return "";
	if (status === 503) {
		if (!record.wasServed) return "";
		return record.expired.includes("handler") ? "" : "503, and the handler was not late";
	}
	// A handler that breaks its promise does so after its head.
	if (outcome.status === 0 && [200, 500].includes(status))
		return response.isComplete && status === 200 ? "cut off" : "";
	return `${request.method} ${request.target} asked for ${outcome.status}`;
}

function contentOf(record: Record, request: OracleRequest, outcome: Outcome, response: JudgedResponse): string {
	if (outcome.content === null) return "";
	const isBare = request.method === "HEAD" || [204, 205, 304].includes(response.status);
	const expected = isBare ? "" : outcome.content;
	const content = response.octetText;
	if (response.isComplete ? content === expected : expected.startsWith(content)) return "";
	// A request that is cut short has the content that came.
	if (!request.isComplete && outcome.readsContent === true) return "an answer before the content was complete";
	return `the content is ${show(content)} and should be ${show(expected)} (connection ${record.index})`;
}

export function show(text: string): string {
	const shown = text.length > 80 ? `${text.slice(0, 80)}… (${text.length})` : text;
	return JSON.stringify(shown);
}

/** Whether a connection may end with this response, where nobody waits for it and nothing disturbs. */
function mayBeLast(
	request: OracleRequest,
	outcome: Outcome,
	response: JudgedResponse,
	{ limits }: Circumstances,
): boolean {
	if (!request.persists || outcome.isLast === true || response.status !== outcome.status) return true;
	if (outcome.hasNoLength === true && request.minorVersion === 0) return true;
	if (!request.isComplete || request.content.length > limits.discardLengthMax) return true;
	// Of what nobody reads, and nobody knows how long it is or whether it comes.
	return outcome.readsContent !== true && (request.isChunked || request.expectsContinue);
}

/** 2, where nothing disturbs: every request has its response, and every broken rule its refusal. */
export function allAnswered(record: Record, circumstances: Circumstances): string {
	const { reading, reader, expired } = record;
	// Where octets come one by one, even the default limits may be too short.
	if (expired.includes("head") || expired.includes("content")) return "";
	for (const [index, request] of reading.requests.entries()) {
		const response = reader.responses[index];
		const outcome = outcomeOf(request);
		const isLast = index === reading.requests.length - 1;
		const isBroken = isLast && (reading.end === "refused" || !request.isComplete);
		// It ends with its connection, which may still linger.
		if (response?.framing === "close") return "";
		if (response === undefined || !response.isComplete) {
			// Its handler broke what it had begun, or its client never sent all of it.
			if (outcome.status === 0 || isBroken) return "";
			return `request ${index + 1}, ${request.method} ${request.target}, has no whole response`;
		}
		if (response.status === 101) return "";
		if (response.field("Connection")?.includes("close")) {
			return mayBeLast(request, outcome, response, circumstances)
				? ""
				: `response ${index + 1} to ${request.method} ${request.target} is the last for no reason`;
		}
		// What its handler left unread was too much to drop.
		if (request.content.length > circumstances.limits.discardLengthMax) return "";
		if (mayNotFit(request, circumstances) && (response.status === 431 || request.isChunked)) return "";
	}
	if (reading.end !== "refused" || reading.isInContent) return "";
	const isPerhaps = reading.statuses.includes(SILENCE) || reading.statuses.includes(PERHAPS);
	if (isPerhaps || reader.responses.length > reading.requests.length) return "";
	return `a rule was broken (${reading.statuses.join()}) and nobody said so`;
}

/** 3. What a handler is given is a request that was sent, as a slow reader of the whole stream reads it. */
export function request(record: Record, index: number, method: string, target: string, version: string): string {
	const sent = record.reading.requests[index];
	if (sent === undefined) return `${method} ${show(target)} is no request of the stream`;
	if (sent.method !== method || sent.target !== target) {
		return `${method} ${show(target)} was ${sent.method} ${show(sent.target)} when it was sent`;
	}
	return version === `1.${sent.minorVersion}` ? "" : `HTTP/${version} was 1.${sent.minorVersion}`;
}

/** 3. Field lines that are kept are those that were sent. */
export function fields(record: Record, index: number, kept: readonly (readonly [string, string])[]): string {
	const sent = (record.reading.requests[index]?.fields ?? []).filter(
		([name]) => kept.length === 0 || kept.some(([other]) => other === name),
	);
	if (kept.length === 0 || isSame(sent, kept)) return "";
	const text = (list: readonly (readonly [string, string])[]) => list.map((field) => field.join(": ")).join("\n");
	return `the fields ${show(text(kept))} were ${show(text(sent))}`;
}

function isSame(one: readonly (readonly [string, string])[], other: readonly (readonly [string, string])[]): boolean {
	if (one.length !== other.length) return false;
	for (const [index, [name, value]] of one.entries()) {
		if (other[index]?.[0] !== name || other[index]?.[1] !== value) return false;
	}
	return true;
}

/** 3. Content delivered is content sent, and nothing behind it. */
export function content(record: Record, sighting: Sighting, buffer: Uint8Array, count: number): string {
	const request = record.reading.requests[sighting.index];
	const sent = request?.content ?? "";
	for (let index = 0; index < count; index += 1) {
		const at = sighting.length + index;
		if (at >= sent.length) return `octet ${at} of the content of "${sighting.tag}" is none of its ${sent.length}`;
		if (sent.charCodeAt(at) !== buffer[index]) return `octet ${at} of the content of "${sighting.tag}" is another`;
	}
	return "";
}

/** 3. Content is complete when all of it is there. */
export function wholeContent(record: Record, sighting: Sighting, isReader: boolean): string {
	const sent = record.reading.requests[sighting.index];
	if (sent === undefined || !sent.isComplete) return `"${sighting.tag}" was never complete`;
	if (!isReader || sighting.length === sent.content.length) return "";
	return `"${sighting.tag}" is complete with ${sighting.length} octets of ${sent.content.length}`;
}

/** 3. The server finds no request that was not sent. */
export function requestCount(record: Record): string {
	const { requests } = record.reading;
	if (record.requestCount <= requests.length) return "";
	return `the server found ${record.requestCount} requests where there are ${requests.length}`;
}

/** 4. After a broken rule at most one error response, then the end. */
export function refusedOnce(record: Record): string {
	const { reader, reading, violation } = record;
	if (violation !== "") {
		if (record.requestCount > record.requestsBefore) return `a request was taken after ${violation}`;
		if (reader.responses.length > record.responsesBefore + 1) return `a second response after ${violation}`;
	}
	if (reading.end !== "refused") return "";
	const most = reading.requests.length + (reading.isInContent ? 0 : 1);
	return reader.responses.length > most ? "a response behind a broken rule" : "";
}

/** 6. The cursor inequality holds, buffers never move. */
export function order(view: SlotView): string {
	return view.disorder;
}

/** 7. No connection outlives its deadlines. `slackMs`: how late they may be noticed. */
export function deadline(
	view: SlotView,
	record: Record,
	now: number,
	time: number,
	slackMs: number,
	limits: Limits,
): string {
	const overdue = view.overdue(now);
	if (overdue > slackMs) return `the deadline of its wait for "${view.wait}" passed ${overdue} ms ago`;
	const { phase } = view;
	const lasted = time - record.since - slackMs;
	if ((phase === "first" || phase === "head") && lasted > limits.headTimeoutMs) return "a head takes for ever";
	if (phase === "idle" && lasted > limits.idleTimeoutMs) return "it is idle for ever";
	if (phase === "linger" && lasted > limits.lingerTimeoutMs) return "it lingers for ever";
	const mayLast = limits.responseIdleTimeoutMs === 0 && view.wait === "nothing";
	if (phase === "exchange" && Number.isNaN(overdue) && view.wait !== "response" && !mayLast) {
		return `nothing ends its wait for "${view.wait}"`;
	}
	return "";
}

/** 7. No late reply reaches a request that is not its own: those that name themselves name the request they answer. */
export function addressed(record: Record): string {
	for (const [index, response] of record.reader.responses.entries()) {
		const tag = /^to ([A-Za-z0-9]+)$/.exec(response.octetText)?.[1];
		const target = record.reading.requests[index]?.target ?? "";
		if (tag === undefined || !response.isComplete || wishOf(target)?.behaviour.hasContent === true) continue;
		const own = wishOf(target)?.tag;
		if (own !== undefined && own !== tag) return `"${own}" gets the reply to "${tag}"`;
	}
	return "";
}

/** 7. No deadline passes before its time. `clock`: the time, and how far the device's clock has jumped ahead. */
export function notEarly(record: Record, wait: string, clock: number, limits: Limits): string {
	const lasted = clock - record.since - record.jumpedBefore + 1;
	if (wait === "head" && lasted < limits.headTimeoutMs) return "a head had less than its time";
	if (wait === "request" && lasted < limits.idleTimeoutMs) return "an idle connection had less than its time";
	if (wait === "linger" && lasted < limits.lingerTimeoutMs) return "a client had too little time to close";
	return "";
}

/** 8. A paused upload loses nothing when it resumes: all that was sent is read, unless time has run out. */
export function upload(record: Record, circumstances: Circumstances): string {
	if (!circumstances.isCalm || record.expired.includes("content")) return "";
	for (const sighting of record.sightings) {
		const sent = record.reading.requests[sighting.index];
		const wish = sent === undefined ? null : wishOf(sent.target);
		if (sent === undefined || wish?.behaviour.name !== "pause" || !sent.isComplete) continue;
		if (mayNotFit(sent, circumstances)) continue;
		if (!sighting.isComplete)
			return `the upload "${sighting.tag}" stands at ${sighting.length} of ${sent.content.length}`;
	}
	return "";
}
