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

/** What a row takes of the cells. */
export const FIELD_ROW_CELLS: number = COLUMNS;

export class FieldTable {
	/** How many rows hold a field. */
	count = 0;
	private readonly cells: Uint16Array;
	private readonly base: number;
	private readonly rowsMax: number;

	/** A table of `rowsMax` rows in `cells`, which tables may share, from `base` on. */
	constructor(cells: Uint16Array, base: number, rowsMax: number) {
		this.cells = cells;
		this.base = base;
		this.rowsMax = rowsMax;
	}

	clear(): void {
		this.count = 0;
	}

	/** Adds a row; false when the table is full. */
	add(nameIndex: number, nameStart: number, nameLength: number, valueStart: number, valueLength: number): boolean {
		if (this.count === this.rowsMax) return false;
		const { cells } = this;
		const cell = this.base + this.count * COLUMNS;
		cells[cell] = nameIndex;
		cells[cell + NAME_START] = nameStart;
		cells[cell + NAME_LENGTH] = nameLength;
		cells[cell + VALUE_START] = valueStart;
		cells[cell + VALUE_LENGTH] = valueLength;
		this.count += 1;
		return true;
	}

	nameIndex(row: number): number {
		return this.cells[this.base + row * COLUMNS + NAME_INDEX] as number;
	}

	nameStart(row: number): number {
		return this.cells[this.base + row * COLUMNS + NAME_START] as number;
	}

	nameLength(row: number): number {
		return this.cells[this.base + row * COLUMNS + NAME_LENGTH] as number;
	}

	valueStart(row: number): number {
		return this.cells[this.base + row * COLUMNS + VALUE_START] as number;
	}

	valueLength(row: number): number {
		return this.cells[this.base + row * COLUMNS + VALUE_LENGTH] as number;
	}

	/** Moves a row's offsets by `distance`, with its octets. */
	relocate(row: number, distance: number): void {
		const { cells } = this;
		const cell = this.base + row * COLUMNS;
		cells[cell + NAME_START] = (cells[cell + NAME_START] as number) + distance;
		cells[cell + VALUE_START] = (cells[cell + VALUE_START] as number) + distance;
	}
}
