use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lambda_slim_package::{Architecture, Runtime};

use crate::TemplateError;
use crate::node::Node;

/// What one template deploys, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The template itself.
    pub path: PathBuf,
    /// Its functions.
    pub functions: Vec<Function>,
    /// Its layers.
    pub layers: Vec<Layer>,
    /// Templates of stacks inside this one, where they are files.
    pub nested: Vec<PathBuf>,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its logical id.
    pub id: String,
    /// A name for people: its path in the CDK app, or its logical id.
    pub name: String,
    /// Where its code is.
    pub code: Code,
    /// Its run time; missing where the template does not say it in words.
    pub runtime: Option<Runtime>,
    /// Its processor: `x86_64` where the template is silent, as in Lambda; missing where only AWS can tell.
    pub architecture: Option<Architecture>,
    /// Its handler.
    pub handler: Option<String>,
    /// Its layers, in the order in which Lambda unpacks them.
    pub layers: Vec<LayerUse>,
    /// Whether its published versions start from a snapshot.
    pub snap_start: SnapStart,
    /// The variables of its environment that Node.js itself reads, where the template says them in words.
    pub node_variables: BTreeMap<String, String>,
}

/// Whether a function starts from a snapshot of its memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapStart {
    /// No, or only AWS can tell.
    Off,
    /// Yes; here is what else it has that does not go with it.
    On(Vec<&'static str>),
}

/// Where the code of a function or layer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A folder, zip or jar on this disk.
    Local(PathBuf),
    /// Somewhere else: a container image, text in the template, a bucket.
    Elsewhere,
    /// A path where nothing is.
    Missing(PathBuf),
}

/// A layer that a template makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its logical id.
    pub id: String,
    /// A name for people.
    pub name: String,
    /// Where its contents are.
    pub code: Code,
    /// The first of the run times that it is for.
    pub runtime: Option<Runtime>,
}

/// A layer as a function names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LayerUse {
    /// One of the same template, with contents on this disk.
    Local {
        /// Its logical id.
        id: String,
        /// Its contents.
        path: PathBuf,
    },
    /// One whose size cannot be told here: an ARN, an import, a condition.
    Elsewhere(String),
}

impl Code {
    /// The path, where the code is on this disk.
    pub fn local(&self) -> Option<&Path> {
        match self {
            Self::Local(path) => Some(path),
            Self::Missing(_) | Self::Elsewhere => None,
        }
    }
}

impl Template {
    /// Functions and layers whose code is not where the template says, by name.
    pub fn missing(&self) -> impl Iterator<Item = (&str, &Path)> {
        let functions = self.functions.iter().map(|one| (&one.name, &one.code));
        let layers = self.layers.iter().map(|one| (&one.name, &one.code));
        functions
            .chain(layers)
            .filter_map(|(name, code)| match code {
                Code::Missing(path) => Some((name.as_str(), path.as_path())),
                Code::Local(_) | Code::Elsewhere => None,
            })
    }

    /// Reads a template that was built; paths in it are relative to its folder.
    pub fn read(path: &Path) -> Result<Self, TemplateError> {
        let text = fs_err::read_to_string(path).map_err(TemplateError::Read)?;
        let root = Node::parse(&text).map_err(|error| TemplateError::Syntax {
            path: path.to_owned(),
            line: error.line,
            why: error.why,
        })?;
        Ok(Source { path, root: &root }.template())
    }
}

const SAM_FUNCTION: &str = "AWS::Serverless::Function";
const SAM_LAYER: &str = "AWS::Serverless::LayerVersion";
const SAM_STACK: &str = "AWS::Serverless::Application";

/// A template that is being read.
struct Source<'a> {
    path: &'a Path,
    root: &'a Node,
}

/// One entry of `Resources`.
struct Resource<'a> {
    id: &'a str,
    kind: &'a str,
    node: &'a Node,
}

impl<'a> Resource<'a> {
    fn property(&self, name: &str) -> Option<&'a Node> {
        self.node.get("Properties")?.get(name)
    }

    fn metadata(&self, name: &str) -> Option<&'a str> {
        self.node.get("Metadata")?.get(name)?.text()
    }

    /// `Api/Handler` where CDK says `Api/Handler/Resource`.
    fn name(&self) -> String {
        let path = self.metadata("aws:cdk:path");
        let path = path.map(|path| path.strip_suffix("/Resource").unwrap_or(path));
        path.unwrap_or(self.id).to_owned()
    }
}

impl<'a> Source<'a> {
    fn template(&self) -> Template {
        let layers: Vec<Layer> = self.layers().collect();
        Template {
            path: self.path.to_owned(),
            functions: self.functions(&layers).collect(),
            nested: self.nested().collect(),
            layers,
        }
    }

    fn resources(&self) -> impl Iterator<Item = Resource<'a>> {
        let resources = self.root.get("Resources").map_or(&[][..], Node::pairs);
        resources.iter().filter_map(|(id, node)| {
            let kind = node.get("Type")?.text()?;
            Some(Resource { id, kind, node })
        })
    }

    fn layers(&self) -> impl Iterator<Item = Layer> {
        let all = self.resources();
        let all =
            all.filter(|found| [SAM_LAYER, "AWS::Lambda::LayerVersion"].contains(&found.kind));
        all.map(|found| {
            let property = if found.kind == SAM_LAYER {
                "ContentUri"
            } else {
                "Content"
            };
            let runtimes = found.property("CompatibleRuntimes");
            let runtimes = runtimes.map_or(&[][..], Node::items);
            Layer {
                id: found.id.to_owned(),
                name: found.name(),
                code: self.code(&found, property, found.property(property)),
                runtime: runtimes
                    .first()
                    .and_then(|node| self.text(node)?.parse().ok()),
            }
        })
    }

    fn functions(&self, layers: &[Layer]) -> impl Iterator<Item = Function> {
        let all = self.resources();
        let all = all.filter(|found| [SAM_FUNCTION, "AWS::Lambda::Function"].contains(&found.kind));
        all.map(|found| {
            let is_sam = found.kind == SAM_FUNCTION;
            let globals = self.root.get("Globals").and_then(|all| all.get("Function"));
            let globals = globals.filter(|_| is_sam);
            let global = |name: &str| globals.and_then(|globals| globals.get(name));
            let property = |name: &str| found.property(name).or_else(|| global(name));
            let code = if is_sam { "CodeUri" } else { "Code" };
            // SAM puts the layers of all functions before those of the one.
            let used = [global("Layers"), found.property("Layers")];
            let used = used.into_iter().flatten().flat_map(layer_nodes);
            let environments = [global("Environment"), found.property("Environment")];
            Function {
                id: found.id.to_owned(),
                name: found.name(),
                code: self.code(&found, code, property(code)),
                runtime: property("Runtime").and_then(|node| self.text(node)?.parse().ok()),
                architecture: self.architecture(property("Architectures")),
                handler: property("Handler")
                    .and_then(|node| self.text(node))
                    .map(str::to_owned),
                layers: used.map(|node| self.layer_use(node, layers)).collect(),
                snap_start: self.snap_start(property),
                node_variables: self.node_variables(environments.into_iter().flatten()),
            }
        })
    }

    fn node_variables(
        &self,
        environments: impl Iterator<Item = &'a Node>,
    ) -> BTreeMap<String, String> {
        let variables = environments.filter_map(|node| node.get("Variables"));
        let pairs = variables.flat_map(Node::pairs);
        let read = pairs.filter(|(name, _)| name.starts_with("NODE_"));
        read.filter_map(|(name, node)| Some((name.clone(), self.text(node)?.to_owned())))
            .collect()
    }

    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html>.
    fn snap_start(&self, property: impl Fn(&str) -> Option<&'a Node>) -> SnapStart {
        const STORAGE_AT_MOST_MB: u32 = 512;
        let inner = |name: &str, inner: &str| {
            let node = property(name)?.get(inner)?;
            self.text(node)
        };
        if inner("SnapStart", "ApplyOn") != Some("PublishedVersions") {
            return SnapStart::Off;
        }
        let has = |name: &str| property(name).is_some();
        let storage = inner("EphemeralStorage", "Size").and_then(|size| size.parse().ok());
        let against = [
            ("a file system", has("FileSystemConfigs")),
            (
                "more than 512 MB of ephemeral storage",
                storage.is_some_and(|size: u32| size > STORAGE_AT_MOST_MB),
            ),
            (
                "provisioned concurrency",
                has("ProvisionedConcurrencyConfig"),
            ),
        ];
        let against = against.into_iter().filter(|(_, is_there)| *is_there);
        SnapStart::On(against.map(|(what, _)| what).collect())
    }

    fn nested(&self) -> impl Iterator<Item = PathBuf> {
        let property = |found: Resource<'a>| match found.kind {
            SAM_STACK => found.property("Location")?.text(),
            "AWS::CloudFormation::Stack" => found.property("TemplateURL")?.text(),
            _ => None,
        };
        let files = self.resources().filter_map(property);
        let files = files.map(|name| self.folder().join(name));
        files.filter(|path| path.is_file())
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// What `node` says in words: a text, or a parameter that has a default.
    fn text(&self, node: &'a Node) -> Option<&'a str> {
        if let Some(parameter) = node.get("Ref").and_then(Node::text) {
            let parameters = self.root.get("Parameters")?;
            return parameters.get(parameter)?.get("Default")?.text();
        }
        node.text()
    }

    fn architecture(&self, node: Option<&'a Node>) -> Option<Architecture> {
        let Some(node) = node else {
            return Some(Architecture::X86_64);
        };
        match self.text(node.items().first()?)? {
            "x86_64" => Some(Architecture::X86_64),
            "arm64" => Some(Architecture::Arm64),
            _ => None,
        }
    }

    fn code(&self, found: &Resource<'a>, property: &str, node: Option<&'a Node>) -> Code {
        let here = |name: &str| Some(self.folder().join(name)).filter(|path| path.exists());
        let stated = node.and_then(|node| self.text(node)).and_then(here);
        let asset = || {
            let is_code = found.metadata("aws:asset:property") == Some(property);
            found
                .metadata("aws:asset:path")
                .filter(|_| is_code)
                .and_then(here)
        };
        // Without metadata an asset is named by its key in the bucket: `<hash>.zip` is `asset.<hash>` or a file.
        let keyed = || {
            let key = node?.get("S3Key")?.text()?;
            let stem = key.split_once('.').map_or(key, |(stem, _)| stem);
            here(&format!("asset.{stem}")).or_else(|| here(&format!("asset.{key}")))
        };
        // The Serverless Framework keeps a zip beside the template, and uploads it below a folder for each deployment.
        let uploaded = || here(node?.get("S3Key")?.text()?.rsplit_once('/')?.1);
        let named = node.and_then(|node| self.text(node));
        let is_path = |name: &&str| !name.contains("://");
        match (
            stated.or_else(asset).or_else(keyed).or_else(uploaded),
            named,
        ) {
            (Some(path), _) => Code::Local(path),
            (None, Some(name)) if is_path(&name) => Code::Missing(self.folder().join(name)),
            (None, _) => Code::Elsewhere,
        }
    }

    fn layer_use(&self, node: &'a Node, layers: &[Layer]) -> LayerUse {
        let id = node.get("Ref").and_then(Node::text);
        let layer = id.and_then(|id| layers.iter().find(|layer| layer.id == id));
        if let Some((layer, path)) = layer.and_then(|layer| Some((layer, layer.code.local()?))) {
            return LayerUse::Local {
                id: layer.id.clone(),
                path: path.to_owned(),
            };
        }
        let stated = self.text(node).or(id).map(str::to_owned);
        let function = || node.pairs().first().map(|(name, _)| name.clone());
        LayerUse::Elsewhere(stated.or_else(function).unwrap_or_default())
    }
}

/// The layers of a `Layers` property; one that only AWS can evaluate counts as one.
fn layer_nodes(node: &Node) -> Vec<&Node> {
    match node {
        Node::List(items) => items.iter().map(AsRef::as_ref).collect(),
        node => vec![node],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The template `text` in a folder with these empty files and folders, one line for each function and layer.
    fn check(places: &[&str], text: &str, expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        for place in places {
            fs_err::create_dir_all(folder.path().join(place)).unwrap();
        }
        let path = folder.path().join("template.yaml");
        fs_err::write(&path, text).unwrap();
        let template = Template::read(&path).unwrap();
        let shown = show(&template);
        let root = format!("{}/", folder.path().display());
        assert_eq!(shown.replace(&root, "").trim(), expected.trim());
    }

    fn show(template: &Template) -> String {
        let mut shown = String::new();
        for function in &template.functions {
            let code = function.code.local().map(|path| path.display().to_string());
            let code = code.unwrap_or("elsewhere".to_owned());
            let runtime = function.runtime.as_ref().map_or("?", Runtime::as_str);
            let architecture = function.architecture.map_or("?", Architecture::as_str);
            let handler = function.handler.as_deref().unwrap_or("?");
            shown += &format!(
                "{} {code} {runtime} {architecture} {handler}\n",
                function.name
            );
            if let SnapStart::On(against) = &function.snap_start {
                shown += &format!("  snapshots, against: {}\n", against.join(", "));
            }
            for (name, value) in &function.node_variables {
                shown += &format!("  {name}={value}\n");
            }
            for layer in &function.layers {
                shown += &match layer {
                    LayerUse::Local { id, path } => format!("  + {id} {}\n", path.display()),
                    LayerUse::Elsewhere(name) => format!("  + elsewhere {name}\n"),
                };
            }
        }
        shown
    }

    #[test]
    fn variables_that_node_reads() {
        check(
            &["Api"],
            "
Globals:
  Function:
    Environment: {Variables: {NODE_OPTIONS: --enable-source-maps, TABLE: x}}
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: Api
      Runtime: nodejs22.x
      Handler: index.handler
      Environment: {Variables: {NODE_ENV: production, NODE_PATH: !Ref Unknown}}
",
            "
Api Api nodejs22.x x86_64 index.handler
  NODE_ENV=production
  NODE_OPTIONS=--enable-source-maps
",
        );
    }

    #[test]
    fn sam_functions_share_what_is_global() {
        check(
            &["Api", "Deps"],
            "
Parameters:
  Processor: {Type: String, Default: arm64}
Globals:
  Function:
    Runtime: python3.13
    Architectures: [!Ref Processor]
    Layers: ['arn:aws:lambda:eu-west-1:1:layer:extension:4']
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: Api
      Handler: app.handler
      Layers:
        - Ref: Deps
        - !If [Traced, !Ref Deps, !Ref AWS::NoValue]
  Picture:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image, ImageUri: x, Architectures: !If [A, [arm64], [x86_64]]}
  Deps:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: Deps, CompatibleRuntimes: [python3.13]}
  Table: {Type: AWS::DynamoDB::Table}
",
            "
Api Api python3.13 arm64 app.handler
  + elsewhere arn:aws:lambda:eu-west-1:1:layer:extension:4
  + Deps Deps
  + elsewhere Fn::If
Picture elsewhere python3.13 ? ?
  + elsewhere arn:aws:lambda:eu-west-1:1:layer:extension:4
",
        );
    }

    #[test]
    fn what_snapshots_do_not_go_with() {
        check(
            &[],
            "
Globals:
  Function: {Runtime: python3.13, SnapStart: {ApplyOn: PublishedVersions}, EphemeralStorage: {Size: 512}}
Resources:
  Fine: {Type: AWS::Serverless::Function}
  Off: {Type: AWS::Serverless::Function, Properties: {SnapStart: {ApplyOn: None}}}
  Wrong:
    Type: AWS::Serverless::Function
    Properties: {FileSystemConfigs: [{Arn: x}], EphemeralStorage: {Size: 1024}, ProvisionedConcurrencyConfig: {}}
",
            "
Fine elsewhere python3.13 x86_64 ?
  snapshots, against: 
Off elsewhere python3.13 x86_64 ?
Wrong elsewhere python3.13 x86_64 ?
  snapshots, against: a file system, more than 512 MB of ephemeral storage, provisioned concurrency
",
        );
    }

    #[test]
    fn cdk_names_its_assets_in_metadata_or_by_key() {
        check(
            &["asset.aa", "asset.bb.jar"],
            r#"{"Resources": {
 "Fn1": {"Type": "AWS::Lambda::Function",
  "Properties": {"Code": {"S3Bucket": {"Fn::Sub": "b"}, "S3Key": "aa.zip"}, "Runtime": "nodejs22.x", "Handler": "index.handler"},
  "Metadata": {"aws:cdk:path": "Stack/Fn/Resource", "aws:asset:path": "asset.aa", "aws:asset:property": "Code"}},
 "Fn2": {"Type": "AWS::Lambda::Function",
  "Properties": {"Code": {"S3Key": "bb.jar"}, "Architectures": ["arm64"],
   "Layers": [{"Fn::ImportValue": "x"}, {"Ref": "Other"}]}},
 "Fn3": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "exports"}}}}}"#,
            "
Stack/Fn asset.aa nodejs22.x x86_64 index.handler
Fn2 asset.bb.jar ? arm64 ?
  + elsewhere Fn::ImportValue
  + elsewhere Other
Fn3 elsewhere ? x86_64 ?
",
        );
    }

    #[test]
    fn what_deploys_nothing_is_empty() {
        check(&[], "", "");
        check(&[], "Resources: {X: y, Z: {Type: !Ref A}}", "");
    }
}
