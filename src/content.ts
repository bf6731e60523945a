// thimble-http/content: the whole content of a request at once, for routes that cannot work on it piece by piece. It takes
// the memory the content needs, as it comes, so the route says how much that may be.

import type { HandlerResult, RouteHandlers } from "./app/app.js";
import type { Request } from "./app/request.js";
import type { Response } from "./app/response.js";

/** Answers a request whose content has been collected. `content` is the handler's to keep. */
export type ContentHandler = (request: Request, response: Response, content: Uint8Array) => HandlerResult;

/** What is taken when the first octet has come. */
const FIRST_LENGTH = 256;

class Collection {
	octets: Uint8Array = new Uint8Array(0);
	length = 0;

	read(request: Request, lengthMax: number): void {
		for (;;) {
			if (this.length === this.octets.length) this.grow(request, lengthMax);
			const count = request.read(this.octets, this.length);
			if (count === 0) return;
			this.length += count;
		}
	}

	/** By what has come, never by what is announced: a head costs its client nothing, and whoever holds content has sent it. */
	private grow({ contentLength }: Request, lengthMax: number): void {
		// One octet more than may be, so that a read finds out that there is no more.
		const most = (contentLength < 0 ? lengthMax : contentLength) + 1;
		const octets = new Uint8Array(Math.min(Math.max(FIRST_LENGTH, this.length * 2), most));
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
			request.state = new Collection();
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
