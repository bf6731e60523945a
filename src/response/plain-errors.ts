// The responses that the server gives by itself where the app has none of its own: the status and its reason as text. For
// the server.

import { violationStatuses } from "../message/violation.js";
import { freeze } from "../octets/freeze.js";
import { type Prebuilt, prebuild } from "./prebuilt.js";
import { statusText } from "./status.js";

/** What no rule of the protocol says: no such path, a handler that failed, a method nobody knows, a handler that is late. */
const OTHER_STATUSES = freeze([404, 500, 501, 503]);

/** By status. */
export const PLAIN_ERRORS: Readonly<Record<number, Prebuilt>> = freeze(
	Object.fromEntries(
		[...violationStatuses(), ...OTHER_STATUSES].map((status) => [
			status,
			prebuild({ status, type: "text/plain", content: `${statusText(status)}\n` }),
		]),
	),
);
