// What the SDK's sockets throw, as text. For the rules of the contract and the scenarios.

/**
 * The message of what was thrown. Firmware that is built for a debugger (`mcconfig -d`) says behind it which function threw,
 * "would block (in write)": fxThrowMessage in xs/sources/xsAPI.c.
 */
export function messageOf(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	const end = message.indexOf(" (in ");
	return end < 0 ? message : message.slice(0, end);
}
