// thimble-http/update on Node: firmware goes into the simulated flash of an ESP32, which checks it as the board would.

import { openUpdateIn, type UpdateSink } from "../../src/update-sink.js";
import { hash } from "./crypto.js";
import { SimulatedFlash, type SimulatedFlashOptions } from "./flash.js";

export { SimulatedFlash, type SimulatedFlashOptions, type UpdateSink };

/** What is on this laptop in place of a board's partition for updates: 6 MiB, as on a module with 16 MB. */
export const laptopFlash = new SimulatedFlash({ size: 0x60_0000, hash });

/**
 * A sink for firmware of `length` octets, if that is known. What came of it is in `laptopFlash`. Throws ContentError, with the
 * status 413, when there is less flash for it.
 */
export function openUpdate(length?: number): UpdateSink {
	return openUpdateIn(laptopFlash.storage, laptopFlash.updates, length);
}
