#!/usr/bin/env node
'use strict';

// Starts the binary of this platform and ends as it ends: with its exit code, or by its signal.

const { spawn } = require('node:child_process');
const { constants } = require('node:os');
const { binaryPath } = require('../lib/binary.js');

const NOT_FOUND = 127;

function start() {
  const child = spawn(binaryPath(), process.argv.slice(2), { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => fail(`the binary cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    // A shell says 128 + n; without this a killed run would look like a success.
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(NOT_FOUND);
}

try {
  start();
} catch (error) {
  fail(error.message);
}
