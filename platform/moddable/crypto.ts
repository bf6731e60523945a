// thimble-http/crypto on the Moddable SDK: hashes by its module "crypt", random octets by Math.random (digest.ts).

import Modules from "modules";
import type { HashFunction, HashName, RandomSource } from "../../src/crypto.js";
import { type Crypt, hashBy, random } from "./digest.js";

export { type HashFunction, type HashName, type RandomSource, random };

const CRYPT = "crypt";

/** SHA-256 and MD5. Throws Error where the firmware does not include the SDK's module. */
export const hash: HashFunction = (name, octets, length, to) => {
	if (!Modules.has(CRYPT)) {
		throw new Error('hashes need "$(MODDABLE)/modules/crypt/digest/manifest.json" among the includes of the manifest');
	}
	hashBy(Modules.importNow(CRYPT) as Crypt)(name, octets, length, to);
};
