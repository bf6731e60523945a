// Makes a PNG of a web page small: 256 colours are enough for it, and an octet a pixel compresses best unfiltered (PNG §12.8). For
// tools/screenshot.mjs: 8 bits a channel with alpha, not interlaced, as Chromium writes pictures with nothing behind them.

import { constants, crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE_LENGTH = 8;
/** Before the data of a chunk: its length and its type. Behind it stands its check. */
const CHUNK_HEAD = 8;
const CHUNK_LENGTH = 12;
const WITH_ALPHA = 6;
const INDEXED = 3;
const CHANNELS = 4;
const COLOURS_MAX = 256;

function* chunksOf(png) {
	for (let at = SIGNATURE_LENGTH; at < png.length; at += CHUNK_LENGTH + png.readUInt32BE(at)) {
		const start = at + CHUNK_HEAD;
		yield { type: png.toString("latin1", at + 4, start), data: png.subarray(start, start + png.readUInt32BE(at)) };
	}
}

function chunk(type, data) {
	const made = Buffer.alloc(CHUNK_LENGTH + data.length);
	made.writeUInt32BE(data.length, 0);
	made.write(type, 4, "latin1");
	Buffer.from(data).copy(made, CHUNK_HEAD);
	made.writeUInt32BE(crc32(made.subarray(4, CHUNK_HEAD + data.length)), CHUNK_HEAD + data.length);
	return made;
}

function paeth(left, above, corner) {
	const guess = left + above - corner;
	const [toLeft, toAbove, toCorner] = [left, above, corner].map((one) => Math.abs(guess - one));
	if (toLeft <= toAbove && toLeft <= toCorner) return left;
	return toAbove <= toCorner ? above : corner;
}

/** What each filter expects of an octet, of those to the left, above, and above to the left (PNG §9.2). */
const FILTERS = [() => 0, (left) => left, (_left, above) => above, (left, above) => (left + above) >> 1, paeth];

/** The pixels, line after line, of data whose lines have `length` octets. */
function unfiltered(data, length) {
	const pixels = Buffer.alloc((data.length / (length + 1)) * length);
	for (let line = 0; line * length < pixels.length; line += 1) {
		const expected = FILTERS[data[line * (length + 1)]];
		for (let column = 0; column < length; column += 1) {
			const at = line * length + column;
			const hasLeft = column >= CHANNELS;
			const above = line > 0 ? pixels[at - length] : 0;
			const corner = line > 0 && hasLeft ? pixels[at - length - CHANNELS] : 0;
			pixels[at] =
				data[line * (length + 1) + 1 + column] + expected(hasLeft ? pixels[at - CHANNELS] : 0, above, corner);
		}
	}
	return pixels;
}

/** Colours as numbers, and how many pixels have each. */
function countColours(pixels) {
	const counts = new Map();
	for (let at = 0; at < pixels.length; at += CHANNELS) {
		const colour = pixels.readUInt32BE(at);
		counts.set(colour, (counts.get(colour) ?? 0) + 1);
	}
	return [...counts].map(([colour, count]) => ({ colour, count }));
}

const channel = (colour, index) => (colour >>> (24 - 8 * index)) & 0xff;

/** Colours that will become one; the channel in which they differ most, how much that is, and how much it would be seen. */
function box(colours) {
	const spans = Array.from({ length: CHANNELS }, (_, index) => {
		const values = colours.map(({ colour }) => channel(colour, index));
		return (
			values.reduce((most, one) => Math.max(most, one), 0) - values.reduce((least, one) => Math.min(least, one), 255)
		);
	});
	const span = Math.max(...spans);
	const count = colours.reduce((sum, one) => sum + one.count, 0);
	return { colours, span, widest: spans.indexOf(span), weight: span * Math.sqrt(count) };
}

/** Median cut: what would be seen most is halved until there are enough colours. */
function boxesOf(colours) {
	const boxes = [box(colours)];
	while (boxes.length < COLOURS_MAX) {
		const index = boxes.reduce((best, one, at) => (one.weight > boxes[best].weight ? at : best), 0);
		const { colours: all, span, widest } = boxes[index];
		if (span === 0) break;
		all.sort((one, other) => channel(one.colour, widest) - channel(other.colour, widest));
		const middle = (channel(all[0].colour, widest) + channel(all.at(-1).colour, widest)) / 2;
		const cut = all.findIndex(({ colour }) => channel(colour, widest) > middle);
		boxes.splice(index, 1, box(all.slice(0, cut)), box(all.slice(cut)));
	}
	return boxes;
}

/** The picture with 256 colours. Throws Error for other kinds of PNG than it is for. */
export function smallPng(png) {
	const chunks = [...chunksOf(png)];
	const head = Buffer.from(chunks[0].data);
	if (head[8] !== 8 || head[9] !== WITH_ALPHA || head[12] !== 0)
		throw new Error("not 8 bits with alpha, not interlaced");
	const width = head.readUInt32BE(0);
	const data = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map((one) => one.data)));
	const pixels = unfiltered(data, width * CHANNELS);
	const boxes = boxesOf(countColours(pixels));
	const indices = new Map();
	// Of those that become one, the colour that most pixels have: what is plain stays as it is.
	const palette = boxes.map(({ colours }, index) => {
		for (const { colour } of colours) indices.set(colour, index);
		return colours.reduce((most, one) => (one.count > most.count ? one : most)).colour;
	});
	const lines = Buffer.alloc(pixels.length / CHANNELS + head.readUInt32BE(4));
	for (let at = 0, to = 0; at < pixels.length; at += CHANNELS, to += 1) {
		// Before each line stands its filter, none.
		if (at % (width * CHANNELS) === 0) to += 1;
		lines[to] = indices.get(pixels.readUInt32BE(at));
	}
	head[9] = INDEXED;
	return Buffer.concat([
		png.subarray(0, SIGNATURE_LENGTH),
		chunk("IHDR", head),
		chunk(
			"PLTE",
			palette.flatMap((colour) => [0, 1, 2].map((index) => channel(colour, index))),
		),
		chunk(
			"tRNS",
			palette.map((colour) => channel(colour, 3)),
		),
		chunk("IDAT", deflateSync(lines, { level: constants.Z_BEST_COMPRESSION, memLevel: 9 })),
		chunk("IEND", []),
	]);
}
