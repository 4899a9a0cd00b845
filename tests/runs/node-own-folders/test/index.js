'use strict';
exports.total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
