// thimble-http/update on the Moddable SDK: firmware goes into the partition that does not run, by its modules
// "embedded:storage/flash" and "embedded:update".

import Modules from "modules";
import { type FlashStorage, openUpdateIn, type UpdateSink, type Updates } from "../../src/update-sink.js";

export type { UpdateSink };

const FLASH = "embedded:storage/flash";
const UPDATE = "embedded:update";

/**
 * A sink for firmware of `length` octets, if that is known: each sector is erased when it is its turn. Throws ContentError, with
 * the status 413, when there is less flash for it; Error where the firmware does not include the SDK's modules.
 */
export function openUpdate(length?: number): UpdateSink {
	if (!Modules.has(FLASH) || !Modules.has(UPDATE)) {
		throw new Error('updates need "$(MODDABLE)/modules/io/update/manifest.json" among the includes of the manifest');
	}
	return openUpdateIn(Modules.importNow(FLASH) as FlashStorage, Modules.importNow(UPDATE) as Updates, length);
}
