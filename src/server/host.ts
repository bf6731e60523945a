// What a server offers to its parts, and what they call each other. Interfaces only, so that no part needs another's code.

import type { App, RouteTarget } from "../app/app.js";
import type { Request } from "../app/request.js";
import type { RouteResult } from "../router/router.js";
import type { Slot } from "./slot.js";

/** The server, as its slots' parts see it; and where the router puts what it found. */
export interface ServerHost extends RouteResult<RouteTarget> {
	readonly app: App;
	/** Room for one path, for a moment. */
	readonly scratch: Uint8Array;
	/** Whether new responses end their connections: under pressure, and while the server closes. */
	readonly mustClose: boolean;
	/** Whether the server closes: no further request is read. */
	readonly isClosing: boolean;
	now(): number;
	/** Seconds since 1970, or a negative number while nobody knows. */
	date(): number;
	/** Brings the Date field up to date. */
	updateDate(): void;
	report(error: unknown, request: Request | null): void;
	/** The slot's deadline may have moved. */
	deadlineMoved(slot: Slot): void;
	/** The slot is due: `run` has to be called in the next turn. */
	due(): void;
	/** The slot is free. */
	freed(slot: Slot): void;
	/** Sees what happens, if there is one. */
	readonly observer: SlotObserver | null;
}

/** Sees what happens on a slot. */
export interface SlotObserver {
	/** Something has moved on a connection. */
	changed(slot: Slot): void;
	/**
	 * The last octet of a final response has gone to the transport, or a 101 is on its way. The request's head can still be looked
	 * at.
	 */
	answered?(slot: Slot): void;
	/** The connection goes in the middle of a final response. The request's head can still be looked at. */
	cutOff?(slot: Slot): void;
	/** The connection's deadline has passed; its `wait` says what it waited for. */
	expired?(slot: Slot): void;
	/** The connection goes for another client. */
	evicted?(slot: Slot): void;
}

/** Why a handler's `onError` was called, where nothing was thrown. */
export class RequestError extends Error {
	override readonly name = "RequestError";
}
