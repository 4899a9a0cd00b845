'use strict';
const fs = require('fs');
const path = require('path');

// As command-line tools do that print their own README as help.
exports.help = () => fs.readFileSync(path.join(__dirname, 'README.md'), 'utf8').split('\n')[0];
exports.news = () => fs.readFileSync(require.resolve('./CHANGELOG.md'), 'utf8').trim().split('\n').length;
