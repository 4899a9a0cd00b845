// Turns npm's flat node_modules into the layout of pnpm: real folders under .pnpm, links everywhere else.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const modules = path.join(process.argv[2], 'node_modules');
const manifest = (folder) => JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
const packages = (folder) => (fs.existsSync(folder) ? fs.readdirSync(folder) : []).filter((name) => !name.startsWith('.'))
  .flatMap((name) => (name.startsWith('@') ? fs.readdirSync(path.join(folder, name)).map((inner) => `${name}/${inner}`) : [name]));
const names = packages(modules);
const store = (name) => path.join(modules, '.pnpm', `${name.replace('/', '+')}@${versions[name]}`, 'node_modules');
const versions = Object.fromEntries(names.map((name) => [name, manifest(path.join(modules, name)).version]));

// Of a package and of those that npm nested in it.
function needs(folder) {
  const nested = path.join(folder, 'node_modules');
  const inner = packages(nested);
  const own = Object.keys(manifest(folder).dependencies ?? {}).filter((name) => !inner.includes(name));
  return [...own, ...inner.flatMap((name) => needs(path.join(nested, name)))];
}

function link(from, name) {
  const place = path.join(from, name);
  fs.mkdirSync(path.dirname(place), { recursive: true });
  fs.symlinkSync(path.relative(path.dirname(place), path.join(store(name), name)), place);
}

for (const name of names) {
  const home = path.join(store(name), name);
  fs.mkdirSync(path.dirname(home), { recursive: true });
  fs.renameSync(path.join(modules, name), home);
}
for (const name of names) {
  new Set(needs(path.join(store(name), name)).filter((need) => need !== name && versions[need])).forEach((need) => link(store(name), need));
}
for (const name of Object.keys(manifest(process.argv[2]).dependencies)) {
  fs.rmSync(path.join(modules, name), { recursive: true, force: true });
  link(modules, name);
}
