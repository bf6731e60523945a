// One request being served: its route is found, its handlers are called, and whatever they do or fail to do ends in one
// response or in the end of the connection. The second layer of a slot, used for one request after the other.
//
// No exception of a handler leaves this module: it costs one response, and goes to the app's error hook.

import { NO_HANDLERS, type RouteHandlers, type RouteTarget } from "../app/app.js";
import { Request, type RequestSource } from "../app/request.js";
import { Response } from "../app/response.js";
import type { Connection } from "../connection/connection.js";
import { CONTENT_ENDED } from "../connection/request-content.js";
import { EXCHANGE, FLUSH, FREE } from "../connection/states.js";
import type { FieldRegistry } from "../message/field-registry.js";
import { METHOD_UNREGISTERED } from "../message/method.js";
import { AUTHORITY_FORM } from "../message/request-line.js";
import { violationName, violationStatus } from "../message/violation.js";
import { freeze } from "../octets/freeze.js";
import type { Prebuilt } from "../response/prebuilt.js";
import { RESPONSE_CONTENT } from "../response/response-head.js";
import { type PathPattern, pathPattern } from "../router/pattern.js";
import { FOUND, NOT_FOUND, NOT_IMPLEMENTED, type RouteEntry } from "../router/router.js";
import { Answer, WRITTEN } from "./answer.js";
import { RequestError, type ServerHost } from "./host.js";
import { CALLED, DEFERRED, HELD, LAST, OWING_END, PROMISED, SERVING, TELLING, WRITING } from "./marks.js";
import { isThenable, reportRejection } from "./promises.js";

/** The route of nobody. */
const NO_ROUTE: RouteEntry<RouteTarget> = freeze({
	method: METHOD_UNREGISTERED,
	methodName: new Uint8Array(0),
	pattern: pathPattern("/"),
	target: freeze({ prebuilt: null, handlers: NO_HANDLERS }),
});

export abstract class Exchange extends Answer implements RequestSource {
	/** The route that serves the request, or nobody's. */
	private route: RouteEntry<RouteTarget> = NO_ROUTE;
	private request: Request;
	private response: Response;

	constructor(connection: Connection, host: ServerHost) {
		super(connection, host);
		this.request = new Request(this);
		this.response = new Response(this);
	}

	// ---- The slot ----

	abstract readonly remoteAddress: string;
	/** How many connections have used the slot: a late answer to an earlier one finds another number. */
	abstract readonly generation: number;
	/** Does all there is to do; called after anything that may have moved the connection. */
	protected abstract run(): void;
	/** Does so in the next turn. */
	protected abstract runSoon(): void;
	/** A prebuilt response is sent, which concerns nobody, and the next request may come. */
	protected abstract answeredAtOnce(): void;
	/** Closes the connection, or cuts it off, and frees the slot. */
	protected abstract release(isAborted: boolean): void;

	// ---- RequestSource ----

	get isServing(): boolean {
		return (this.marks & SERVING) !== 0;
	}

	get pattern(): PathPattern {
		return this.route.pattern;
	}

	get registry(): FieldRegistry {
		return this.host.app.registry;
	}

	get scratch(): Uint8Array {
		return this.host.scratch;
	}

	get now(): number {
		return this.host.now();
	}

	get date(): number {
		return this.host.date();
	}

	/**
	 * A handler that reads outside its verbs has let octets wait: more may be there now. They are told in the next turn, for
	 * the handler has not yet seen to those it is just reading.
	 */
	contentRead(): void {
		this.runSoon();
	}

	// ---- What a handler does ----

	protected get mayAct(): boolean {
		return (this.marks & (CALLED | HELD)) !== 0;
	}

	/** The handler wrote. Outside its verbs `onWritable` follows in the next turn, for the handler is still writing. */
	protected moved(): void {
		if ((this.marks & CALLED) !== 0) return;
		this.marks |= WRITING;
		this.run();
		this.marks &= ~WRITING;
		if (this.wantsWriter) this.runSoon();
	}

	protected deferred(): void {
		this.marks |= DEFERRED | HELD;
	}

	// ---- What the connection asks for ----

	/** What a protocol that takes over begins with. */
	get state(): unknown {
		return this.request.state;
	}

	/** Whether anybody has to be told of the end, or may hold what is used again. Nobody for a prebuilt route. */
	protected get isConcerned(): boolean {
		return (this.marks & (SERVING | HELD)) !== 0;
	}

	/** Whether content, and whatever follows it, has to wait for the handler's promise. */
	get isHolding(): boolean {
		return (this.marks & PROMISED) !== 0 && this.connection.phase === EXCHANGE;
	}

	/** A head has come: finds its route and calls its handler. */
	dispatch(): void {
		const connection = this.connection;
		const host = this.host;
		const head = connection.sharedHead;
		// The line of the last head has the route of the last head.
		if (!head.repeatsLine || host.route === null) {
			const outcome = host.app.router.find(head, connection.receive, host.scratch, host);
			if (outcome !== FOUND || host.route === null) return this.answerUnrouted(outcome, host.answer);
		}
		const target = host.route.target;
		const prebuilt = target.prebuilt;
		if (connection.contentState !== CONTENT_ENDED && !this.limitContent(target.handlers)) return this.refuse();
		if (prebuilt !== null) return this.answerPrebuilt(prebuilt);
		this.beginAnswer();
		this.serve(host.route);
	}

	private limitContent({ contentLengthMax }: RouteHandlers): boolean {
		return this.connection.limitContent(contentLengthMax ?? this.host.app.limits.contentLengthMax);
	}

	private serve(route: RouteEntry<RouteTarget>): void {
		this.route = route;
		this.marks |= SERVING | OWING_END;
		this.request.state = undefined;
		this.callHandler();
	}

	private answerUnrouted(outcome: number, answer: Prebuilt | null): void {
		const status = outcome === NOT_FOUND ? 404 : outcome === NOT_IMPLEMENTED ? 501 : 405;
		// What follows a CONNECT is meant for a tunnel, not for us.
		if (this.connection.head.requestLine.form === AUTHORITY_FORM) this.marks |= LAST;
		if (!this.connection.limitContent(this.host.app.limits.contentLengthMax)) this.refuse();
		else if (answer === null) this.answerError(status);
		else this.answerPrebuilt(answer);
	}

	private answerPrebuilt(prebuilt: Prebuilt): void {
		const connection = this.connection;
		const host = this.host;
		const mustClose = this.mustClose;
		host.updateDate();
		if (!mustClose && connection.answerAtOnce(prebuilt, host.now())) return this.answeredAtOnce();
		if (connection.writePrebuilt(prebuilt, mustClose)) return connection.endResponse();
		this.fail(500, new RangeError(`the head of the prebuilt ${prebuilt.status} response outgrows the send buffer`));
	}

	private answerError(status: number): void {
		// Interim responses that the client does not take may have filled the send buffer.
		if (!this.writeError(status)) return this.release(true);
		this.connection.endResponse();
	}

	private callHandler(): void {
		const handlers = this.route.target.handlers;
		const onRequest = handlers.onRequest;
		const onReadable = handlers.onReadable;
		let result: unknown;
		let isLater = false;
		this.marks |= CALLED;
		try {
			if (onRequest !== undefined) result = onRequest(this.request, this.response);
			isLater = isThenable(result);
		} catch (error) {
			return this.fail(500, error);
		} finally {
			this.marks &= ~CALLED;
		}
		if (isLater) return this.awaitHandler(result as PromiseLike<unknown>);
		this.handlerReturned(onReadable !== undefined);
	}

	private awaitHandler(promise: PromiseLike<unknown>): void {
		this.marks |= PROMISED;
		this.follow(promise, () => this.promiseSettled(undefined, false));
	}

	/** Sees to a promise of the handler: `fulfilled` is called if the request is still this one; a rejection costs a 500. */
	private follow(promise: PromiseLike<unknown>, fulfilled: () => void): void {
		const generation = this.generation;
		const request = this.request;
		this.marks |= HELD;
		const isCurrent = () => this.generation === generation && this.request === request;
		const rejected = (error: unknown) => {
			if (isCurrent()) this.promiseSettled(error, true);
			else this.host.report(error, null);
		};
		try {
			promise.then(() => {
				if (isCurrent()) fulfilled();
			}, rejected);
		} catch (error) {
			rejected(error);
		}
	}

	private promiseSettled(error: unknown, isRejected: boolean): void {
		this.marks &= ~PROMISED;
		if (isRejected) this.fail(500, error);
		else if (this.connection.wantsContent) this.checkAnswered();
		else this.handlerReturned(this.route.target.handlers.onReadable !== undefined);
		this.run();
	}

	/** `onRequest` is done: content may come now, or the answer has to be there. */
	private handlerReturned(readsContent: boolean): void {
		const connection = this.connection;
		if (connection.phase !== EXCHANGE) return;
		if (!readsContent) return this.checkAnswered();
		connection.wantContent();
		if (connection.isContentComplete) this.contentEnded();
		else connection.sendContinue();
	}

	/** `count` octets of content can be read; 0: it is complete. */
	callReader(count: number): void {
		const onReadable = this.route.target.handlers.onReadable;
		if (onReadable === undefined || (this.marks & OWING_END) === 0) return;
		let result: unknown;
		let isLater = false;
		this.marks |= CALLED;
		try {
			result = onReadable(this.request, this.response, count);
			isLater = isThenable(result);
		} catch (error) {
			return this.fail(500, error);
		} finally {
			this.marks &= ~CALLED;
		}
		if (!isLater) return;
		if (count === 0) this.awaitHandler(result as PromiseLike<unknown>);
		// Content goes on meanwhile; only a rejection counts.
		else this.follow(result as PromiseLike<unknown>, () => {});
	}

	contentEnded(): void {
		if (this.connection.phase !== EXCHANGE) return;
		this.callReader(0);
		this.checkAnswered();
	}

	/** Once a handler has had its last word: somebody has to be left who ends the response. */
	private checkAnswered(): void {
		const connection = this.connection;
		if (connection.phase !== EXCHANGE || (this.marks & (DEFERRED | PROMISED)) !== 0) return;
		const hasBegun = connection.response.state === RESPONSE_CONTENT;
		if (hasBegun && this.route.target.handlers.onWritable !== undefined) return;
		const what = hasBegun ? "ending the response it began" : "answering";
		const hint = "answer before it returns, return a promise, or keep the ticket of response.defer()";
		this.fail(500, new RequestError(`the handler returned without ${what}: ${hint}`));
	}

	/** Calls `onWritable` when there is room and somebody who wants it; false when nothing moved. */
	callWriter(): boolean {
		const onWritable = this.route.target.handlers.onWritable;
		if (onWritable === undefined || (this.marks & WRITING) !== 0 || !this.wantsWriter) return false;
		const connection = this.connection;
		const room = connection.response.room;
		this.roomDeclined = room;
		this.marks |= CALLED;
		try {
			const result: unknown = onWritable(this.request, this.response, room);
			if (isThenable(result)) this.follow(result, () => {});
		} catch (error) {
			this.fail(500, error);
			return true;
		} finally {
			this.marks &= ~CALLED;
		}
		return this.roomDeclined === WRITTEN || connection.phase !== EXCHANGE;
	}

	/** The server closes: calls `onClosing` of a request that is not answered yet. A handler that closes the server knows of it. */
	callClosing(): void {
		const onClosing = this.route.target.handlers.onClosing;
		const isUntold = (this.marks & (OWING_END | CALLED | TELLING)) === OWING_END;
		if (onClosing === undefined || !isUntold || this.connection.phase !== EXCHANGE) return;
		this.marks |= CALLED;
		try {
			const result: unknown = onClosing(this.request, this.response);
			if (isThenable(result)) this.follow(result, () => {});
		} catch (error) {
			this.fail(500, error);
		} finally {
			this.marks &= ~CALLED;
		}
		this.run();
	}

	/** Whether `onWritable` would be called now. */
	private get wantsWriter(): boolean {
		const phase = this.connection.phase;
		const response = this.connection.response;
		if (this.route.target.handlers.onWritable === undefined || (this.marks & OWING_END) === 0 || phase !== EXCHANGE)
			return false;
		if (response.state !== RESPONSE_CONTENT) return false;
		const room = response.room;
		return room > 0 && room > this.roomDeclined;
	}

	/** The response is sent. */
	finish(): void {
		this.endServing(undefined, false);
	}

	private endServing(error: unknown, isFailed: boolean): void {
		if (!isFailed && !this.isConcerned) return;
		// Whoever may still hold request or response holds dead ones from here on; everybody else's are used again.
		const mayBeHeld = (this.marks & HELD) !== 0 || isFailed;
		// Before the hooks below: one that kept the response cannot answer what is being answered or given up.
		if (mayBeHeld) this.response.expire();
		if ((this.marks & OWING_END) !== 0) {
			this.marks = (this.marks & ~OWING_END) | TELLING;
			try {
				const { onDone, onError } = this.route.target.handlers;
				const result: unknown = isFailed ? onError?.(this.request, error) : onDone?.(this.request);
				if (result !== undefined) reportRejection(result, (thrown) => this.host.report(thrown, null));
			} catch (thrown) {
				this.host.report(thrown, this.request);
			}
		}
		this.marks &= ~(SERVING | DEFERRED | PROMISED | HELD | TELLING);
		this.route = NO_ROUTE;
		if (!mayBeHeld) return;
		this.request.expire();
		this.request = new Request(this);
		this.response = new Response(this);
	}

	/** The handler failed: one error response, if none has been begun; else the connection goes. */
	fail(status: number, error: unknown): void {
		const connection = this.connection;
		this.marks |= TELLING;
		this.host.report(error, (this.marks & OWING_END) !== 0 ? this.request : null);
		const canAnswer = connection.phase === EXCHANGE && connection.response.state < RESPONSE_CONTENT;
		this.endServing(error, true);
		// Whoever was told may have cut the connection off.
		if (connection.phase === FREE) return;
		if (canAnswer) this.answerError(status);
		// A complete response is not spoilt by what its handler did afterwards.
		else if (connection.phase !== FLUSH) this.release(true);
	}

	/** A rule was broken: its status and the end, or just the end. */
	refuse(): void {
		const connection = this.connection;
		const status = violationStatus(connection.violation);
		const isTooLate = connection.response.state >= RESPONSE_CONTENT;
		this.lose(violationName(connection.violation));
		if (connection.phase === FREE) return;
		if (status === 0 || isTooLate) return this.release(isTooLate);
		this.marks |= LAST;
		if (!this.writeError(status)) return this.release(true);
		connection.endRefusal(this.host.now());
	}

	/** Tells the handler, if one is being served, that its request has come to a bad end. */
	lose(why: string): void {
		if ((this.marks & OWING_END) !== 0) this.endServing(new RequestError(why), true);
	}
}
