// Where uploads are kept: so many places, taken once. For the routes of this folder.

import { since } from "../clock.js";
import type { RandomSource } from "../crypto.js";
import { writeHexadecimal } from "../octets/decimal.js";
import { latin1 } from "../octets/text.js";
import { FREE, OPEN, Upload } from "./upload.js";

const ID_LENGTH = 8;
/** How long an id is. */
export const ID_DIGITS = 16;

export class Places {
	private readonly uploads: Upload[] = [];
	/** An id on its way: as octets, and then as digits. */
	private readonly id = new Uint8Array(ID_LENGTH * 3);

	constructor(count: number, bufferLength: number) {
		for (let index = 0; index < count; index += 1) this.uploads.push(new Upload(bufferLength));
	}

	/** The upload of this id, which is not empty; null without one. */
	find(id: string): Upload | null {
		for (let index = 0; index < this.uploads.length; index += 1) {
			const upload = this.uploads[index] as Upload;
			if (upload.id === id) return upload;
		}
		return null;
	}

	/**
	 * A place for a new upload: a free one, or that of the upload nobody has asked for for longest. Null when each has a request or
	 * its sink at work, or is unfinished and was asked for in the last `reservedMs`.
	 */
	free(now: number, reservedMs: number): Upload | null {
		let oldest: Upload | null = null;
		let oldestAge = -1;
		for (let index = 0; index < this.uploads.length; index += 1) {
			const upload = this.uploads[index] as Upload;
			if (upload.state === FREE) return upload;
			const age = ageOf(upload, now);
			if (upload.isBusy || (upload.state === OPEN && age < reservedMs) || age <= oldestAge) continue;
			oldest = upload;
			oldestAge = age;
		}
		oldest?.drop(new Error("another upload has taken the place"));
		return oldest;
	}

	/** An id that nobody had: a client of before the last restart finds nothing by its own, rather than somebody else's upload. */
	newId(random: RandomSource): string {
		const octets = this.id.subarray(0, ID_LENGTH);
		random(octets);
		for (let at = 0; at < ID_LENGTH; at += 1) writeHexadecimal(this.id, ID_LENGTH + at * 2, octets[at] as number, 2);
		return latin1(this.id, ID_LENGTH, ID_LENGTH * 3);
	}
}

/** How long ago an upload was asked for. The clock wraps: what seems to be in the future is longer ago than anything else. */
function ageOf(upload: Upload, now: number): number {
	const age = since(upload.usedMs, now);
	return age < 0 ? Number.MAX_SAFE_INTEGER : age;
}
