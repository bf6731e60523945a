// Where the kept fields of a request stand in its receive buffer: a fixed table of offsets for each connection, no strings.
// For the field section, which fills it, and for the request, which reads it.

// The columns of a row. Offsets are into the receive buffer.
const NAME_INDEX = 0;
const NAME_START = 1;
const NAME_LENGTH = 2;
const VALUE_START = 3;
const VALUE_LENGTH = 4;
const COLUMNS = 5;

/** In place of an index in the registry: a field that is kept only because every field is. */
export const NAME_UNREGISTERED = 0xffff;

/** The octets of a row. */
export const FIELD_ROW_LENGTH: number = 2 * COLUMNS;

const NO_CELLS = new Uint16Array(0);

export class FieldTable {
	/** How many rows hold a field. */
	count = 0;
	private readonly cells: Uint16Array;
	private readonly rowsMax: number;
	private base = 0;

	/** Tables of `rowsMax` rows for so many connections. */
	constructor(connections: number, rowsMax: number) {
		this.cells = rowsMax === 0 ? NO_CELLS : new Uint16Array(connections * rowsMax * COLUMNS);
		this.rowsMax = rowsMax;
	}

	/** It is the turn of connection `index`, from 0 on. */
	select(index: number): void {
		this.base = index * this.rowsMax * COLUMNS;
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
