// A request in a line: method and target, as they stand in the receive buffer. For logs and traces.

import type { Connection } from "../src/connection/connection.js";
import { METHODS } from "../src/message/method.js";
import { latin1 } from "../src/octets/text.js";

export function requestText({ head, receive }: Connection): string {
	const line = head.requestLine;
	const method =
		line.method >= 0
			? METHODS.names[line.method]
			: latin1(receive.octets, line.methodStart, line.methodStart + line.methodLength);
	return `${method} ${latin1(receive.octets, line.targetStart, line.targetEnd)}`;
}
