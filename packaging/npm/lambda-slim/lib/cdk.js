'use strict';

// Slims assets of the AWS CDK while it synthesises.
//
// The CDK tells assets apart by the JSON of their options, so everything that changes the outcome is a plain field here,
// the version of the tool too, and no path is absolute. The outcome is one zip (`ARCHIVED`): the CDK uploads it byte for
// byte, while it would zip a folder anew, without links and order.

const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { binaryPath } = require('./binary.js');
const { toArguments } = require('./options.js');
const { told } = require('./told.js');
const { version } = require('../package.json');

const QUIET = ['--quiet', '--no-progress', '--no-measure'];

/** Bundles without Docker. */
class LocalBundling {
  constructor(source, image, { quiet = false, ...options }) {
    // It changes nothing of the outcome, so it is no field of its JSON.
    Object.defineProperty(this, 'quiet', { value: quiet });
    this.image = image;
    this.source = path.relative(process.cwd(), path.resolve(source)) || '.';
    this.arguments = toArguments(options);
    this.version = version;
  }

  /** Called by the CDK; `false` makes it start the image. */
  tryBundle(outputDir) {
    const binary = this.binary();
    if (binary === undefined) return false;
    const zip = path.join(outputDir, 'package.zip');
    const command = ['pack', this.source, '-o', zip, ...QUIET, '--format=json', ...this.arguments];
    // stdout is the template of `cdk synth`, and ours the report.
    const stdio = ['ignore', 'pipe', process.stderr];
    const ran = spawnSync(binary, command, { stdio, encoding: 'utf8', maxBuffer: Infinity });
    if (ran.error) throw ran.error;
    if (ran.status !== 0) throw new Error(`lambda-slim pack ${this.source}: ${meaning(ran)}`);
    const line = told(this.source, ran.stdout) ?? ran.stdout.trimEnd();
    if (line && !this.quiet) console.error(line);
    return true;
  }

  /** The binary; without one the image has to do, if there is any. */
  binary() {
    try {
      return binaryPath();
    } catch (error) {
      if (this.image === undefined) throw error;
      console.error(`lambda-slim: ${error.message}\nlambda-slim: Docker starts ${this.image} instead`);
      return undefined;
    }
  }
}

function meaning({ status, signal }) {
  switch (status) {
    case 2:
      return 'wrong option (exit code 2); the message stands above';
    case 3:
      return 'over a limit or a budget, or its native code will not load (exit code 3); the reason stands above';
    case null:
      return `ended by ${signal}`;
    default:
      return `exit code ${status}; the reason stands above`;
  }
}

function slimAsset(source, options = {}) {
  const { AssetHashType, BundlingOutput, DockerImage } = require('aws-cdk-lib');
  const { dockerImage, ...local } = options;
  const { quiet, ...rest } = local;
  return {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry(dockerImage ?? 'lambda-slim'),
      command: ['pack', '/asset-input', '-o', '/asset-output/package.zip', ...QUIET, ...toArguments(rest)],
      outputType: BundlingOutput.ARCHIVED,
      local: new LocalBundling(source, dockerImage, local),
    },
  };
}

function slimCode(source, options = {}) {
  const { Code } = require('aws-cdk-lib/aws-lambda');
  return Code.fromAsset(source, slimAsset(source, options));
}

function slimHooks(options = {}) {
  const { command, quiet, ...rest } = options;
  const words = [...QUIET, ...toArguments(rest)].map(quoted).join(' ');
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (_inputDir, outputDir) => {
      return [`${command ?? quoted(binaryPath())} pack ${quoted(outputDir)} --in-place ${words}`];
    },
  };
}

/** A word for the shell that the CDK starts: bash, or cmd on Windows. */
function quoted(word) {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;
}

module.exports = { slimAsset, slimCode, slimHooks };
