use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::{Template, TemplateError};

/// What the Serverless Framework deploys; the zips lie beside it, and are named by their place in a bucket.
const SERVERLESS_TEMPLATE: &str = "cloudformation-template-update-stack.json";

/// Where build tools put what they deploy, in the folder of a project, unless they are told otherwise. They make these
/// folders anew, with all that is in them.
pub const BUILD_FOLDERS: [&str; 3] = [".aws-sam/build", "cdk.out", ".serverless"];

/// Whether `sam build`, `cdk synth` or `serverless package` wrote this folder. Source trees have templates as well, but
/// no built code.
pub fn is_build_folder(folder: &Path) -> bool {
    folder.join("cdk.out").is_file()
        || is_sam_build(folder)
        || folder.join(SERVERLESS_TEMPLATE).is_file()
}

/// Whether `sam build` wrote this folder.
pub fn is_sam_build(folder: &Path) -> bool {
    !folder.join("cdk.out").is_file() && sam_template(folder).is_some()
}

/// Every template of a build folder, with those of stacks inside stacks; one that holds no function is there too.
pub fn build_templates(folder: &Path) -> Result<Vec<Template>, TemplateError> {
    let serverless = || Some(folder.join(SERVERLESS_TEMPLATE)).filter(|path| path.is_file());
    let mut paths = match sam_template(folder).or_else(serverless) {
        Some(path) => vec![path],
        None => cdk_templates(folder)?,
    };
    paths.reverse();
    let mut seen = BTreeSet::new();
    let mut templates = Vec::new();
    while let Some(path) = paths.pop() {
        let place = fs_err::canonicalize(&path).map_err(TemplateError::Read)?;
        if seen.insert(place) {
            let template = Template::read(&path)?;
            paths.extend(template.nested.iter().rev().cloned());
            templates.push(template);
        }
    }
    Ok(templates)
}

/// `template.yaml` of a folder beside which `build.toml` lies: SAM writes both.
fn sam_template(folder: &Path) -> Option<PathBuf> {
    let is_default = folder.ends_with(".aws-sam/build");
    if !is_default && !folder.join("../build.toml").is_file() {
        return None;
    }
    let names = ["template.yaml", "template.yml", "template.json"];
    let paths = names.into_iter().map(|name| folder.join(name));
    paths.into_iter().find(|path| path.is_file())
}

/// The templates of stacks, also of those in the assemblies of stages; assets are not looked into.
fn cdk_templates(folder: &Path) -> Result<Vec<PathBuf>, TemplateError> {
    let mut found = Vec::new();
    let items = WalkDir::new(folder).sort_by_file_name().into_iter();
    let is_asset = |name: &str| name.starts_with("asset.") || name.starts_with("bundling-temp-");
    let items = items.filter_entry(|item| {
        let is_below = item.depth() > 0 && item.file_type().is_dir();
        !(is_below && is_asset(&item.file_name().to_string_lossy()))
    });
    for item in items {
        let item = item.map_err(|error| TemplateError::Walk {
            folder: folder.to_owned(),
            source: error.into(),
        })?;
        let name = item.file_name().to_string_lossy();
        if item.file_type().is_file() && name.ends_with(".template.json") {
            found.push(item.into_path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)], folder: &str, expected: &[&str]) {
        let place = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = place.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        let folder = place.path().join(folder);
        assert_eq!(is_build_folder(&folder), !expected.is_empty());
        let found = build_templates(&folder).unwrap();
        let names = found
            .iter()
            .map(|template| template.path.strip_prefix(&folder).unwrap());
        assert_eq!(
            names.collect::<Vec<_>>(),
            expected.iter().map(Path::new).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_cdk_app_has_a_template_for_each_stack() {
        let files = [
            ("cdk.out/cdk.out", "{}"),
            ("cdk.out/B.template.json", "{}"),
            ("cdk.out/A.template.json", "{}"),
            ("cdk.out/A.assets.json", "{}"),
            ("cdk.out/assembly-Prod/C.template.json", "{}"),
            ("cdk.out/asset.12/D.template.json", "{}"),
        ];
        let expected = [
            "A.template.json",
            "B.template.json",
            "assembly-Prod/C.template.json",
        ];
        check(&files, "cdk.out", &expected);
    }

    #[test]
    fn sam_leaves_one_template_and_those_inside_it() {
        let stack = "Resources: {Inner: {Type: AWS::Serverless::Application, Properties: {Location: Inner/template.yaml}}}";
        let back = "Resources: {Outer: {Type: AWS::Serverless::Application, Properties: {Location: ../template.yaml}}}";
        let files = [
            (".aws-sam/build/template.yaml", stack),
            (".aws-sam/build/Inner/template.yaml", back),
        ];
        check(
            &files,
            ".aws-sam/build",
            &["template.yaml", "Inner/template.yaml"],
        );
    }

    #[test]
    fn serverless_leaves_one_template() {
        let files = [
            (
                ".serverless/cloudformation-template-create-stack.json",
                "{}",
            ),
            (
                ".serverless/cloudformation-template-update-stack.json",
                "{}",
            ),
            (".serverless/serverless-state.json", "{}"),
        ];
        let expected = ["cloudformation-template-update-stack.json"];
        check(&files, ".serverless", &expected);
    }

    #[test]
    fn a_source_folder_is_no_build() {
        check(&[("app/template.yaml", "{}")], "app", &[]);
    }
}
