'use strict';
const { PassThrough } = require('node:stream');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const Koa = require('koa');
const { Router } = require('@koa/router');

const router = new Router();
router.get('/levels/:name', (context) => { context.body = { level: context.params.name, ip: context.ip }; });
const app = new Koa();
app.use(router.routes()).use(router.allowedMethods());

// Hands a request to the app without a socket.
function call(url) {
  const request = new http.IncomingMessage(Object.assign(new PassThrough(), { remoteAddress: '192.0.2.1', encrypted: false }));
  Object.assign(request, { method: 'GET', url, headers: { host: 'example.test' } });
  const response = new http.ServerResponse(request);
  return new Promise((done) => {
    response.end = (text) => done({ status: response.statusCode, type: response.getHeader('content-type'), text: String(text ?? '') });
    app.callback()(request, response);
  });
}

exports.handler = async ({ path: url }) => ({
  answer: await call(url),
  link: fs.readlinkSync(path.join(__dirname, 'node_modules/koa')),
  found: path.relative(fs.realpathSync(__dirname), require.resolve('koa')).split(path.sep)[1],
});
