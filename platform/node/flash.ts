// The flash of an ESP32, and updates of its firmware, where there is none: for thimble-http/update on Node, and for tests on any
// engine. Written beside the sources of the Moddable SDK (8.2.3) and of the ESP-IDF that it stands on; each rule names its own.
//
// What real flash does not forgive is remembered: `faults`.

import type { HashFunction } from "../../src/crypto.js";
import type { FlashPartition, FlashStorage, Updater, Updates } from "../../src/update-sink.js";
import { problemOfImage } from "./esp-image.js";

/** What is erased at once: SPI_FLASH_SEC_SIZE in the ESP-IDF's components/spi_flash. */
export const SECTOR_LENGTH = 4096;
/** What erased flash reads as. */
const ERASED = 0xff;
/** ESP_IMAGE_HEADER_MAGIC in components/bootloader_support/include/esp_app_format.h */
const IMAGE_MAGIC = 0xe9;

/** What `SimulatedFlash` takes. */
export interface SimulatedFlashOptions {
	/** The size of the partition in octets, a multiple of 4,096. */
	readonly size: number;
	/** What checks the hash at the end of an image. Without it no hash is checked. */
	readonly hash?: HashFunction;
	/** What the partition holds beforehand; erased flash unless given. */
	readonly content?: Uint8Array;
}

/** One partition for updates, its flash, and who writes to it. */
export class SimulatedFlash {
	readonly size: number;
	/** How often each sector was erased. */
	readonly erasures: number[] = [];
	/** What was done wrong. */
	readonly faults: string[] = [];
	/** The octets of the image that the device would start from after a restart: as many as were written. Null without one. */
	image: Uint8Array | null = null;
	/** How many octets the update on its way has written. */
	writtenLength = 0;
	/** How many updates are open. */
	openCount = 0;
	/** "embedded:storage/flash", with the partition "nextota" alone. */
	readonly storage: FlashStorage;
	/** "embedded:update" */
	readonly updates: Updates;
	private readonly hash: HashFunction | null;
	private readonly content: Uint8Array | null;
	private octets: Uint8Array | null = null;

	constructor(options: SimulatedFlashOptions) {
		if (options.size % SECTOR_LENGTH !== 0) throw new RangeError(`${options.size} is no number of whole sectors`);
		this.size = options.size;
		this.hash = options.hash ?? null;
		this.content = options.content ?? null;
		this.storage = Object.freeze({ open: (given: { readonly path: string }) => this.openPartition(given) });
		this.updates = Object.freeze({ open: (given: Parameters<Updates["open"]>[0]) => this.openUpdate(given) });
	}

	/** What the flash holds. */
	get memory(): Uint8Array {
		if (this.octets === null) {
			this.octets = new Uint8Array(this.size).fill(ERASED);
			if (this.content !== null) this.octets.set(this.content);
		}
		return this.octets;
	}

	/** esp_partition_erase_range in components/esp_partition/partition_target.c: within the partition, whole sectors. */
	erase(start: number, length: number): void {
		if (start < 0 || start + length > this.size) throw new Error("erase failed");
		// The boot loader checks what it is to start, and goes back to what ran (components/bootloader_support/src/bootloader_utility.c).
		this.image = null;
		this.memory.fill(ERASED, start, start + length);
		for (let sector = start / SECTOR_LENGTH; sector < (start + length) / SECTOR_LENGTH; sector += 1) {
			this.erasures[sector] = (this.erasures[sector] ?? 0) + 1;
		}
	}

	/** esp_partition_write, there: within the partition. Flash can only clear bits. */
	program(start: number, octets: Uint8Array): void {
		if (start + octets.length > this.size) throw new Error("write failed");
		const { memory } = this;
		for (let index = 0; index < octets.length; index += 1) {
			const at = start + index;
			if (memory[at] !== ERASED) this.faults.push(`offset ${at} was written without being erased`);
			memory[at] = (memory[at] as number) & (octets[index] as number);
		}
	}

	/** esp_ota_end and esp_ota_set_boot_partition: the image as far as its own head says. */
	verify(): boolean {
		return problemOfImage(this.memory, this.hash) === "";
	}

	/** xs_flashstorage_open in modules/io/flash/esp32/flash-esp32.c */
	private openPartition({ path }: { readonly path: string }): SimulatedPartition {
		if (path !== "nextota") throw new Error("can't find partition");
		return new SimulatedPartition(this.size);
	}

	/** xs_update_open in modules/io/update/esp32/update-esp32.c, and esp_ota_begin */
	private openUpdate(options: Parameters<Updates["open"]>[0]): SimulatedUpdater {
		const { partition, byteLength, mode } = options;
		if (!(partition instanceof SimulatedPartition) || partition.isClosed) throw closedObject();
		if (mode !== "a") throw new RangeError("invalid mode");
		if (byteLength !== undefined && !(byteLength >= 0 && byteLength <= this.size)) {
			throw new RangeError("invalid byteLength");
		}
		if (this.openCount > 0) this.faults.push("an update was opened while another was");
		return new SimulatedUpdater(this);
	}
}

/** What a closed object answers to every call: fxGetHostDataValidate in xs/sources/xsAPI.c. */
function closedObject(): SyntaxError {
	return new SyntaxError("C: xsGetHostData: invalid host data");
}

/** xs_flashstorage_… in modules/io/flash/esp32/flash-esp32.c, as far as updates need it. */
class SimulatedPartition implements FlashPartition {
	isClosed = false;
	private readonly size: number;

	constructor(size: number) {
		this.size = size;
	}

	status(): { readonly size: number; readonly blockLength: number; readonly blocks: number } {
		if (this.isClosed) throw closedObject();
		return { size: this.size, blockLength: SECTOR_LENGTH, blocks: this.size / SECTOR_LENGTH };
	}

	close(): void {
		this.isClosed = true;
	}
}

/** xs_update_… in modules/io/update/esp32/update-esp32.c, over components/app_update/esp_ota_ops.c of the ESP-IDF. */
class SimulatedUpdater implements Updater {
	private readonly flash: SimulatedFlash;
	private isClosed = false;
	private isComplete = false;

	constructor(flash: SimulatedFlash) {
		this.flash = flash;
		flash.openCount += 1;
		flash.writtenLength = 0;
	}

	write(octets: Uint8Array): void {
		if (this.isClosed) throw closedObject();
		// xs_update_write
		if (this.isComplete) throw new Error("already complete");
		if (!(octets instanceof Uint8Array)) throw new TypeError("invalid buffer");
		// esp_ota_write, of ESP-IDF 5: nothing to do is done, and the sectors that these octets begin are erased …
		if (octets.length === 0) return;
		const { flash } = this;
		const start = flash.writtenLength;
		const first = Math.ceil(start / SECTOR_LENGTH);
		const end = Math.floor((start + octets.length - 1) / SECTOR_LENGTH) + 1;
		if (end > first) flash.erase(first * SECTOR_LENGTH, (end - first) * SECTOR_LENGTH);
		// … even if the first octet is then found to begin no image.
		if (start === 0 && octets[0] !== IMAGE_MAGIC) throw new Error("write failed");
		flash.program(start, octets);
		flash.writtenLength += octets.length;
	}

	complete(): void {
		if (this.isClosed) throw closedObject();
		// xs_update_complete: whatever comes of it, the update is over.
		if (this.isComplete) throw new Error("already complete");
		this.isComplete = true;
		const { flash } = this;
		flash.openCount -= 1;
		// esp_ota_end: something has to have been written.
		if (flash.writtenLength === 0 || !flash.verify()) throw new Error("end failed");
		flash.image = flash.memory.slice(0, flash.writtenLength);
	}

	/** xs_update_close, any number of times; of what is not complete nothing is left but the flash (esp_ota_abort). */
	close(): void {
		if (this.isClosed) return;
		this.isClosed = true;
		if (!this.isComplete) this.flash.openCount -= 1;
	}
}
