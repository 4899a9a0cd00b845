'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const pino = require('pino');

async function log(targets, write) {
  const transport = pino.transport({ targets });
  const logger = pino({ base: { service: 'demo' }, timestamp: false, redact: ['secret'], level: 'debug' }, transport);
  await new Promise((ready) => transport.once('ready', ready));
  write(logger);
  await new Promise((closed) => { transport.once('close', closed); transport.end(); });
}

exports.handler = async ({ name }) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'log-'));
  const [plain, pretty] = ['plain.log', 'pretty.log'].map((file) => path.join(folder, file));
  const targets = [
    { target: 'pino/file', level: 'debug', options: { destination: plain } },
    { target: 'pino-pretty', level: 'info', options: { destination: pretty, colorize: false, ignore: 'pid,hostname', sync: true } },
  ];
  await log(targets, (logger) => {
    logger.debug({ name }, 'hello');
    logger.child({ part: 'child' }).warn({ secret: 'x' }, 'careful %s', name);
    logger.error(new RangeError('too far'));
  });
  const lines = fs.readFileSync(plain, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const stack = lines[2].err.stack.split('\n')[0];
  return { lines: lines.map(({ err, ...rest }) => rest), stack, pretty: fs.readFileSync(pretty, 'utf8').split('\n').slice(0, 4) };
};
