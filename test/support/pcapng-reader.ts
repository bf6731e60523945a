// Reads a pcapng file as strictly as the format allows: blocks, options, IPv4, TCP, checksums. Independent of what writes
// them. Throws Error at whatever is not as it has to be.

import { fromUtf8, textOf } from "./octets.js";

/** A packet, dissected. */
export interface ReadPacket {
	/** Milliseconds since 1970. */
	readonly time: number;
	readonly from: string;
	readonly to: string;
	readonly sequence: number;
	readonly acknowledgement: number;
	/** Letters of FSRPA, in that order. */
	readonly flags: string;
	readonly window: number;
	/** TCP's options, by kind. */
	readonly options: ReadonlyMap<number, readonly number[]>;
	readonly content: Uint8Array;
	readonly comments: readonly string[];
	/** "in" or "out", as the packet's block says. */
	readonly direction: string;
}

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const PACKET = 6;

function fail(what: string): never {
	throw new Error(what);
}

function check(isRight: boolean, what: string): void {
	if (!isRight) fail(what);
}

/** The packets of a capture, in its order. */
export function readPcapng(octets: Uint8Array): ReadPacket[] {
	const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
	const packets: ReadPacket[] = [];
	let isSectionRead = false;
	let unitsPerMs = 0;
	for (let at = 0; at < octets.length; ) {
		const type = view.getUint32(at, true);
		const length = view.getUint32(at + 4, true);
		check(length % 4 === 0 && length >= 12 && at + length <= octets.length, `a block of ${length} octets at ${at}`);
		check(view.getUint32(at + length - 4, true) === length, `the block at ${at} ends with another length`);
		if (type === SECTION) {
			check(at === 0 && view.getUint32(8, true) === 0x1a2b3c4d, "byte order");
			check(view.getUint16(12, true) === 1 && view.getUint16(14, true) === 0, "version");
			readOptions(octets, view, at + 24, at + length - 4);
			isSectionRead = true;
		} else if (type === INTERFACE) {
			check(isSectionRead && unitsPerMs === 0 && view.getUint16(at + 8, true) === 101, "one interface of raw IP");
			const [resolution] = readOptions(octets, view, at + 16, at + length - 4).filter(({ code }) => code === 9);
			unitsPerMs = 10 ** ((resolution?.value[0] ?? 6) - 3);
		} else {
			check(type === PACKET && unitsPerMs > 0, `a block of type ${type}`);
			packets.push(readBlock(octets, view, at, length, unitsPerMs));
		}
		at += length;
	}
	return packets;
}

interface Option {
	readonly code: number;
	readonly value: Uint8Array;
}

function readOptions(octets: Uint8Array, view: DataView, start: number, end: number): Option[] {
	const options: Option[] = [];
	let at = start;
	for (;;) {
		check(at + 4 <= end, "options without an end");
		const code = view.getUint16(at, true);
		const length = view.getUint16(at + 2, true);
		at += 4;
		if (code === 0) break;
		check(at + length <= end, `option ${code} is longer than its block`);
		options.push({ code, value: octets.subarray(at, at + length) });
		at += (length + 3) & ~3;
	}
	check(at === end, "something behind the end of the options");
	return options;
}

function readBlock(octets: Uint8Array, view: DataView, at: number, length: number, unitsPerMs: number): ReadPacket {
	const high = view.getUint32(at + 12, true);
	const low = view.getUint32(at + 16, true);
	const captured = view.getUint32(at + 20, true);
	check(view.getUint32(at + 8, true) === 0, "the interface");
	check(view.getUint32(at + 24, true) === captured, "the packet was cut");
	const start = at + 28;
	const options = readOptions(octets, view, start + ((captured + 3) & ~3), at + length - 4);
	const comments = options.filter(({ code }) => code === 1).map(({ value }) => fromUtf8(textOf(value)));
	const flags = options.find(({ code }) => code === 2)?.value[0] ?? 0;
	return {
		...readPacket(octets.subarray(start, start + captured)),
		time: (high * 2 ** 32 + low) / unitsPerMs,
		comments,
		direction: ["", "in", "out"][flags & 3] ?? "",
	};
}

/** RFC 1071, over octets that hold their own checksum: nothing is left when it is right. */
function sumOf(octets: Uint8Array, start: number): number {
	let sum = start;
	octets.forEach((octet, index) => {
		sum += index % 2 === 0 ? octet * 256 : octet;
	});
	while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
	return sum;
}

function readPacket(packet: Uint8Array): Omit<ReadPacket, "time" | "comments" | "direction"> {
	const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
	check(packet[0] === 0x45 && view.getUint16(2) === packet.length, "IPv4 and its length");
	check(packet[9] === 6, "TCP");
	check(sumOf(packet.subarray(0, 20), 0) === 0xffff, "the checksum of IPv4");
	const tcp = packet.subarray(20);
	const pseudo = sumOf(packet.subarray(12, 20), 6 + tcp.length);
	check(sumOf(tcp, pseudo) === 0xffff, "the checksum of TCP");
	const header = ((tcp[12] as number) >> 4) * 4;
	check(header >= 20 && header <= tcp.length, "the length of TCP's header");
	return {
		from: endpoint(packet.subarray(12, 16), view.getUint16(20)),
		to: endpoint(packet.subarray(16, 20), view.getUint16(22)),
		sequence: view.getUint32(24),
		acknowledgement: view.getUint32(28),
		flags: [..."FSRPA"].filter((_, bit) => ((tcp[13] as number) >> bit) & 1).join(""),
		window: view.getUint16(34),
		options: tcpOptions(tcp.subarray(20, header)),
		content: tcp.subarray(header),
	};
}

function endpoint(address: Uint8Array, port: number): string {
	return `${[...address].join(".")}:${port}`;
}

function tcpOptions(octets: Uint8Array): ReadonlyMap<number, readonly number[]> {
	const options = new Map<number, readonly number[]>();
	for (let at = 0; at < octets.length; ) {
		const kind = octets[at] as number;
		if (kind === 0) break;
		const length = kind === 1 ? 1 : (octets[at + 1] as number);
		check(length >= 1 && at + length <= octets.length, `TCP's option ${kind}`);
		if (kind !== 1) options.set(kind, [...octets.subarray(at + 2, at + length)]);
		at += length;
	}
	return options;
}
