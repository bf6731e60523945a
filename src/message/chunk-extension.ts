// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ) (RFC 9112 §7.1.1), scanned octet by octet.
// Thimble knows no extension: each is checked and ignored, and their length is bounded. For the chunked reader.

import { BACKSLASH, CR, DQUOTE, EQUALS, HTAB, SEMICOLON, SP } from "../octets/ascii.js";
import { QUOTED, TOKEN_LOWER } from "../octets/classes.js";

// Where the scanner stands.
const BETWEEN = 0; // behind the size, a name or a value, and bad whitespace: ";" has to come
const NAME_START = 1;
const NAME = 2;
const BEHIND_NAME = 3; // whitespace behind a name: "=" or ";"
const VALUE_START = 4;
const VALUE = 5;
const QUOTED_VALUE = 6;
const QUOTED_PAIR = 7;
const QUOTED_END = 8;

export class ChunkExtensionScanner {
	#state = BETWEEN;

	begin(): void {
		this.#state = BETWEEN;
	}

	/** Takes one octet. False when the grammar has no place for it; a CR is taken where the line may end. */
	take(octet: number): boolean {
		const isSpace = octet === SP || octet === HTAB;
		switch (this.#state) {
			case BETWEEN:
				if (octet === SEMICOLON) this.#state = NAME_START;
				else return isSpace;
				return true;
			case NAME_START:
				if (isSpace) return true;
				this.#state = NAME;
				return TOKEN_LOWER[octet] !== 0;
			case NAME:
				if (TOKEN_LOWER[octet] !== 0) return true;
				return this.behindName(octet, isSpace);
			case BEHIND_NAME:
				return isSpace || (octet !== CR && this.behindName(octet, false));
			case VALUE_START:
				if (isSpace) return true;
				this.#state = octet === DQUOTE ? QUOTED_VALUE : VALUE;
				return octet === DQUOTE || TOKEN_LOWER[octet] !== 0;
			case VALUE:
				if (TOKEN_LOWER[octet] !== 0) return true;
				return this.behindValue(octet, isSpace);
			case QUOTED_VALUE:
				if (octet === DQUOTE) this.#state = QUOTED_END;
				else if (octet === BACKSLASH) this.#state = QUOTED_PAIR;
				return QUOTED[octet] !== 0;
			case QUOTED_PAIR:
				this.#state = QUOTED_VALUE;
				return QUOTED[octet] !== 0;
			default: // QUOTED_END
				return this.behindValue(octet, isSpace);
		}
	}

	private behindName(octet: number, isSpace: boolean): boolean {
		if (octet === EQUALS) this.#state = VALUE_START;
		else if (octet === SEMICOLON) this.#state = NAME_START;
		else if (isSpace) this.#state = BEHIND_NAME;
		else return octet === CR;
		return true;
	}

	private behindValue(octet: number, isSpace: boolean): boolean {
		if (octet === SEMICOLON) this.#state = NAME_START;
		else if (isSpace) this.#state = BETWEEN;
		else return octet === CR;
		return true;
	}
}
