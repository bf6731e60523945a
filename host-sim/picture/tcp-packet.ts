// One packet: IPv4 (RFC 791) and TCP (RFC 9293) around what it carries, with their checksums. For the capture.

import { OctetWriter } from "./octet-writer.js";

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

const IP_HEADER_LENGTH = 20;
const TCP_HEADER_LENGTH = 20;
const TCP_PROTOCOL = 6;
const TIME_TO_LIVE = 64;
const DO_NOT_FRAGMENT = 0x4000;

/** The most that a packet carries: what an IPv4 packet has room for beside both headers. */
export const PAYLOAD_LENGTH_MAX: number = 0xffff - IP_HEADER_LENGTH - TCP_HEADER_LENGTH;

/** One end of a connection. */
export interface Endpoint {
	/** An IPv4 address as a 32-bit number. */
	readonly address: number;
	readonly port: number;
}

/** A packet's TCP part. Numbers are of 32 bits; the window is what stands in the header, that is, scaled. */
export interface TcpPacket {
	readonly from: Endpoint;
	readonly to: Endpoint;
	readonly sequence: number;
	readonly acknowledgement: number;
	readonly flags: number;
	readonly window: number;
	/** Maximum segment size, in a SYN; 0: the option is not there. */
	readonly segmentLengthMax: number;
	/** Window scale, in a SYN; −1: the option is not there. */
	readonly windowShift: number;
	readonly octets: Uint8Array;
	/** IPv4's identification. */
	readonly identification: number;
}

/** The whole packet, from IPv4's first octet on. */
export function tcpPacket(packet: TcpPacket): Uint8Array {
	const writer = new OctetWriter();
	const optionsLength = (packet.segmentLengthMax > 0 ? 4 : 0) + (packet.windowShift >= 0 ? 4 : 0);
	const tcpLength = TCP_HEADER_LENGTH + optionsLength + packet.octets.length;
	writeIpHeader(writer, packet, IP_HEADER_LENGTH + tcpLength);
	const start = writer.length;
	writer.u16(packet.from.port);
	writer.u16(packet.to.port);
	writer.u32(packet.sequence);
	writer.u32(packet.acknowledgement);
	writer.u8(((TCP_HEADER_LENGTH + optionsLength) / 4) << 4);
	writer.u8(packet.flags);
	writer.u16(packet.window);
	writer.u16(0); // The checksum's place.
	writer.u16(0); // No urgent data.
	writeOptions(writer, packet);
	writer.octets(packet.octets);
	writer.patchU16(start + 16, writer.checksum(start, pseudoHeaderSum(packet, tcpLength)));
	return writer.toOctets();
}

function writeIpHeader(writer: OctetWriter, packet: TcpPacket, length: number): void {
	const start = writer.length;
	writer.u8(0x45);
	writer.u8(0);
	writer.u16(length);
	writer.u16(packet.identification);
	writer.u16(DO_NOT_FRAGMENT);
	writer.u8(TIME_TO_LIVE);
	writer.u8(TCP_PROTOCOL);
	writer.u16(0); // The checksum's place.
	writer.u32(packet.from.address);
	writer.u32(packet.to.address);
	writer.patchU16(start + 10, writer.checksum(start));
}

function writeOptions(writer: OctetWriter, { segmentLengthMax, windowShift }: TcpPacket): void {
	if (segmentLengthMax > 0) {
		writer.u8(2);
		writer.u8(4);
		writer.u16(segmentLengthMax);
	}
	if (windowShift >= 0) {
		writer.u8(1); // Nothing, so that what follows is aligned.
		writer.u8(3);
		writer.u8(3);
		writer.u8(windowShift);
	}
}

/** What of IPv4 goes into TCP's checksum (RFC 9293 §3.1). */
function pseudoHeaderSum({ from, to }: TcpPacket, tcpLength: number): number {
	let sum = TCP_PROTOCOL + tcpLength;
	for (const { address } of [from, to]) sum += (address >>> 16) + (address & 0xffff);
	return sum;
}
