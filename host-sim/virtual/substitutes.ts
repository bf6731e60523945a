// What stands in the place of globals, and of what hangs on them, while a simulation runs. For the app's time and chance.

interface Substitute {
	/** Who has it: the object, or what that has inherited it from. */
	readonly holder: Record<string, unknown>;
	readonly name: string;
	readonly value: unknown;
	before: unknown;
}

export class Substitutes {
	readonly #all: Substitute[] = [];

	/** For what `object` has by this name; does nothing where the engine has no such thing, or lets nobody change it. */
	add(object: object | undefined, name: string, value: unknown): void {
		let holder: object | null = object ?? null;
		while (holder !== null && !Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder);
		if (holder === null || Object.isFrozen(holder)) return;
		this.#all.push({ holder: holder as Record<string, unknown>, name, value, before: undefined });
	}

	put(): void {
		const all = this.#all;
		for (let index = 0; index < all.length; index += 1) {
			const one = all[index] as Substitute;
			one.before = one.holder[one.name];
			one.holder[one.name] = one.value;
		}
	}

	takeBack(): void {
		const all = this.#all;
		for (let index = 0; index < all.length; index += 1) {
			const one = all[index] as Substitute;
			one.holder[one.name] = one.before;
			one.before = undefined;
		}
	}
}
