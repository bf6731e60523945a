// Where the kept fields of one request stand in its receive buffer: a fixed table of offsets, no strings. For the field
// section, which fills it, and for the request, which reads it.

// The columns of a row. Offsets are relative to the start of the receive buffer.
const NAME_INDEX = 0;
const NAME_START = 1;
const NAME_LENGTH = 2;
const VALUE_START = 3;
const VALUE_LENGTH = 4;
const COLUMNS = 5;

/** In place of an index in the registry: a field that is kept only because every field is. */
export const NAME_UNREGISTERED = 0xffff;

export class FieldTable {
	/** How many rows hold a field. */
	count = 0;
	readonly #cells: Uint16Array;
	readonly #rowsMax: number;

	constructor(rowsMax: number) {
		this.#cells = new Uint16Array(rowsMax * COLUMNS);
		this.#rowsMax = rowsMax;
	}

	clear(): void {
		this.count = 0;
	}

	/** Adds a row; false when the table is full. */
	add(nameIndex: number, nameStart: number, nameLength: number, valueStart: number, valueLength: number): boolean {
		if (this.count === this.#rowsMax) return false;
		const cells = this.#cells;
		const row = this.count * COLUMNS;
		cells[row] = nameIndex;
		cells[row + NAME_START] = nameStart;
		cells[row + NAME_LENGTH] = nameLength;
		cells[row + VALUE_START] = valueStart;
		cells[row + VALUE_LENGTH] = valueLength;
		this.count += 1;
		return true;
	}

	nameIndex(row: number): number {
		return this.#cells[row * COLUMNS + NAME_INDEX] as number;
	}

	nameStart(row: number): number {
		return this.#cells[row * COLUMNS + NAME_START] as number;
	}

	nameLength(row: number): number {
		return this.#cells[row * COLUMNS + NAME_LENGTH] as number;
	}

	valueStart(row: number): number {
		return this.#cells[row * COLUMNS + VALUE_START] as number;
	}

	valueLength(row: number): number {
		return this.#cells[row * COLUMNS + VALUE_LENGTH] as number;
	}

	/** Moves a row's offsets by `distance`, with its octets. */
	relocate(row: number, distance: number): void {
		const cells = this.#cells;
		cells[row * COLUMNS + NAME_START] = (cells[row * COLUMNS + NAME_START] as number) + distance;
		cells[row * COLUMNS + VALUE_START] = (cells[row * COLUMNS + VALUE_START] as number) + distance;
	}
}
