// Freezes what a module of src defines as the SDK's linker does when it puts preloaded modules into flash: bundle.ts adds
// a call of `preloaded` to the end of each module, and of `preloadedApp` to every app that a test defines. For XS only,
// whose `petrify` makes octets, entries and private fields immutable as well (native/xsnap-worker.c).

declare function petrify(object: object): void;
declare function privates(object: object): object[];
declare function harden(object: object): void;

const frozen = new Set<object>();

/** Freezes `value` and all that can be reached from it. */
function freeze(value: unknown): void {
	const queue: unknown[] = [value];
	while (queue.length > 0) {
		const one = queue.pop();
		if ((typeof one !== "object" && typeof one !== "function") || one === null || frozen.has(one)) continue;
		frozen.add(one);
		queue.push(Object.getPrototypeOf(one), ...privates(one));
		if (one instanceof Map || one instanceof Set) for (const entry of one.entries()) queue.push(...entry);
		if (ArrayBuffer.isView(one)) {
			// Its elements are the buffer's, and cannot be frozen one by one.
			queue.push(one.buffer);
			Object.preventExtensions(one);
			continue;
		}
		for (const key of Reflect.ownKeys(one)) {
			const property = Object.getOwnPropertyDescriptor(one, key);
			queue.push(property?.value, property?.get, property?.set);
		}
		petrify(one);
	}
}

/** At the end of a module's body: its bindings at module scope. */
export function preloaded(bindings: readonly unknown[]): void {
	for (const binding of bindings) freeze(binding);
}

/** An app that is defined at the top level of a module is frozen with it. */
export function preloadedApp<App>(app: App): App {
	freeze(app);
	return app;
}

/** All built-ins, as the linker freezes them behind the last module. */
export function freezeBuiltIns(): void {
	for (const name of Object.getOwnPropertyNames(globalThis)) {
		const value: unknown = (globalThis as Record<string, unknown>)[name];
		if (/^[A-Z]/.test(name) && typeof value === "object" && value !== null) harden(value);
		if (typeof value === "function") harden(value);
	}
	const hidden = [
		[][Symbol.iterator](),
		new Map().entries(),
		new Set().entries(),
		""[Symbol.iterator](),
		"".matchAll(/x/g),
		function* () {},
		async () => {},
		async function* () {},
	];
	for (const one of hidden) harden(Object.getPrototypeOf(one));
}
