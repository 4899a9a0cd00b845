import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { slimAsset, slimCode, slimHooks } from 'lambda-slim/cdk';

const stack = new Stack(new App(), 'Example');

// A layer: the options of Code.fromAsset.
const layer = new lambda.LayerVersion(stack, 'Dependencies', {
  code: lambda.Code.fromAsset('layer', slimAsset('layer', { kind: 'layer' })),
});

// A function from a folder.
new lambda.Function(stack, 'Api', {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: slimCode('function', { runtime: 'nodejs22.x', handler: 'index.handler', budget: ['unzipped=50MB'] }),
  layers: [layer],
});

// A function that esbuild bundles.
new NodejsFunction(stack, 'Bundled', {
  runtime: lambda.Runtime.NODEJS_22_X,
  entry: 'handler/index.ts',
  bundling: { commandHooks: slimHooks({ level: 'safe' }) },
});
