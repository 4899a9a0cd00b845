'use strict';

// Options of `lambda-slim pack`, as build tools write them, become arguments.

const ONE = {
  runtime: '--runtime',
  architecture: '--arch',
  kind: '--kind',
  handler: '--handler',
  level: '--level',
  compression: '--compression',
  symlinks: '--symlinks',
  licenses: '--licenses',
};
const LISTS = { services: '--services', budget: '--budget', disable: '--disable', allow: '--allow', deny: '--deny' };
const REPEATED = { keep: '--keep', drop: '--drop', rules: '--rules', withLayer: '--with-layer' };

/** The arguments that say what `options` say; an unknown option is an error, as a typing error would do nothing. */
function toArguments(options = {}) {
  const found = [];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (name in ONE) found.push(`${ONE[name]}=${value}`);
    else if (name in LISTS) found.push(`${LISTS[name]}=${list(value).join(',')}`);
    else if (name in REPEATED) found.push(...list(value).map((item) => `${REPEATED[name]}=${item}`));
    else if (name === 'arguments') found.push(...list(value));
    else throw new Error(`lambda-slim has no option \`${name}\`; known are ${known().join(', ')}`);
  }
  return found;
}

function list(value) {
  return (Array.isArray(value) ? value : [value]).map(String);
}

function known() {
  return [...Object.keys(ONE), ...Object.keys(LISTS), ...Object.keys(REPEATED), 'arguments'].sort();
}

module.exports = { toArguments };
