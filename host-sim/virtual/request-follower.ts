// Follows what a client sends, to know the methods of its requests: a response to HEAD has no content, whatever it says. It
// understands what is right; behind the first octet that is not, it says nothing any more. For the simulator's client.

const LF = 10;

export class RequestFollower {
	readonly #onRequest: (method: string) => void;
	#head = "";
	/** How many octets of content are to come; −1: chunks. */
	#content = 0;
	/** Of chunked content: a size line is read, or a chunk with its CR LF, or trailers. */
	#part: "size" | "chunk" | "trailers" = "size";
	#isLost = false;

	/** `onRequest`: told the method as soon as a head is complete. */
	constructor(onRequest: (method: string) => void) {
		this.#onRequest = onRequest;
	}

	sent(octets: Uint8Array): void {
		for (let index = 0; index < octets.length && !this.#isLost; ) {
			const isCounted = this.#content > 0;
			if (isCounted) {
				const count = Math.min(this.#content, octets.length - index);
				this.#content -= count;
				index += count;
				if (this.#content === 0 && this.#part === "chunk") this.#nextChunk();
				continue;
			}
			const octet = octets[index] as number;
			index += 1;
			this.#head += String.fromCharCode(octet);
			if (octet === LF) this.#readLine();
		}
	}

	/** A line has ended, within a head, or within chunked content. */
	#readLine(): void {
		const head = this.#head;
		if (this.#content === -1) {
			this.#head = "";
			if (this.#part === "size") this.#readSize(head);
			else if (head === "\r\n") this.#endContent();
			return;
		}
		if (head === "\r\n") this.#head = "";
		else if (head.endsWith("\r\n\r\n")) {
			this.#head = "";
			this.#readHead(head);
		}
	}

	#readHead(head: string): void {
		const method = /^([^\s]+) [^\s]+ HTTP\/1\.[0-9]\r\n/.exec(head)?.[1];
		const length = /\r\ncontent-length:[\t ]*([0-9]{1,15})[\t ]*\r\n/i.exec(head)?.[1];
		const isChunked = /\r\ntransfer-encoding:[\t ]*chunked[\t ]*\r\n/i.test(head);
		if (method === undefined || (isChunked && length !== undefined)) {
			this.#isLost = true;
			return;
		}
		this.#content = isChunked ? -1 : Number(length ?? 0);
		this.#part = "size";
		this.#onRequest(method);
	}

	#readSize(line: string): void {
		const size = /^([0-9a-f]{1,13})[\t ]*(?:;.*)?\r\n$/i.exec(line)?.[1];
		if (size === undefined) this.#isLost = true;
		else if (Number.parseInt(size, 16) === 0) this.#part = "trailers";
		else {
			this.#part = "chunk";
			this.#content = Number.parseInt(size, 16) + 2;
		}
	}

	#nextChunk(): void {
		this.#part = "size";
		this.#content = -1;
	}

	#endContent(): void {
		this.#part = "size";
		this.#content = 0;
	}
}
