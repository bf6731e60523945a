// The self-test, on a board: runs the suite on the board's own sockets, the board being its own client, and prints what
// came of it on the console, "N passed, N failed" last.

import { ConsoleReport } from "./console-report.js";
import { run } from "./suite.js";

run(new ConsoleReport());
