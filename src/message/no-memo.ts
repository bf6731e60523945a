// In place of the memory of the last head where there is no room for one (`rememberedLength` 0): nothing is expected to repeat,
// and nothing is noted. It has no field of its own, lies in flash, and costs a board no RAM. For the field section.

import { freeze } from "../octets/freeze.js";
import { type FieldMemo, NOTHING_STANDS } from "./field-memo.js";

/** What the readers of a head know of a memory. */
export type Memo = Pick<FieldMemo, keyof FieldMemo>;

const NO_LINE = -1;

class NoMemo implements Memo {
	get next(): number {
		return NO_LINE;
	}

	set next(_line: number) {}

	get hostLine(): number {
		return NO_LINE;
	}

	set hostLine(_line: number) {}

	get connectionLine(): number {
		return NO_LINE;
	}

	set connectionLine(_line: number) {}

	get stands(): number {
		return NOTHING_STANDS;
	}

	set stands(_what: number) {}

	get lineLength(): number {
		return 0;
	}

	select(): void {}

	begin(): void {}

	sawKeepAlive(): void {}

	sawConnection(): void {}

	forget(): void {}

	moved(): void {}

	conclude(): void {}

	compare(): number {
		return 0;
	}

	leaveLine(): void {}

	repeatsFields(): boolean {
		return false;
	}

	concludeRepeated(): void {}

	repeatsAll(): boolean {
		return false;
	}

	/** Not called, as nothing stands and no line is expected. */
	resume(repeated: number): number {
		return repeated;
	}

	recall(start: number): number {
		return start;
	}
}

export const NO_MEMO: Memo = freeze(new NoMemo());
