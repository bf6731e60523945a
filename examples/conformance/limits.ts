// What both conformance ports allow: large enough for what the outside suites send as well-formed (8,000 octets of
// request line, 100 fields, 64 KiB of content, 100 connections), far below the floods they expect to see refused.

import type { Limits } from "thimble-http";

export const CONTENT_LENGTH_MAX = 262_144;

export const limits: Partial<Limits> = {
	connections: 128,
	receiveLength: 32_768,
	sendLength: 16_384,
	targetLengthMax: 8192,
	headLengthMax: 32_768,
	fieldLinesMax: 200,
	// Head and trailers together: all of them are kept.
	fieldsKeptMax: 400,
	contentLengthMax: CONTENT_LENGTH_MAX,
	trailerSectionLengthMax: 8192,
	discardLengthMax: CONTENT_LENGTH_MAX,
	// Load generators count a connection that ends as an error.
	requestsMax: 0,
};
