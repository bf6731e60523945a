// What stands in the place of globals, and of what hangs on them, while a simulation runs. For the app's time and chance.

interface Substitute {
	readonly holder: Record<string, unknown>;
	readonly name: string;
	readonly value: unknown;
	/** Whether the holder had one of its own, or has inherited it. */
	isOwn: boolean;
	before: unknown;
}

export class Substitutes {
	readonly #all: Substitute[] = [];

	/** For what `holder` has by this name; does nothing where the engine has no such thing, or lets nobody change it. */
	add(holder: object | undefined, name: string, value: unknown): void {
		const own = holder as Record<string, unknown> | undefined;
		if (own?.[name] === undefined || Object.isFrozen(own)) return;
		this.#all.push({ holder: own, name, value, isOwn: false, before: undefined });
	}

	put(): void {
		const all = this.#all;
		for (let index = 0; index < all.length; index += 1) {
			const one = all[index] as Substitute;
			const { holder, name } = one;
			one.isOwn = Object.hasOwn(holder, name);
			one.before = holder[name];
			holder[name] = one.value;
		}
	}

	takeBack(): void {
		const all = this.#all;
		for (let index = 0; index < all.length; index += 1) {
			const one = all[index] as Substitute;
			if (one.isOwn) one.holder[one.name] = one.before;
			else delete one.holder[one.name];
			one.before = undefined;
		}
	}
}
