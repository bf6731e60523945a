// thimble-http/content: the whole content of a request at once, for routes that cannot work on it piece by piece. It takes
// the memory the content needs, so the route says how much that may be.

import type { HandlerResult, RouteHandlers } from "./app/app.js";
import type { Request } from "./app/request.js";
import type { Response } from "./app/response.js";

/** Answers a request whose content has been collected. `content` is the handler's to keep. */
export type ContentHandler = (request: Request, response: Response, content: Uint8Array) => HandlerResult;

/** Where the collection of chunked content, whose length nobody announced, begins. */
const FIRST_LENGTH = 256;

class Collection {
	octets: Uint8Array;
	length = 0;

	constructor(capacity: number) {
		this.octets = new Uint8Array(capacity);
	}

	read(request: Request, lengthMax: number): void {
		for (;;) {
			if (this.length === this.octets.length) this.grow(lengthMax);
			const count = request.read(this.octets, this.length);
			if (count === 0) return;
			this.length += count;
		}
	}

	private grow(lengthMax: number): void {
		// One octet more than may be, so that a read finds out that there is no more.
		const octets = new Uint8Array(Math.min(Math.max(FIRST_LENGTH, this.length * 2), lengthMax + 1));
		octets.set(this.octets);
		this.octets = octets;
	}
}

/**
 * A route that collects its content, at most `lengthMax` octets (more is answered 413), and then calls `handler`.
 *
 * `request.state` is the handler's from its call on.
 */
export function wholeContent(lengthMax: number, handler: ContentHandler): RouteHandlers {
	// Constants: of a route in flash, each parameter that its functions use would cost the RAM of a pointer.
	const most = lengthMax;
	const answer = handler;
	return {
		contentLengthMax: most,
		onRequest(request) {
			request.state = new Collection(Math.max(0, request.contentLength) + 1);
		},
		onReadable(request, response, count) {
			const collection = request.state as Collection;
			if (count > 0) {
				collection.read(request, most);
				return undefined;
			}
			request.state = undefined;
			return answer(request, response, collection.octets.slice(0, collection.length));
		},
	};
}
