// CRC-32 as zlib, Ethernet and PNG have it (reflected, polynomial 0xEDB88320), piece by piece. Four bits at a time, with
// a table of sixteen numbers: small enough for any flash.

const TABLE: readonly number[] = Object.freeze([
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320,
	0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
]);

/** The CRC-32 of no octets. */
export const CRC32_START = 0;

/** The CRC-32 of some octets, given that of all before them. */
export function crc32(before: number, octets: Uint8Array, start: number, end: number): number {
	let crc = ~before;
	for (let index = start; index < end; index += 1) {
		crc ^= octets[index] as number;
		crc = (crc >>> 4) ^ (TABLE[crc & 15] as number);
		crc = (crc >>> 4) ^ (TABLE[crc & 15] as number);
	}
	return ~crc >>> 0;
}

/** A CRC-32 as eight hexadecimal digits. */
export function crc32Text(crc: number): string {
	return crc.toString(16).padStart(8, "0");
}
