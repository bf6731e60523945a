// The sensor station, on a board. The SDK has brought up Wi-Fi and set the clock by now (ssid=… password=… on mcconfig's
// command line).

import { listen } from "thimble-http/platform";
import { keepWifi } from "thimble-http/wifi";
import app from "./app.js";

keepWifi(listen(app));
