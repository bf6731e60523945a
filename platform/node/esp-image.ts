// Whether octets are an image that an ESP32 would start: what the ESP-IDF looks at when an update is complete
// (components/bootloader_support/src/esp_image_format.c). For flash.ts.
//
//     head of 24 octets   segments: address (4), length (4), octets   padding and a check octet up to a multiple of 16   SHA-256
//
// What depends on the chip is passed over: its number in the head, and whether addresses suit the flash cache.

import type { HashFunction } from "../../src/crypto.js";

const HEAD_LENGTH = 24;
const SEGMENT_HEAD_LENGTH = 8;
const MAGIC = 0xe9;
/** ESP_IMAGE_MAX_SEGMENTS */
const SEGMENTS_MAX = 16;
const SEGMENT_LENGTH_MAX = 0x100_0000;
/** ESP_ROM_CHECKSUM_INITIAL */
const CHECK_START = 0xef;
const HASH_LENGTH = 32;
const SEGMENT_COUNT_AT = 1;
/** hash_appended, the last octet of the head. */
const HASHED_AT = 23;

/** Why an image at the start of `flash` would not be started; "" if it would. Without `hash` its hash is not looked at. */
export function problemOfImage(flash: Uint8Array, hash: HashFunction | null): string {
	const view = new DataView(flash.buffer, flash.byteOffset, flash.byteLength);
	// verify_image_header
	if (flash[0] !== MAGIC) return "it does not begin with 0xE9";
	const count = flash[SEGMENT_COUNT_AT] as number;
	if (count > SEGMENTS_MAX) return `it has more than ${SEGMENTS_MAX} segments`;
	// process_segments
	let end = HEAD_LENGTH;
	let check = CHECK_START;
	for (let segment = 0; segment < count; segment += 1) {
		const start = end + SEGMENT_HEAD_LENGTH;
		if (start > flash.length) return "a segment begins beyond the partition";
		const length = view.getUint32(start - 4, true);
		if (length % 4 !== 0 || length >= SEGMENT_LENGTH_MAX) return "a segment has an invalid length";
		end = start + length;
		if (end > flash.length) return "a segment ends beyond the partition";
		for (let at = start; at < end; at += 1) check ^= flash[at] as number;
	}
	// process_checksum: the last octet of the next multiple of 16
	end += 16 - (end % 16);
	if (end > flash.length) return "it ends beyond the partition";
	if (flash[end - 1] !== check) return "its check octet is wrong";
	// process_appended_hash, verify_simple_hash
	if (flash[HASHED_AT] === 0) return "";
	if (end + HASH_LENGTH > flash.length) return "its hash ends beyond the partition";
	if (hash === null) return "";
	const found = new Uint8Array(HASH_LENGTH);
	hash("SHA-256", flash, end, found);
	for (let at = 0; at < HASH_LENGTH; at += 1) if (found[at] !== flash[end + at]) return "its hash is wrong";
	return "";
}
