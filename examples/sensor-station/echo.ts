// POST /echo: returns content as it arrives. It reads only what it can write at once, so that a client that does not take
// the echo is not read from either, and nothing piles up in between.

import type { Request, Response, RouteHandlers } from "thimble-http";

/** How much is moved at once. */
const PIECE_LENGTH = 512;

class Echo {
	readonly piece = new Uint8Array(PIECE_LENGTH);
	hasBegun = false;
}

function onRequest(request: Request): void {
	request.state = new Echo();
}

/** Moves what has come and what fits. */
function pump(request: Request, response: Response): void {
	const { piece } = request.state as Echo;
	for (;;) {
		const { room } = response;
		if (room === 0) return;
		const length = request.read(piece, 0, Math.min(room, PIECE_LENGTH));
		if (length === 0) return;
		response.write(piece, 0, length);
	}
}

function onReadable(request: Request, response: Response, count: number): void {
	const echo = request.state as Echo;
	if (!echo.hasBegun) {
		// Not before content comes: until then, a client that asked for it gets its "100 Continue".
		echo.hasBegun = true;
		response.setField("Content-Type", "application/octet-stream");
		if (request.contentLength < 0) response.begin();
		else response.begin(request.contentLength);
	}
	if (count > 0) pump(request, response);
	else response.end();
}

export const echo: RouteHandlers = Object.freeze({
	onRequest,
	onReadable,
	onWritable: pump,
	contentLengthMax: Number.POSITIVE_INFINITY,
});
