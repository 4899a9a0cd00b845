'use strict';

// What a build tool says of a package that went well: one line.

const UNITS = ['kB', 'MB', 'GB'];

/** `3.4 MB`: decimal units, as lambda-slim itself has them. */
function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length);
  return `${(bytes / 1000 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}

/** The line about `name`, of what `pack --format json` wrote; nothing where it wrote something else. */
function told(name, json) {
  let report;
  try {
    report = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!report?.before || !report.after) return undefined;
  const { before, after } = report;
  const zip = after.zip_bytes === null ? [] : [`${both(before.zip_bytes, after.zip_bytes)} zipped`];
  return `lambda-slim: ${name}: ${[`${both(before.unzipped_bytes, after.unzipped_bytes)} unzipped`, ...zip].join(', ')}`;
}

/** A folder has no zip before. */
function both(before, after) {
  return before === null ? size(after) : `${size(before)} → ${size(after)}`;
}

module.exports = { told };
