'use strict';
const { Readable } = require('node:stream');
const { S3Client, ListObjectsV2Command } = require('@aws-sdk/client-s3');
const express = require('express');

const app = express();
app.get('/hello/:name', (request, response) => response.json({ hello: request.params.name }));

// Stands in for the network, so that the demonstration needs no account.
const requestHandler = {
  async handle({ hostname, path }) {
    const text = `<ListBucketResult><Name>${hostname}${path}</Name><KeyCount>0</KeyCount></ListBucketResult>`;
    return { response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from(text)]) } };
  },
};

exports.handler = async ({ bucket, path }) => {
  const client = new S3Client({ region: 'eu-central-1', requestHandler });
  const list = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((ready) => server.once('listening', ready));
  const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`);
  const body = await answer.json();
  await new Promise((closed) => { server.close(closed); server.closeAllConnections(); });
  return { status: answer.status, body, asked: list.Name };
};
