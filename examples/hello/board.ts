// hello, on a board. The SDK has brought up Wi-Fi by now (ssid=… password=… on mcconfig's command line).

import { listen } from "thimble-http/platform";
import app from "./app.js";

listen(app);
