// For features that remember something beyond a request. An app may lie in flash, where nothing of it can change; what its
// features change is made when it is first used, and only a variable of a function holds it.

/** A function that makes something at its first call, and returns the same at every call. */
export function lazily<T>(make: () => T): () => T {
	let made: T | undefined;
	return () => {
		if (made === undefined) made = make();
		return made;
	};
}
