'use strict';

// A plugin for the Serverless Framework: slims the finished zips, in place, before they are hashed.

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { binaryPath } = require('./binary.js');
const { toArguments } = require('./options.js');
const { told } = require('./told.js');

class LambdaSlim {
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = { 'after:package:createDeploymentArtifacts': () => this.slimAll() };
  }

  slimAll() {
    const { quiet = false, ...options } = this.serverless.service.custom?.lambdaSlim ?? {};
    for (const [zip, { names, about }] of this.artifacts()) {
      const line = told(names.join(', '), this.slim(zip, { ...about, ...options }));
      // stderr, as all that the framework says: stdout is for what a command was asked for.
      if (line && !quiet) console.error(line);
    }
  }

  /** Each zip once, with what all functions in it have in common. */
  artifacts() {
    const { service } = this.serverless;
    const found = new Map();
    for (const name of service.getAllFunctions()) {
      const one = service.getFunction(name);
      if (one.image) continue;
      const zip = one.package?.artifact ?? service.package?.artifact ?? service.artifact;
      const about = {
        runtime: one.runtime ?? service.provider.runtime,
        architecture: one.architecture ?? service.provider.architecture ?? 'x86_64',
      };
      if (zip) add(found, zip, name, about);
    }
    for (const name of service.getAllLayers()) {
      const zip = service.getLayer(name).package?.artifact ?? service.getLayer(name).artifact;
      if (zip) add(found, zip, name, { kind: 'layer' });
    }
    return found;
  }

  /** Slims a zip; what comes back is the report. */
  slim(zip, options) {
    const file = path.resolve(this.serverless.serviceDir ?? this.serverless.config.servicePath, zip);
    try {
      const command = ['pack', file, '--in-place', '--quiet', '--no-progress', '--format=json', ...toArguments(options)];
      const ran = spawnSync(binaryPath(), command, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: Infinity });
      if (ran.error) throw ran.error;
      if (ran.status !== 0) throw new Error((ran.stderr || `ended by ${ran.signal}`).trim());
      if (ran.stderr) console.error(ran.stderr.trimEnd());
      return ran.stdout;
    } catch (error) {
      throw new this.serverless.classes.Error(`lambda-slim, ${path.basename(file)}: ${error.message}`);
    }
  }
}

/** What functions with one zip say differently is left for lambda-slim to find out. */
function add(found, zip, name, about) {
  const known = found.get(zip) ?? { names: [], about };
  const agreed = Object.entries(about).filter(([key, value]) => value !== undefined && known.about[key] === value);
  found.set(zip, { names: [...known.names, name], about: Object.fromEntries(agreed) });
}

module.exports = LambdaSlim;
