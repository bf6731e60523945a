// The sensor station and the flash it writes to, as one module: for tests that build it.

export { laptopFlash } from "thimble-http/update";
export { routes } from "../../examples/sensor-station/app.js";
