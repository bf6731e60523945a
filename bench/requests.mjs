// The requests that the benchmarks send: what a browser says to a device, in 16 variants of one length, so that no peer
// can answer from what it remembers of the last one. For the load and the parsing benchmark.

/** How many variants rotate. */
export const VARIANTS = 16;
/** How long the browser's head is, in octets. */
export const BROWSER_HEAD_LENGTH = 485;

/** What makes variant `index` different: two decimal digits. */
function mark(index) {
	return String(index).padStart(2, "0");
}

/** A GET of `path` as Chrome sends it over plain HTTP: nine fields, 485 octets; query and cookie vary. */
export function browserGet(path, index) {
	const head = (cookie) =>
		[
			`GET ${path}?reading=${mark(index)} HTTP/1.1`,
			"Host: 192.168.4.1",
			"Connection: keep-alive",
			"Cache-Control: max-age=0",
			"Upgrade-Insecure-Requests: 1",
			"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
			"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
			"Accept-Encoding: gzip, deflate",
			"Accept-Language: en-US,en;q=0.9",
			`Cookie: session=${cookie}`,
			"",
			"",
		].join("\r\n");
	const missing = BROWSER_HEAD_LENGTH - head("").length - 2;
	if (missing < 0) throw new RangeError(`"${path}" is too long for a head of ${BROWSER_HEAD_LENGTH} octets`);
	return head("0123456789abcdef".repeat(32).slice(0, missing) + mark(index));
}

/** A POST of a small JSON value. */
export function jsonPost(path, index) {
	const content = `{"sensor":"boiler","celsius":2${mark(index)}.5,"valid":true}`;
	return [
		`POST ${path} HTTP/1.1`,
		"Host: 192.168.4.1",
		"Content-Type: application/json",
		`Content-Length: ${content.length}`,
		"",
		content,
	].join("\r\n");
}

/** A chunked PUT of `length` octets, in chunks of `chunkLength`. */
export function chunkedPut(path, index, length, chunkLength) {
	const chunk = Buffer.alloc(chunkLength, mark(index));
	const parts = [`PUT ${path} HTTP/1.1\r\nHost: 192.168.4.1\r\nTransfer-Encoding: chunked\r\n\r\n`];
	for (let sent = 0; sent < length; sent += chunkLength) {
		const piece = chunk.subarray(0, Math.min(chunkLength, length - sent));
		parts.push(`${piece.length.toString(16)}\r\n`, piece, "\r\n");
	}
	parts.push("0\r\n\r\n");
	return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
}

/** The 16 variants of a request, as octets. */
export function variants(make) {
	return Array.from({ length: VARIANTS }, (_, index) => {
		const request = make(index);
		return typeof request === "string" ? Buffer.from(request, "latin1") : request;
	});
}
