// A sink that writes firmware into the partition from which the device will start next: by the ECMA-419 updates of the Moddable
// SDK, handed to it. For thimble-http/update, which hands it those of the platform, and for its tests.
//
// An update is opened in mode "a". Then each sector is erased right before the first octet of it is written
// (OTA_WITH_SEQUENTIAL_WRITES in modules/io/update/esp32/update-esp32.c); otherwise the whole partition would be erased when the
// update begins, and nobody served for seconds.

import { ContentError, type FileSink } from "./sink.js";

/** A partition of the flash, of the SDK's "embedded:storage/flash" (modules/io/flash). */
export interface FlashPartition {
	status(): { readonly size: number };
	close(): void;
}

/** What "embedded:storage/flash" exports. */
export interface FlashStorage {
	open(options: { readonly path: string }): FlashPartition;
}

/** An update on its way. Each method throws Error when it fails; it does not say why. */
export interface Updater {
	write(octets: Uint8Array): void;
	/** Checks the image, and has the device start from it from the next restart on. */
	complete(): void;
	/** Gives up what is not complete. */
	close(): void;
}

/** What "embedded:update" exports. */
export interface Updates {
	open(options: { readonly partition: FlashPartition; readonly mode: "a"; readonly byteLength?: number }): Updater;
}

/** The partition that an update goes into: the one that does not run. */
const PARTITION = "nextota";

/** Firmware on its way into flash. It is the device's from the next restart on, once `end` has returned. */
export class UpdateSink implements FileSink {
	private readonly partition: FlashPartition;
	private readonly updater: Updater;
	private length = 0;

	/** For `openUpdateIn`. */
	constructor(partition: FlashPartition, updater: Updater) {
		// Kept, since on some platforms the update writes by way of it (modules/io/update/mac/update-mac.m).
		this.partition = partition;
		this.updater = updater;
	}

	/** Throws ContentError when the first octets are those of no firmware, Error when the flash does not take the octets. */
	write(octets: Uint8Array, start: number, end: number): void {
		const isAll = start === 0 && end === octets.length;
		try {
			this.updater.write(isAll ? octets : octets.subarray(start, end));
		} catch (error) {
			// The first write looks at the first octet of an image; what fails later is the flash.
			if (this.length === 0) throw new ContentError("this is no firmware for this device");
			throw error;
		}
		this.length += end - start;
	}

	/** Throws ContentError for an image that is broken, or not for this device. */
	end(): void {
		try {
			this.updater.complete();
		} catch {
			throw new ContentError("the firmware is broken, or not for this device");
		}
		this.close();
	}

	abort(): void {
		this.close();
	}

	private close(): void {
		this.updater.close();
		this.partition.close();
	}
}

/**
 * Opens an update of `length` octets, if that is known, in the flash that is handed over. Throws ContentError, with the status 413,
 * when the partition is smaller.
 */
export function openUpdateIn(flash: FlashStorage, updates: Updates, length?: number): UpdateSink {
	const partition = flash.open({ path: PARTITION });
	try {
		const { size } = partition.status();
		if (length !== undefined && length > size) throw new ContentError(`firmware has ${size} octets at most`, 413);
		const options = { partition, mode: "a" } as const;
		return new UpdateSink(partition, updates.open(length === undefined ? options : { ...options, byteLength: length }));
	} catch (error) {
		partition.close();
		throw error;
	}
}
