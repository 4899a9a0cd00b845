'use strict';

// A plugin for the Serverless Framework: slims the finished zips, in place, before they are hashed.

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { binaryPath } = require('./binary.js');
const { toArguments } = require('./options.js');

class LambdaSlim {
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = { 'after:package:createDeploymentArtifacts': () => this.slimAll() };
  }

  slimAll() {
    const options = this.serverless.service.custom?.lambdaSlim ?? {};
    for (const [zip, artifact] of this.artifacts()) {
      this.slim(zip, { ...artifact, ...options });
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
      if (zip) add(found, zip, about);
    }
    for (const name of service.getAllLayers()) {
      const zip = service.getLayer(name).package?.artifact ?? service.getLayer(name).artifact;
      if (zip) add(found, zip, { kind: 'layer' });
    }
    return found;
  }

  slim(zip, options) {
    const file = path.resolve(this.serverless.serviceDir ?? this.serverless.config.servicePath, zip);
    try {
      const command = ['pack', file, '--in-place', '--quiet', '--no-progress', ...toArguments(options)];
      const ran = spawnSync(binaryPath(), command, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
      if (ran.error) throw ran.error;
      if (ran.status !== 0) throw new Error((ran.stderr || `ended by ${ran.signal}`).trim());
      if (ran.stderr) console.error(ran.stderr.trimEnd());
    } catch (error) {
      throw new this.serverless.classes.Error(`lambda-slim, ${path.basename(file)}: ${error.message}`);
    }
  }
}

/** What functions with one zip say differently is left for lambda-slim to find out. */
function add(found, zip, about) {
  const known = found.get(zip) ?? about;
  const agreed = Object.entries(about).filter(([name, value]) => value !== undefined && known[name] === value);
  found.set(zip, Object.fromEntries(agreed));
}

module.exports = LambdaSlim;
