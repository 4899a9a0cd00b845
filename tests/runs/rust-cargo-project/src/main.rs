use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(greet)).await
}

/// Greets with the text that was packed beside the program.
async fn greet(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let folder = std::env::var("LAMBDA_TASK_ROOT")?;
    let greeting = std::fs::read_to_string(format!("{folder}/texts/greeting.txt"))?;
    let name = event.payload["name"].as_str().unwrap_or("world");
    Ok(json!({ "text": format!("{}, {name}!", greeting.trim()) }))
}
