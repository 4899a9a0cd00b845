// Loads a handler as Lambda's Node.js run time does and calls it once for each event.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const [task, handler, exchange] = process.argv.slice(2);

async function load() {
  const dot = handler.lastIndexOf('.');
  const file = ['.js', '.mjs', '.cjs'].map((extension) => path.join(task, handler.slice(0, dot) + extension)).find(fs.existsSync);
  const loaded = await import(pathToFileURL(file));
  return loaded[handler.slice(dot + 1)] ?? loaded.default[handler.slice(dot + 1)];
}

async function main() {
  const call = await load();
  for (let number = 0; fs.existsSync(path.join(exchange, `event-${number}.json`)); number += 1) {
    const event = JSON.parse(fs.readFileSync(path.join(exchange, `event-${number}.json`), 'utf8'));
    const answer = await call(event, { functionName: 'probe', awsRequestId: String(number) });
    fs.writeFileSync(path.join(exchange, `answer-${number}.json`), JSON.stringify(answer ?? null));
  }
}

// A promise that waits for nothing must time out, as it does in Lambda, and not end the process.
setInterval(() => {}, 1000);
main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
