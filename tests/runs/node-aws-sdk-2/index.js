// Requests are built and signed, and none is sent.
const AWS = require('aws-sdk');
const SQS = require('aws-sdk/clients/sqs');

AWS.config.update({ region: 'eu-central-1', accessKeyId: 'key', secretAccessKey: 'secret' });

const built = (request) => new Promise((resolve, reject) => {
  request.on('error', reject);
  request.on('build', () => resolve({ path: request.httpRequest.path, body: String(request.httpRequest.body) }));
  request.build();
});

exports.handler = async ({ bucket, table }) => {
  const s3 = new AWS.S3();
  const documents = new AWS.DynamoDB.DocumentClient();
  const queues = new SQS();
  const role = new AWS.ChainableTemporaryCredentials({ params: { RoleArn: 'arn:aws:iam::1:role/r' } });
  return {
    url: s3.getSignedUrl('getObject', { Bucket: bucket, Key: 'a b' }).split('?')[0],
    upload: new AWS.S3.ManagedUpload({ params: { Bucket: bucket, Key: 'k', Body: 'text' } }).partSize,
    put: await built(documents.put({ TableName: table, Item: { id: 1, tags: documents.createSet(['x']) } })),
    message: await built(queues.sendMessage({ QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/1/q', MessageBody: table })),
    paginator: s3.paginationConfig('listObjectsV2').limitKey,
    waiter: s3.api.waiters.bucketExists.maxAttempts,
    identity: new AWS.CognitoIdentity().api.apiVersion,
    credentials: role.service.api.operations.assumeRole.name,
    invalid: await s3.putObject({ Key: 'k' }).promise().catch((error) => error.code),
  };
};
