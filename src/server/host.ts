// What a server offers to its parts, and what they call each other. Interfaces only, so that no part needs another's code.

import type { App, RouteTarget } from "../app/app.js";
import type { Request } from "../app/request.js";
import type { RouteResult } from "../router/router.js";

/** The server, as its slots' parts see it. */
export interface ServerHost {
	readonly app: App;
	/** Room for one path, for a moment. */
	readonly scratch: Uint8Array;
	readonly found: RouteResult<RouteTarget>;
	/** Whether new responses end their connections: under pressure, and while the server closes. */
	readonly mustClose: boolean;
	/** Whether the server closes: no further request is read. */
	readonly isClosing: boolean;
	now(): number;
	/** Brings the Date field up to date. */
	updateDate(): void;
	report(error: unknown, request: Request | null): void;
}

/** The slot, as the exchange on it sees it. */
export interface ExchangeOwner {
	readonly remoteAddress: string;
	/** How many connections have used the slot: a late answer to an earlier one finds another number. */
	readonly generation: number;
	/** Does all there is to do; called after anything that may have moved the connection. */
	run(): void;
	/** Does so in the next turn. */
	runSoon(): void;
	/** Closes the connection, or cuts it off, and frees the slot. */
	release(isAborted: boolean): void;
}

/** Why a handler's `onError` was called, where nothing was thrown. */
export class RequestError extends Error {
	override readonly name = "RequestError";
}
