//! The tool from outside: a folder in; what it prints, how it exits and what it wrote, out.
//!
//! A case is a temporary folder with files, one command in it, and inline snapshots; `support` holds both. Times, hashes
//! and the version are filtered by one list there. Nothing here needs a network or a home folder.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should stop"
)]

#[macro_use]
mod support;

mod bad_input;
mod check;
mod choices;
mod contents;
mod diff;
mod every_command;
mod evidence;
mod explain;
mod golden;
mod handler_checks;
mod hash;
mod hostile_zip;
mod in_place;
mod interrupt;
mod java;
mod java_runs;
mod layer;
mod limits;
mod links;
mod native;
mod node_aws_sdk_2;
mod node_bundle;
mod node_checks;
mod node_traps;
mod output;
mod pack;
mod pack_formats;
mod projects;
mod python_bytecode;
mod python_checks;
mod python_parts;
mod python_traps;
mod report;
mod ruby;
mod rules;
#[path = "../../crates/native/src/sample_elf.rs"]
mod sample_elf;
mod samples;
mod schema;
mod settings;
mod several;
mod strip;
