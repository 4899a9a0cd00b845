// Own code that leads into every package, so that planning has to follow all of them.
const awssdkclientapigateway = require('@aws-sdk/client-api-gateway');
const awssdkclientathena = require('@aws-sdk/client-athena');
const awssdkclientbedrockruntime = require('@aws-sdk/client-bedrock-runtime');
const awssdkclientcloudwatch = require('@aws-sdk/client-cloudwatch');
const awssdkclientcloudwatchlogs = require('@aws-sdk/client-cloudwatch-logs');
const awssdkclientcognitoidentityprovider = require('@aws-sdk/client-cognito-identity-provider');
const awssdkclientdynamodb = require('@aws-sdk/client-dynamodb');
const awssdkclientecs = require('@aws-sdk/client-ecs');
const awssdkclienteventbridge = require('@aws-sdk/client-eventbridge');
const awssdkclientfirehose = require('@aws-sdk/client-firehose');
const awssdkclientglue = require('@aws-sdk/client-glue');
const awssdkclientkinesis = require('@aws-sdk/client-kinesis');
const awssdkclientkms = require('@aws-sdk/client-kms');
const awssdkclientlambda = require('@aws-sdk/client-lambda');
const awssdkclientrdsdata = require('@aws-sdk/client-rds-data');
const awssdkclients3 = require('@aws-sdk/client-s3');
const awssdkclientsecretsmanager = require('@aws-sdk/client-secrets-manager');
const awssdkclientsfn = require('@aws-sdk/client-sfn');
const awssdkclientsns = require('@aws-sdk/client-sns');
const awssdkclientsqs = require('@aws-sdk/client-sqs');
const awssdkclientssm = require('@aws-sdk/client-ssm');
const awssdkclientsts = require('@aws-sdk/client-sts');
const opentelemetryapi = require('@opentelemetry/api');
const opentelemetryautoinstrumentationsnode = require('@opentelemetry/auto-instrumentations-node');
const opentelemetrysdknode = require('@opentelemetry/sdk-node');
const express = require('express');
const corejs = require('core-js');
const corejspure = require('core-js-pure');
const esabstract = require('es-abstract');
const lodash = require('lodash');
const datefns = require('date-fns');

exports.handler = async () => [
  Object.keys(awssdkclientapigateway),
  Object.keys(awssdkclientathena),
  Object.keys(awssdkclientbedrockruntime),
  Object.keys(awssdkclientcloudwatch),
  Object.keys(awssdkclientcloudwatchlogs),
  Object.keys(awssdkclientcognitoidentityprovider),
  Object.keys(awssdkclientdynamodb),
  Object.keys(awssdkclientecs),
  Object.keys(awssdkclienteventbridge),
  Object.keys(awssdkclientfirehose),
  Object.keys(awssdkclientglue),
  Object.keys(awssdkclientkinesis),
  Object.keys(awssdkclientkms),
  Object.keys(awssdkclientlambda),
  Object.keys(awssdkclientrdsdata),
  Object.keys(awssdkclients3),
  Object.keys(awssdkclientsecretsmanager),
  Object.keys(awssdkclientsfn),
  Object.keys(awssdkclientsns),
  Object.keys(awssdkclientsqs),
  Object.keys(awssdkclientssm),
  Object.keys(awssdkclientsts),
  Object.keys(opentelemetryapi),
  Object.keys(opentelemetryautoinstrumentationsnode),
  Object.keys(opentelemetrysdknode),
  Object.keys(express),
  Object.keys(corejs),
  Object.keys(corejspure),
  Object.keys(esabstract),
  Object.keys(lodash),
  Object.keys(await import('lodash-es')),
  Object.keys(datefns),
].flat().length;
