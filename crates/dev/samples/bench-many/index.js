const { S3Client } = require('@aws-sdk/client-s3');
const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { addDays } = require('date-fns');
const express = require('express');

exports.handler = async (event) => [S3Client, DynamoDBClient, NodeSDK, addDays, express].map(String).length;
