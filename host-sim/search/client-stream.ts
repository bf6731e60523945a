// All that a client sends, and what of it is a request as the oracle reads it under a plan's limits and the searched app's own.
// However its octets are cut, this is the same. For the play.

import type { Limits } from "../../src/limits.js";
import { octetsOf } from "../virtual/octets.js";
import { wishOf } from "./behaviours.js";
import { type OracleReading, readStream } from "./oracle.js";

export interface ClientStream {
	/** A character for each octet. */
	readonly text: string;
	readonly octets: Uint8Array;
	readonly reading: OracleReading;
}

export function clientStream(text: string, limits: Limits): ClientStream {
	// Not by spreading all of them, for each client.
	const reading = readStream(text, {
		targetLengthMax: limits.targetLengthMax,
		headLengthMax: limits.headLengthMax,
		fieldLinesMax: limits.fieldLinesMax,
		chunkExtensionLengthMax: limits.chunkExtensionLengthMax,
		trailerSectionLengthMax: limits.trailerSectionLengthMax,
		contentLengthMax: (target) => wishOf(target)?.behaviour.contentLengthMax ?? limits.contentLengthMax,
	});
	return { text, octets: octetsOf(text), reading };
}
