// GET /trial-image.bin: something to upload for who has no firmware at hand. An image as an ESP32 would accept it, with nothing in
// it: for the simulated flash of a laptop alone.

import type { Request, Response, RouteHandlers } from "thimble-http";

/** A multiple of 16. */
const IMAGE_LENGTH = 3_000_000;
const SEGMENT_LENGTH = IMAGE_LENGTH - 32 - 4;
/** 0xE9, one segment; its length stands behind a head of 24 octets and an address, the lowest octet first. */
const HEAD: readonly number[] = Object.freeze([
	...[0xe9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
	...[0, 0, 0, 0, SEGMENT_LENGTH & 0xff, (SEGMENT_LENGTH >> 8) & 0xff, SEGMENT_LENGTH >> 16, 0],
]);
/** What the check octet of zeros is: the last of the image. */
const CHECK = 0xef;

function octetAt(at: number): number {
	return at === IMAGE_LENGTH - 1 ? CHECK : (HEAD[at] ?? 0);
}

function onRequest(request: Request, response: Response): void {
	request.state = 0;
	response.setField("Content-Type", "application/octet-stream");
	response.setField("Content-Disposition", 'attachment; filename="trial-image.bin"');
	response.begin(IMAGE_LENGTH);
}

function onWritable(request: Request, response: Response, room: number): void {
	const start = request.state as number;
	const end = Math.min(start + room, IMAGE_LENGTH);
	response.write(Uint8Array.from({ length: end - start }, (_, index) => octetAt(start + index)));
	request.state = end;
	if (end === IMAGE_LENGTH) response.end();
}

export const trialImage: RouteHandlers = Object.freeze({ onRequest, onWritable });
