// Plays a form in @getodk/xforms-engine: commands come in line by line, after each the whole form goes out. See README.md.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(process.argv[2]);
const { JSDOM } = require('jsdom');
const { window } = new JSDOM('');
for (const name of Object.getOwnPropertyNames(window)) {
	if (!(name in globalThis) && /^[A-Z]/.test(name)) globalThis[name] = window[name];
}
globalThis.__dirname = import.meta.dirname;
globalThis.document = window.document;
const say = (line) => process.stdout.write(`${line}\n`);
// eslint-disable-next-line no-console -- what the engine says of itself may not stand among the answers
console.log = console.warn = console.error;
const { createInstance } = await import(pathToFileURL(require.resolve('@getodk/xforms-engine')));

const sources = new Map();
let root;

const text = (value) =>
	String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r');

const open = async (path) => {
	if (!sources.has(path)) sources.set(path, await readFile(path, 'utf8'));
	const fetchFormAttachment = async () => new Response(null, { status: 404 });
	const created = await createInstance(sources.get(path), { form: { missingResourceBehavior: 'BLANK', fetchFormAttachment } });
	root = created.root;
};

function* all(node) {
	yield node;
	for (const child of node.currentState.children ?? []) yield* all(child);
}

const find = (path) => {
	for (const node of all(root)) if (node.currentState.reference === path && !node.nodeType.startsWith('repeat-range')) return node;
	throw new Error(`nothing at ${path}`);
};

const set = (path, value) => {
	const node = find(path);
	const several = value === '' ? [] : value.split(' ');
	if (node.nodeType === 'select') node.selectValues(several);
	else if (node.nodeType === 'rank') node.setValues(several);
	else if (node.nodeType === 'trigger') node.setValue(value === 'OK');
	else node.setValue(value);
};

const range = (path) => {
	const [, repeat, row] = /^(.*)\[(\d+)\]$/.exec(path);
	for (const node of all(root)) {
		if (node.nodeType.startsWith('repeat-range') && node.currentState.reference === repeat) return [node, Number(row)];
	}
	throw new Error(`no repeat at ${path}`);
};

const row = (path) => {
	const [node, place] = range(path);
	node.addInstances(place - 2, 1);
};

const drop = (path) => {
	const [node, place] = range(path);
	node.removeInstances(place - 1, 1);
};

const tell = () => {
	for (const node of all(root)) {
		if (node.nodeType.startsWith('repeat-range')) continue;
		const { reference, relevant, required, readonly, children, valueOptions } = node.currentState;
		const leaf = children === null;
		const value = leaf ? (node.getXPathValue?.() ?? node.currentState.instanceValue ?? node.currentState.value) : '';
		const valid = leaf ? (node.validationState.constraint?.valid ?? true) : true;
		const offered = Array.isArray(valueOptions) ? valueOptions.map((option) => option.value).join(' ') : '-';
		const flag = (truth) => (truth ? '1' : '0');
		say([reference, leaf ? 'v' : 'g', flag(relevant), flag(required), flag(readonly), flag(valid), text(offered), text(value)].join('\t'));
	}
};

for await (const line of createInterface({ input: process.stdin })) {
	const [command, path, value] = line.split('\t');
	try {
		if (command === 'open') await open(path);
		else if (command === 'set') set(path, value.replaceAll('\\n', '\n'));
		else if (command === 'row') row(path);
		else if (command === 'drop') drop(path);
		else throw new Error(command);
		tell();
	} catch (problem) {
		say(`!\t${text(problem)}`);
	}
	say('.');
}
