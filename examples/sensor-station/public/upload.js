// Uploads that can be paused, and go on by themselves where a connection broke off (tus 1.0.0): the station is asked how far it
// has got, and gets what comes behind that.

const VERSION = { "Tus-Resumable": "1.0.0" };
const TYPE = "application/offset+octet-stream";
/** How much is sent at once. A browser may send a request whose connection was cut again, and all of it. */
const PIECE_LENGTH = 262_144;
/** Before another try: longer each time, and as long as the last from then on. */
const RETRY_MS = [500, 1000, 2000, 4000];
const TIMEOUT_MS = 8000;
/** Where the path of an unfinished upload is kept, so that it can go on when the page was left. */
const KEY = "upload";

/** What another try will not mend. */
class Refused extends Error {}
/** What it may, and the station has said why. */
class Busy extends Error {}

export class Upload {
	#file;
	#tell;
	#path;
	#request = null;
	#failures = 0;
	#timer = 0;
	#isOver = false;
	/** Whether the upload was begun here, and not before the page was left. */
	#isOurs = false;

	/** `tell(state, sent, words)`: "sending", "waiting" for another try, "paused", "done" or "failed", and the octets so far. */
	constructor(file, tell) {
		this.#file = file;
		this.#tell = tell;
		const { name, size, lastModified } = file;
		this.mark = JSON.stringify([name, size, lastModified]);
		const kept = JSON.parse(localStorage.getItem(KEY) ?? "null");
		this.#path = kept?.mark === this.mark ? kept.path : null;
		this.sent = 0;
	}

	async go() {
		this.isPaused = false;
		clearTimeout(this.#timer);
		try {
			this.#say("sending");
			this.sent = await this.#offset();
			while (this.sent < this.#file.size) {
				if (this.isPaused || this.#isOver) return;
				this.sent = await this.#send(this.sent);
			}
			localStorage.removeItem(KEY);
			this.#say("done");
		} catch (error) {
			if (this.isPaused || this.#isOver) return;
			if (error instanceof Refused) return this.#say("failed", error.message);
			const waitMs = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
			this.#failures += 1;
			this.#timer = setTimeout(() => this.go(), waitMs);
			this.#say("waiting", error instanceof Busy ? error.message : "");
		}
	}

	pause() {
		this.isPaused = true;
		clearTimeout(this.#timer);
		this.#request?.abort();
		this.#say("paused");
	}

	cancel() {
		this.#isOver = true;
		clearTimeout(this.#timer);
		this.#request?.abort();
		localStorage.removeItem(KEY);
		if (this.#path !== null) fetch(this.#path, { method: "DELETE", headers: VERSION }).catch(() => {});
	}

	#say(state, words = "") {
		if (!this.#isOver) this.#tell(state, this.sent, words);
	}

	/** Where to go on: the station knows. Begins an upload, if there is none. */
	async #offset() {
		if (this.#path !== null) {
			const answer = await ask(this.#path, { method: "HEAD" });
			if (answer.ok) return Number(answer.headers.get("Upload-Offset"));
			if (answer.status === 410 && this.#isOurs) throw new Refused("The station has refused the file");
			if (answer.status !== 404 && answer.status !== 410) await refuse(answer);
		}
		const answer = await ask("/firmware", { method: "POST", headers: { "Upload-Length": this.#file.size } });
		if (!answer.ok) await refuse(answer);
		this.#path = answer.headers.get("Location");
		this.#isOurs = true;
		localStorage.setItem(KEY, JSON.stringify({ mark: this.mark, path: this.#path }));
		return 0;
	}

	/** Sends a piece; returns how far the station has got. Unlike fetch, this tells how far it is. */
	#send(offset) {
		return new Promise((resolve, reject) => {
			const request = new XMLHttpRequest();
			this.#request = request;
			request.open("PATCH", this.#path);
			request.setRequestHeader("Tus-Resumable", VERSION["Tus-Resumable"]);
			request.setRequestHeader("Content-Type", TYPE);
			request.setRequestHeader("Upload-Offset", offset);
			request.upload.onprogress = (event) => {
				this.sent = offset + event.loaded;
				this.#failures = 0;
				this.#say("sending");
			};
			request.onload = () => {
				if (request.status === 204) resolve(Number(request.getResponseHeader("Upload-Offset")));
				else refuse({ status: request.status, text: () => request.responseText }).catch(reject);
			};
			request.onerror = request.onabort = () => reject(new Error("cut off"));
			request.send(this.#file.slice(offset, offset + PIECE_LENGTH));
		});
	}
}

function ask(path, { method, headers }) {
	return fetch(path, { method, headers: { ...VERSION, ...headers }, signal: AbortSignal.timeout(TIMEOUT_MS) });
}

async function refuse(answer) {
	const words = (await answer.text()).trim();
	// The browser has sent the request again by itself, when its connection was cut: the upload is further than it said.
	if (answer.status === 409) throw new Error(words);
	const isTemporary = [408, 429, 503].includes(answer.status);
	throw isTemporary ? new Busy(words) : new Refused(words || `The station answers ${answer.status}`);
}
