'use strict';
const { Readable } = require('node:stream');
const { S3Client, PutObjectCommand, ListObjectsV2Command } = require('@aws-sdk/client-s3');
const { DynamoDBClient, GetItemCommand, ConditionalCheckFailedException, PutItemCommand } = require('@aws-sdk/client-dynamodb');

// Stands in for the network: notes each request and answers as the service would.
function stub(requests, answers) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request) {
      const { method, hostname, path, query, headers, body } = request;
      requests.push({
        method, hostname, path, query, target: headers['x-amz-target'], type: headers['content-type'],
        signed: /SignedHeaders=/.test(headers.authorization), body: typeof body === 'string' ? body : String(body ?? ''),
      });
      const { statusCode = 200, headers: extra = {}, text = '' } = answers.shift();
      return { response: { statusCode, headers: extra, body: Readable.from([Buffer.from(text)]) } };
    },
  };
}

const LIST = '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>1</KeyCount>'
  + '<Contents><Key>a&amp;b.png</Key><Size>7</Size><LastModified>2024-01-02T03:04:05.000Z</LastModified></Contents></ListBucketResult>';
const REFUSED = JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'no' });

exports.handler = async ({ bucket, table }) => {
  const requests = [];
  const s3 = new S3Client({ region: 'eu-central-1', requestHandler: stub(requests, [{ headers: { etag: '"x"' } }, { text: LIST }]) });
  const dynamo = new DynamoDBClient({
    region: 'eu-central-1', maxAttempts: 1,
    requestHandler: stub(requests, [{ text: '{"Item":{"n":{"N":"42"}}}' }, { statusCode: 400, text: REFUSED }]),
  });
  const put = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'a b/ü.txt', Body: 'hello', ContentType: 'text/plain' }));
  const list = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'a' }));
  const item = await dynamo.send(new GetItemCommand({ TableName: table, Key: { id: { S: '1' } } }));
  const refused = await dynamo.send(new PutItemCommand({ TableName: table, Item: {} })).catch((error) => error);
  return {
    requests, etag: put.ETag, keys: list.Contents, item: item.Item,
    refused: [refused.name, refused instanceof ConditionalCheckFailedException],
  };
};
