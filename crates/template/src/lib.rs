//! Which functions and layers a template deploys: `.aws-sam/build/template.yaml`, `*.template.json` of `cdk.out`, or
//! what the Serverless Framework leaves in `.serverless`.
//!
//! It reads what these tools *built*, where code is a path on disk. It never evaluates a template: what only AWS can
//! tell (conditions, imports, outputs of other stacks) is [`LayerUse::Elsewhere`] or missing, never guessed. It writes
//! nothing and opens no package. Read [`Template`] first, then [`build_templates`].

mod error;
mod find;
mod node;
mod template;

pub use error::TemplateError;
pub use find::{BUILD_FOLDERS, build_templates, is_build_folder, is_sam_build};
pub use template::{Code, Function, Layer, LayerUse, SnapStart, Template};
