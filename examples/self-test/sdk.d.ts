// What the self-test's own manifest, and mcconfig's command line, put into the SDK's configuration.

declare module "mc/config" {
	export interface Config {
		readonly selfTest: {
			readonly sockets: "lwip" | "esp8266" | "lin";
			/** Whether there is memory for the conformance corpus. */
			readonly hasCorpus: boolean;
		};
		/** The address of driver.mjs, when there is one. */
		readonly driver?: string;
	}
}
