// What the self-test's own manifest puts into the SDK's configuration.

declare module "mc/config" {
	const config: { readonly selfTest: { readonly sockets: "lwip" | "esp8266" | "lin" } };
	export default config;
}
