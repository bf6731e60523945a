// What features need of cryptography. thimble-http/crypto has it from the platform; tests bring their own. Types alone.

/** Fills `octets` with what nobody can guess. */
export type RandomSource = (octets: Uint8Array) => void;

/** A hash function, by its name in RFC 7616. */
export type HashName = "SHA-256" | "MD5";

/** Writes the hash of `octets[0, length)` to `to` from offset 0: 32 octets of SHA-256, 16 of MD5. */
export type HashFunction = (name: HashName, octets: Uint8Array, length: number, to: Uint8Array) => void;
