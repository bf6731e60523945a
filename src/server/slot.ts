// A place for one connection: the connection machine, its transport, and the handler in between. All slots are made by
// `listen` and used over and over. For the server.
//
// Everything that can move a connection on ends in `#run`, which does all there is to do: events, handlers, writing,
// reading, until none of them moves. No exception leaves it: a handler's costs one response, and what it threw goes to
// the app's error hook.

import type { App, RouteHandlers } from "../app/app.js";
import { isPrebuilt } from "../app/app.js";
import { Request, type RequestSource } from "../app/request.js";
import { type DetachedProtocol, LENGTH_UNKNOWN, Response, type ResponseSink } from "../app/response.js";
import {
	type Connection,
	EVENT_CONTENT,
	EVENT_CONTENT_END,
	EVENT_CUT_OFF,
	EVENT_DETACHED_OCTETS,
	EVENT_ENDED,
	EVENT_HANDLER_LATE,
	EVENT_LAST,
	EVENT_NONE,
	EVENT_PERSISTED,
	EVENT_REFUSED,
	EVENT_REQUEST,
} from "../connection/connection.js";
import { EXCHANGE, FIRST, FLUSH, HEAD, IDLE, LINGER } from "../connection/states.js";
import { violationName, violationStatus } from "../message/violation.js";
import { utf8Length } from "../octets/text.js";
import { checkField } from "../response/field-writer.js";
import type { Prebuilt } from "../response/prebuilt.js";
import { BY_LENGTH, RESPONSE_CONTENT, RESPONSE_NONE } from "../response/response-writer.js";
import { forbidsContent } from "../response/status.js";
import type { PathPattern } from "../router/pattern.js";
import { FOUND, NOT_FOUND, NOT_IMPLEMENTED, type RouteResult } from "../router/router.js";
import { Detachment } from "./detachment.js";
import type { Transport, TransportOwner } from "./platform.js";

/** What a slot needs of its server. */
export interface SlotHost {
	readonly app: App;
	readonly scratch: Uint8Array;
	readonly found: RouteResult<RouteHandlers | Prebuilt>;
	/** Whether new responses end their connections: under pressure, and while the server closes. */
	readonly mustClose: boolean;
	/** Whether the server closes: no further request is read. */
	readonly isClosing: boolean;
	now(): number;
	/** Brings the Date field up to date. */
	updateDate(): void;
	/** The slot's deadline may have moved. */
	deadlineMoved(slot: Slot): void;
	/** The slot is free. */
	freed(slot: Slot): void;
	/** Something happened that an observer may want to see. */
	observe(slot: Slot): void;
	report(error: unknown, request: Request | null): void;
}

const NO_HANDLERS: RouteHandlers = Object.freeze({});

/** Why a handler's `onError` was called, where nothing was thrown. */
export class RequestError extends Error {
	override readonly name = "RequestError";
}

export class Slot implements TransportOwner, RequestSource, ResponseSink {
	readonly index: number;
	readonly connection: Connection;
	/** How many connections have used the slot: a late answer to an earlier one finds another number. */
	generation = 0;
	/** Whether a deadline that has passed was given its turn of grace. */
	isGraced = false;
	transport: Transport | null = null;
	pattern: PathPattern | null = null;

	readonly #host: SlotHost;
	#handlers: RouteHandlers = NO_HANDLERS;
	#request: Request;
	#response: Response;
	#isRunning = false;
	#now = 0;
	#mayRead = false;
	/** The handler keeps a ticket and answers later. */
	#isDeferred = false;
	/** The handler's promise is open. */
	#isPromised = false;
	/** Code that runs later may hold the request and the response. */
	#isHeld = false;
	/** The handlers of the current request have been called and not yet told of its end. */
	#isServing = false;
	/** `onWritable` wrote nothing when it was last called. */
	#isWriterIdle = false;
	#isLast = false;
	#detachment: Detachment | null = null;

	constructor(index: number, connection: Connection, host: SlotHost) {
		this.index = index;
		this.connection = connection;
		this.#host = host;
		this.#request = new Request(this);
		this.#response = new Response(this);
	}

	get registry() {
		return this.#host.app.registry;
	}

	get scratch(): Uint8Array {
		return this.#host.scratch;
	}

	get remoteAddress(): string {
		return this.transport === null ? "" : this.transport.remoteAddress;
	}

	get isFree(): boolean {
		return this.transport === null;
	}

	// ---- The transport and the server ----

	/** A client was given this slot. */
	open(transport: Transport): void {
		this.transport = transport;
		this.isGraced = false;
		this.#mayRead = true;
		transport.owner = this;
		this.connection.open(this.#host.now());
		this.#run();
	}

	readable(): void {
		this.isGraced = false;
		this.#mayRead = true;
		this.#run();
	}

	writable(): void {
		this.isGraced = false;
		this.#run();
	}

	ended(): void {
		this.connection.peerEnded();
		this.#run();
	}

	failed(): void {
		this.#lose("the client has gone");
	}

	/** The deadline has passed. */
	expire(): void {
		this.#act(this.connection.expire(this.#host.now()));
		this.#run();
	}

	/** Makes room for another client. A request that has begun is told 408, as far as that can be written at once. */
	evict(): void {
		const connection = this.connection;
		if (!connection.head.isBlank && connection.phase !== LINGER) {
			connection.writeError(408, true);
			this.#write();
		}
		this.#release(false);
	}

	/** Ends the connection if no request of it is being answered, as a closing server does. */
	closeIfIdle(): void {
		const { phase } = this.connection;
		if (phase === FIRST || phase === IDLE || phase === HEAD) this.#release(false);
	}

	/** Cuts the connection off. */
	abort(): void {
		if (this.transport !== null) this.#lose("the server has closed");
	}

	// ---- Moving on ----

	/** Does all there is to do. */
	#run(): void {
		// A handler that writes is inside the loop already, which goes on after it.
		if (this.#isRunning || this.transport === null) return;
		this.#isRunning = true;
		this.#now = this.#host.now();
		while (this.transport !== null && this.#step()) this.#host.observe(this);
		this.#isRunning = false;
		if (this.transport === null) return;
		this.connection.settle(this.#host.now());
		this.#host.deadlineMoved(this);
	}

	/** Does one thing; false when there was none. */
	#step(): boolean {
		// While a handler's promise is open, its content and its end have to wait for it.
		const isHeld = this.#isPromised && this.connection.phase === EXCHANGE;
		const event = isHeld ? EVENT_NONE : this.connection.next(this.#now);
		if (event !== EVENT_NONE) {
			this.#act(event);
			return true;
		}
		if (this.#callWriter()) return true;
		if (this.#write()) return true;
		return this.#read();
	}

	#act(event: number): void {
		switch (event) {
			case EVENT_REQUEST:
				return this.#dispatch();
			case EVENT_CONTENT:
				return this.#callReader(this.connection.content.available);
			case EVENT_CONTENT_END:
				return this.#contentEnded();
			case EVENT_REFUSED:
				return this.#refuse();
			case EVENT_PERSISTED:
				return this.#finish();
			case EVENT_LAST:
				return this.#endConnection();
			case EVENT_ENDED:
				return this.#release(false);
			case EVENT_CUT_OFF:
				return this.#lose("the connection was cut off, or the client took nothing");
			case EVENT_HANDLER_LATE:
				return this.#fail(503, new RequestError("the handler did not answer in time"));
			case EVENT_DETACHED_OCTETS:
				this.#detachment?.readable(this.connection.receive.received - this.connection.receive.consumed);
		}
	}

	/** Reads from the transport what there is room for; false when there was nothing. */
	#read(): boolean {
		const { transport, connection } = this;
		if (transport === null || !this.#mayRead) return false;
		const { receive } = connection;
		if (connection.phase === LINGER) {
			// Dropped, as long as the client is given (RFC 9112 §9.6).
			const count = transport.read(receive.octets, receive.base, receive.limit - receive.base);
			this.#mayRead = count > 0;
			return count > 0;
		}
		const room = connection.receiveRoom;
		if (room === 0) return false;
		const count = transport.read(receive.octets, receive.received, room);
		if (count === 0) {
			this.#mayRead = false;
			return false;
		}
		connection.received(count, this.#now);
		return true;
	}

	/** Gives the transport what is pending, as far as it has room; false when nothing moved. */
	#write(): boolean {
		const { transport, connection } = this;
		if (transport === null) return false;
		const { send, response } = connection;
		let hasMoved = false;
		response.closeChunk();
		while (send.end > send.start) {
			const room = transport.room;
			if (room === 0) break;
			const pending = send.end - send.start;
			const count = pending < room ? pending : room;
			transport.write(send.octets, send.start, count);
			connection.sent(count, this.#now);
			response.draw();
			hasMoved = true;
		}
		if (hasMoved && this.#detachment !== null) this.#detachment.writable(this.room);
		return hasMoved;
	}

	// ---- Requests ----

	#dispatch(): void {
		const { connection } = this;
		const host = this.#host;
		this.#handlers = NO_HANDLERS;
		this.pattern = null;
		this.#isLast = false;
		const { found } = host;
		const outcome = host.app.router.find(connection.head, connection.receive.octets, host.scratch, found);
		if (outcome !== FOUND) return this.#answerUnrouted(outcome, found.answer);
		const route = found.route as NonNullable<typeof found.route>;
		const target = route.target;
		const handlers = isPrebuilt(target) ? NO_HANDLERS : target;
		if (!connection.limitContent(handlers.contentLengthMax ?? host.app.limits.contentLengthMax)) return this.#refuse();
		if (isPrebuilt(target)) return this.#answerPrebuilt(target);
		this.pattern = route.pattern;
		this.#handlers = handlers;
		this.#isServing = true;
		this.#isWriterIdle = false;
		this.#request.state = undefined;
		this.#callHandler();
	}

	#answerUnrouted(outcome: number, answer: Prebuilt | null): void {
		const status = outcome === NOT_FOUND ? 404 : outcome === NOT_IMPLEMENTED ? 501 : 405;
		// A CONNECT that was understood as a tunnel leaves nothing that could be read as HTTP.
		if (status === 501) this.#isLast = true;
		if (!this.connection.limitContent(this.#host.app.limits.contentLengthMax)) this.#refuse();
		else if (answer === null) this.#answerError(status);
		else this.#answerPrebuilt(answer);
	}

	#answerPrebuilt(prebuilt: Prebuilt): void {
		this.#host.updateDate();
		if (this.connection.writePrebuilt(prebuilt, this.#mustClose)) this.connection.endResponse(this.#host.now());
		else
			this.#fail(500, new RangeError(`the head of the prebuilt ${prebuilt.status} response outgrows the send buffer`));
	}

	get #mustClose(): boolean {
		return this.#isLast || this.#host.mustClose;
	}

	/** Writes the error response of the app, or the plain one, to a request nobody has begun to answer. */
	#answerError(status: number): void {
		this.#writeErrorResponse(status);
		this.connection.endResponse(this.#host.now());
	}

	#writeErrorResponse(status: number): void {
		this.#host.updateDate();
		const { connection } = this;
		connection.response.discardHead();
		const custom = this.#host.app.errors[status];
		if (custom !== undefined && connection.writePrebuilt(custom, this.#mustClose)) return;
		connection.writeError(status, this.#mustClose);
	}

	#callHandler(): void {
		const { onRequest, onReadable } = this.#handlers;
		let result: unknown;
		try {
			if (onRequest !== undefined) result = onRequest(this.#request, this.#response);
		} catch (error) {
			return this.#fail(500, error);
		}
		if (isThenable(result)) return this.#awaitHandler(result);
		this.#handlerReturned(onReadable !== undefined);
	}

	#awaitHandler(promise: PromiseLike<unknown>): void {
		const { generation } = this;
		const request = this.#request;
		this.#isPromised = true;
		this.#isHeld = true;
		// Both functions belong to this request alone; by then another may have the slot.
		promise.then(
			() => {
				if (this.generation === generation && this.#request === request) this.#promiseSettled(undefined, false);
			},
			(error: unknown) => {
				if (this.generation === generation && this.#request === request) this.#promiseSettled(error, true);
				else this.#host.report(error, null);
			},
		);
	}

	#promiseSettled(error: unknown, isRejected: boolean): void {
		this.#isPromised = false;
		if (isRejected) this.#fail(500, error);
		else if (this.connection.wantsContent) this.#checkAnswered();
		else this.#handlerReturned(this.#handlers.onReadable !== undefined);
		this.#run();
	}

	/** `onRequest` is done: content may come now, or the answer has to be there. */
	#handlerReturned(readsContent: boolean): void {
		const { connection } = this;
		if (connection.phase !== EXCHANGE) return;
		if (!readsContent) return this.#checkAnswered();
		connection.wantsContent = true;
		if (connection.isContentComplete) this.#contentEnded();
		else connection.sendContinue();
	}

	#callReader(count: number): void {
		const { onReadable } = this.#handlers;
		if (onReadable === undefined || !this.#isServing) return;
		let result: unknown;
		try {
			result = onReadable(this.#request, this.#response, count);
		} catch (error) {
			return this.#fail(500, error);
		}
		if (count === 0 && isThenable(result)) this.#awaitHandler(result);
	}

	#contentEnded(): void {
		if (this.connection.phase !== EXCHANGE) return;
		this.#callReader(0);
		this.#checkAnswered();
	}

	/** Once a handler has had its last word: somebody has to be left who ends the response. */
	#checkAnswered(): void {
		const { connection } = this;
		if (connection.phase !== EXCHANGE || this.#isDeferred || this.#isPromised) return;
		const { state } = connection.response;
		if (state === RESPONSE_CONTENT && this.#handlers.onWritable !== undefined) return;
		const what = state === RESPONSE_CONTENT ? "ending the response it began" : "answering";
		const hint = "answer before it returns, return a promise, or keep the ticket of response.defer()";
		this.#fail(500, new RequestError(`the handler returned without ${what}: ${hint}`));
	}

	/** Calls `onWritable` when there is room and somebody who wants it; false when nothing was written. */
	#callWriter(): boolean {
		const { connection } = this;
		const { onWritable } = this.#handlers;
		if (onWritable === undefined || this.#isWriterIdle || !this.#isServing) return false;
		const { response } = connection;
		if (connection.phase !== EXCHANGE || response.state !== RESPONSE_CONTENT) return false;
		const { room } = response;
		if (room === 0) return false;
		const before = response.contentLength;
		this.#isWriterIdle = true;
		try {
			onWritable(this.#request, this.#response, room);
		} catch (error) {
			this.#fail(500, error);
			return true;
		}
		this.#isWriterIdle = response.contentLength === before;
		return !this.#isWriterIdle || connection.phase !== EXCHANGE;
	}

	/** The response is sent and the next request may come. */
	#finish(): void {
		this.#endServing(undefined, false);
		if (this.#host.isClosing) this.closeIfIdle();
	}

	#endServing(error: unknown, isFailed: boolean): void {
		// Whoever may still hold request or response holds dead ones from here on; everybody else's are used again.
		const mayBeHeld = this.#isHeld || isFailed;
		if (this.#isServing) {
			this.#isServing = false;
			try {
				if (isFailed) this.#handlers.onError?.(this.#request, error);
				else this.#handlers.onDone?.(this.#request);
			} catch (thrown) {
				this.#host.report(thrown, this.#request);
			}
		}
		this.#handlers = NO_HANDLERS;
		this.#isDeferred = false;
		this.#isPromised = false;
		this.#isHeld = false;
		if (!mayBeHeld) return;
		this.#request.expire();
		this.#response.expire();
		this.#request = new Request(this);
		this.#response = new Response(this);
	}

	/** The handler failed: one error response, if none has been begun; else the connection goes. */
	#fail(status: number, error: unknown): void {
		const { connection } = this;
		this.#host.report(error, this.#isServing ? this.#request : null);
		const canAnswer = connection.phase === EXCHANGE && connection.response.state < RESPONSE_CONTENT;
		this.#endServing(error, true);
		if (canAnswer) this.#answerError(status);
		// A complete response is not spoilt by what its handler did afterwards.
		else if (connection.phase !== FLUSH) this.#release(true);
	}

	/** A rule was broken: its status and the end, or just the end. */
	#refuse(): void {
		const { connection } = this;
		const status = violationStatus(connection.violation);
		const isTooLate = connection.response.state >= RESPONSE_CONTENT;
		if (this.#isServing) this.#endServing(new RequestError(violationName(connection.violation)), true);
		if (status === 0 || isTooLate) return this.#release(isTooLate);
		this.#isLast = true;
		this.#writeErrorResponse(status);
		connection.endRefusal(this.#host.now());
	}

	/** The last response is sent: close our side, and let the client finish talking (RFC 9112 §9.6). */
	#endConnection(): void {
		this.#finish();
		const { transport } = this;
		if (transport === null) return;
		this.#mayRead = true;
		// Where one side cannot be closed alone, only the close itself ends a response without a length.
		const isOver = !transport.end() && this.connection.response.isCloseDelimited;
		if (isOver || this.connection.hasPeerEnded) this.#release(false);
	}

	/** The connection is gone or given up in the middle of something. */
	#lose(why: string): void {
		if (this.#isServing) this.#endServing(new RequestError(why), true);
		this.#release(true);
	}

	#release(isAborted: boolean): void {
		const { transport } = this;
		if (transport === null) return;
		if (this.#isServing) this.#endServing(new RequestError("the connection is closed"), true);
		this.transport = null;
		transport.owner = null;
		this.generation += 1;
		this.connection.release(isAborted, this.#host.now());
		this.#host.observe(this);
		if (isAborted) transport.abort();
		else transport.close();
		const detachment = this.#detachment;
		this.#detachment = null;
		detachment?.closed(isAborted ? new RequestError("the connection was cut off") : undefined);
		this.#host.freed(this);
	}

	// ---- What a handler does: RequestSource and ResponseSink ----

	contentRead(): void {
		// A handler that reads outside its verbs has let octets wait: more may be there now.
		this.#run();
	}

	get status(): number {
		return this.connection.response.status;
	}

	get room(): number {
		return this.connection.response.room;
	}

	get isAnswered(): boolean {
		return this.connection.phase !== EXCHANGE;
	}

	setStatus(status: number): void {
		this.#checkOpen(RESPONSE_CONTENT);
		this.connection.response.status = status;
	}

	setField(name: string, value: string): void {
		checkField(name, value);
		this.#checkOpen(RESPONSE_CONTENT);
		if (!this.connection.response.addField(name, value)) {
			throw new RangeError("the fields outgrow the send buffer: send fewer, or raise limits.sendLength");
		}
	}

	sendText(content: string, type: string): void {
		const length = utf8Length(content);
		if (!this.#sendHead(length, type)) return;
		this.connection.response.attachText(content, length);
		this.#answered();
	}

	sendOctets(content: Uint8Array, type: string): void {
		if (!this.#sendHead(content.length, type)) return;
		this.connection.response.attachOctets(content);
		this.#answered();
	}

	sendPrebuilt(prebuilt: Prebuilt): void {
		this.#checkOpen(RESPONSE_CONTENT);
		if (this.connection.response.state !== RESPONSE_NONE)
			throw new Error("a prebuilt response has its own status and fields");
		this.#host.updateDate();
		if (!this.connection.writePrebuilt(prebuilt, this.#mustClose)) throw this.#headTooLong();
		this.#answered();
	}

	sendEmpty(): void {
		this.#beginHead(0);
		this.connection.response.end();
		this.#answered();
	}

	sendInterim(status: number): void {
		this.#checkOpen(RESPONSE_CONTENT);
		if (this.connection.head.requestLine.minorVersion === 0) return;
		if (!this.connection.response.writeInterim(status))
			throw new Error("an interim response goes before status and fields");
		this.#run();
	}

	begin(length: number): void {
		this.#beginHead(length);
		this.#isWriterIdle = false;
		this.#run();
	}

	writeOctets(octets: Uint8Array, start: number, end: number): void {
		this.#checkRoom(end - start);
		if (!this.connection.response.writeContent(octets, start, end)) throw this.#lengthExceeded();
		this.#wrote();
	}

	writeText(text: string): void {
		const length = utf8Length(text);
		this.#checkRoom(length);
		if (!this.connection.response.writeText(text, length)) throw this.#lengthExceeded();
		this.#wrote();
	}

	end(): void {
		this.#checkBegun();
		if (!this.connection.response.end()) {
			throw new RangeError(`the response lacks ${this.connection.response.missing} octets of its Content-Length`);
		}
		this.#answered();
	}

	defer(): void {
		this.#isDeferred = true;
		this.#isHeld = true;
	}

	setLast(): void {
		this.#isLast = true;
	}

	detach(protocol: DetachedProtocol, timeoutMs: number): void {
		this.#checkOpen(RESPONSE_CONTENT);
		const { connection } = this;
		this.#host.updateDate();
		if (!connection.writeUpgrade()) throw this.#headTooLong();
		const state = this.#request.state;
		connection.detach(timeoutMs, this.#host.now());
		this.#isHeld = true;
		this.#detachment = new Detachment(this, protocol, state);
		this.#endServing(undefined, false);
		this.#run();
	}

	#sendHead(length: number, type: string): boolean {
		this.#checkOpen(RESPONSE_CONTENT);
		const { response } = this.connection;
		if (length > 0) {
			if (forbidsContent(response.status)) throw new RangeError(`a ${response.status} response has no content`);
			this.setField("Content-Type", type);
		}
		this.#beginHead(length);
		return true;
	}

	#beginHead(length: number): void {
		this.#checkOpen(RESPONSE_CONTENT);
		this.#host.updateDate();
		const { connection } = this;
		const isStream = length === LENGTH_UNKNOWN && !forbidsContent(connection.response.status);
		const framing = isStream ? connection.streamFraming : BY_LENGTH;
		if (!connection.writeHead(framing, isStream ? 0 : Math.max(0, length), this.#mustClose)) throw this.#headTooLong();
	}

	#headTooLong(): Error {
		return new RangeError("the head outgrows the send buffer: send fewer fields, or raise limits.sendLength");
	}

	#lengthExceeded(): Error {
		return new RangeError("the content is more than the Content-Length given to begin()");
	}

	#checkOpen(before: number): void {
		if (this.isAnswered || this.connection.response.state >= before)
			throw new Error("the response has been sent already");
	}

	#checkBegun(): void {
		if (this.isAnswered) throw new Error("the response is complete");
		if (this.connection.response.state !== RESPONSE_CONTENT) throw new Error("begin() comes before write() and end()");
	}

	#checkRoom(length: number): void {
		this.#checkBegun();
		if (length > this.room) {
			throw new RangeError(
				`write() of ${length} octets into a room of ${this.room}: write less, and go on in onWritable`,
			);
		}
	}

	#wrote(): void {
		this.#isWriterIdle = false;
		this.#run();
	}

	#answered(): void {
		this.connection.endResponse(this.#host.now());
		this.#run();
	}

	// ---- What a protocol that took over does ----

	readDetached(buffer: Uint8Array, start: number, end: number): number {
		const count = this.connection.readDetached(buffer, start, end);
		if (count > 0) this.#run();
		return count;
	}

	writeDetached(octets: Uint8Array, start: number, end: number): boolean {
		if (this.transport === null) return false;
		if (!this.connection.writeDetached(octets, start, end)) {
			throw new RangeError(`write() of ${end - start} octets is more than the room: go on in onWritable`);
		}
		this.#run();
		return true;
	}

	get roomDetached(): number {
		return this.connection.send.limit - this.connection.send.end;
	}

	setTimeoutDetached(timeoutMs: number): void {
		this.connection.setDetachedTimeout(timeoutMs, this.#host.now());
		this.#host.deadlineMoved(this);
	}

	reportDetached(error: unknown): void {
		this.#host.report(error, null);
	}

	closeDetached(): void {
		this.#write();
		this.#release(false);
	}
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
	return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}
