// PUT /firmware: takes an upload of any size, in pieces, and answers its length and CRC-32. Nothing is kept of it: what goes into
// flash is uploaded by those who have signed in (updates.ts). This is for trying how fast octets go in: `curl -T FILE`.

import type { Request, Response, RouteHandlers } from "thimble-http";
import { CRC32_START, crc32, crc32Text } from "./crc32.js";

/** How much is taken at once. */
const PIECE_LENGTH = 1024;

class Upload {
	readonly piece = new Uint8Array(PIECE_LENGTH);
	length = 0;
	crc = CRC32_START;
}

function onRequest(request: Request): void {
	request.state = new Upload();
}

function onReadable(request: Request, response: Response, count: number): void {
	const upload = request.state as Upload;
	const { piece } = upload;
	for (let length = request.read(piece); length > 0; length = request.read(piece)) {
		upload.crc = crc32(upload.crc, piece, 0, length);
		upload.length += length;
	}
	if (count === 0) response.json({ length: upload.length, crc32: crc32Text(upload.crc) });
}

export const firmware: RouteHandlers = Object.freeze({
	onRequest,
	onReadable,
	contentLengthMax: Number.POSITIVE_INFINITY,
});
