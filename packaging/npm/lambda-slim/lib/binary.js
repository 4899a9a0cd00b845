'use strict';

const { existsSync } = require('node:fs');

/** The package that holds the binary of a platform. */
function platformPackage(platform = process.platform, arch = process.arch) {
  return `@lambda-slim/cli-${platform}-${arch}`;
}

/** Where the binary lies; throws with advice where there is none. */
function binaryPath() {
  const stated = process.env.LAMBDA_SLIM_BINARY;
  if (stated) {
    if (existsSync(stated)) return stated;
    throw new Error(`LAMBDA_SLIM_BINARY names no file: \`${stated}\``);
  }
  const name = platformPackage();
  const file = process.platform === 'win32' ? 'lambda-slim.exe' : 'lambda-slim';
  try {
    return require.resolve(`${name}/${file}`);
  } catch {
    throw new Error(
      `no binary of lambda-slim for ${process.platform} on ${process.arch}: the package ${name} is missing\n` +
        '  hint: install without --omit=optional; where the lock file was made on another system, remove it and ' +
        'node_modules and install again; or let LAMBDA_SLIM_BINARY name a binary (cargo install lambda-slim makes one)',
    );
  }
}

module.exports = { binaryPath, platformPackage };
