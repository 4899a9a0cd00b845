terraform {
  required_providers {
    aws      = { source = "hashicorp/aws" }
    external = { source = "hashicorp/external" }
  }
}

# Runs on every plan; the zip is the same as long as its contents are, and so is the hash.
data "external" "api" {
  program = [
    "lambda-slim", "pack", "${path.module}/src", "-o", "${path.module}/api.zip",
    "--runtime", "nodejs22.x", "--quiet", "--format", "tf-external",
  ]
}

resource "aws_iam_role" "api" {
  name = "example-api"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "api" {
  function_name    = "example-api"
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  role             = aws_iam_role.api.arn
  filename         = data.external.api.result.path
  source_code_hash = data.external.api.result.code_sha256
}
