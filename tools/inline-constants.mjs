// Puts numbers in the place of the constants that name them, in a module that is built. For rollup.config.js and bench:xs.
//
// On XS a function brings every outer variable that it names onto the stack, at each call (XS_CODE_RETRIEVE in
// xs/sources/xsRun.c): a name for a number costs each frame a slot, where the number itself costs nothing.

import { parseAst } from "rollup/parseAst";

/** @typedef {{type: string, start: number, end: number, [key: string]: any}} Node */

/** The operators that constants are made with. */
const OPERATORS = {
	"+": (left, right) => left + right,
	"-": (left, right) => left - right,
	"*": (left, right) => left * right,
	"|": (left, right) => left | right,
	"&": (left, right) => left & right,
	"<<": (left, right) => left << right,
};

/**
 * The module with each constant that is a number in the place of its name, and without the declarations that nobody needs
 * any more. A name that means something else anywhere in the module is left as it is.
 * @param {string} code
 * @returns {string}
 */
export function inlineConstants(code) {
	const { body } = parseAst(code);
	const names = new Names();
	names.visit(body, null, "");
	const constants = constantsOf(body, names);
	const edits = [];
	for (const [name, { statement }] of constants) {
		const isNeeded = names.exported.has(name) || statement.declarations.length > 1;
		if (!isNeeded) edits.push({ ...withComments(code, statement), text: "" });
	}
	for (const { node, isShorthand } of names.uses) {
		const constant = constants.get(node.name);
		if (constant === undefined) continue;
		// In brackets a number can stand wherever a name can.
		const text = `${constant.value} /* ${node.name} */`;
		edits.push({ start: node.start, end: node.end, text: isShorthand ? `${node.name}: ${text}` : `(${text})` });
	}
	return edited(code, edits);
}

/** Which names a module binds, and where it uses them. */
class Names {
	/** By name: how often it is bound or assigned. */
	bindings = new Map();
	/** Where a name stands for what it is bound to. */
	uses = [];
	/** What other modules may know by name. */
	exported = new Set();

	/**
	 * @param {Node | Node[]} node
	 * @param {Node | null} parent
	 * @param {string} key What `node` is of `parent`.
	 */
	visit(node, parent, key) {
		if (Array.isArray(node)) {
			for (const one of node) this.visit(one, parent, key);
			return;
		}
		if (typeof node?.type !== "string") return;
		if (isName(node, parent, key)) return;
		if (node.type === "Identifier") this.uses.push({ node, isShorthand: parent.shorthand === true });
		if (node.type === "ExportSpecifier") {
			this.exported.add(node.local.name);
			return;
		}
		if (node.type === "ExportNamedDeclaration" && node.declaration?.type === "VariableDeclaration") {
			for (const { id } of node.declaration.declarations) this.exported.add(id.name);
		}
		for (const pattern of bindingsOf(node)) this.bind(pattern);
		for (const [name, child] of Object.entries(node)) this.visit(child, node, name);
	}

	/** @param {Node | null} pattern */
	bind(pattern) {
		switch (pattern?.type) {
			case "Identifier":
				this.bindings.set(pattern.name, (this.bindings.get(pattern.name) ?? 0) + 1);
				return;
			case "ObjectPattern":
				for (const property of pattern.properties) this.bind(property.value ?? property);
				return;
			case "ArrayPattern":
				for (const element of pattern.elements) this.bind(element);
				return;
			case "AssignmentPattern":
				return this.bind(pattern.left);
			case "RestElement":
				return this.bind(pattern.argument);
		}
	}
}

/** Whether an identifier is only a name: of a property, of a label, of what is declared here, or of what another module has. */
function isName(node, parent, key) {
	if (node.type !== "Identifier") return false;
	if (key === "property" || key === "key") return !parent.computed;
	return ["label", "imported", "exported"].includes(key) || (key === "id" && parent.type === "VariableDeclarator");
}

/** The patterns whose names a node binds, or assigns to. */
function bindingsOf(node) {
	switch (node.type) {
		case "VariableDeclarator":
			return [node.id];
		case "ClassDeclaration":
		case "ClassExpression":
			return [node.id];
		case "FunctionDeclaration":
		case "FunctionExpression":
		case "ArrowFunctionExpression":
			return [node.id, ...node.params];
		case "CatchClause":
			return [node.param];
		case "AssignmentExpression":
		case "ForInStatement":
		case "ForOfStatement":
			return [node.left];
		case "UpdateExpression":
			return [node.argument];
		case "ImportDeclaration":
			return node.specifiers.map(({ local }) => local);
		default:
			return [];
	}
}

/** By name: the constants at the top of a module that are numbers. */
function constantsOf(body, names) {
	const constants = new Map();
	for (const one of body) {
		const statement = one.type === "ExportNamedDeclaration" ? one.declaration : one;
		if (statement?.type !== "VariableDeclaration") continue;
		for (const { id, init } of statement.declarations) {
			const value =
				id.type === "Identifier" && names.bindings.get(id.name) === 1 ? numberOf(init, constants) : undefined;
			if (value !== undefined) constants.set(id.name, { value, statement });
		}
	}
	return constants;
}

/** The number that an expression is, or undefined. */
function numberOf(node, constants) {
	switch (node?.type) {
		case "Literal":
			return typeof node.value === "number" ? node.value : undefined;
		case "Identifier":
			return constants.get(node.name)?.value;
		case "UnaryExpression": {
			const value = numberOf(node.argument, constants);
			// −0 would lose its sign as text.
			return value === undefined || value === 0 || node.operator !== "-" ? undefined : -value;
		}
		case "BinaryExpression": {
			const [left, right] = [numberOf(node.left, constants), numberOf(node.right, constants)];
			return left === undefined || right === undefined ? undefined : OPERATORS[node.operator]?.(left, right);
		}
	}
}

/** Where a declaration begins and ends, with the comment before it and the one behind it that speak of it alone. */
function withComments(code, { start, end }) {
	const before = /\/\*\*(?:[^*]|\*(?!\/))*\*\/\s*$/.exec(code.slice(0, start));
	const behind = /^[ \t]*\/\/.*/.exec(code.slice(end));
	return { start: before?.index ?? start, end: end + (behind?.[0].length ?? 0) };
}

/** What stands in a declaration that goes, goes with it. */
function edited(code, edits) {
	let text = "";
	let at = 0;
	for (const edit of edits.sort((one, other) => one.start - other.start || other.end - one.end)) {
		if (edit.start < at) continue;
		text += code.slice(at, edit.start) + edit.text;
		at = edit.end;
	}
	return text + code.slice(at);
}
