// What of a client's octets is a request, as the oracle reads them under a plan's limits and the searched app's own. For the
// play.

import type { Limits } from "../../src/limits.js";
import { wishOf } from "./behaviours.js";
import { type OracleReading, readStream } from "./oracle.js";

export function readingOf(stream: string, limits: Limits): OracleReading {
	// Not by spreading all of them, for each client.
	return readStream(stream, {
		targetLengthMax: limits.targetLengthMax,
		headLengthMax: limits.headLengthMax,
		fieldLinesMax: limits.fieldLinesMax,
		chunkExtensionLengthMax: limits.chunkExtensionLengthMax,
		trailerSectionLengthMax: limits.trailerSectionLengthMax,
		contentLengthMax: (target) => wishOf(target)?.behaviour.contentLengthMax ?? limits.contentLengthMax,
	});
}
