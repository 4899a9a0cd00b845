'use strict';
const fs = require('fs');
const path = require('path');

// Lists its own folder: no name of a template stands in the code, only the extension.
const texts = fs.readdirSync(__dirname).filter((name) => name.endsWith('.md')).sort();

exports.names = texts;
exports.render = (name, values) => fs.readFileSync(path.join(__dirname, `${name}.md`), 'utf8')
  .replace(/\{(\w+)\}/g, (_, key) => values[key]).trim();
