package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

type event struct {
	Name string `json:"name"`
}

type answer struct {
	Text string `json:"text"`
}

func greet(_ context.Context, e event) (answer, error) {
	return answer{Text: "Hello, " + e.Name + "!"}, nil
}

func main() {
	lambda.Start(greet)
}
