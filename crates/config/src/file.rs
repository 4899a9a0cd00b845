use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::ConfigError;

/// The settings of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// What holds for every package.
    pub settings: Vec<Setting>,
    /// What holds for some packages only.
    pub targets: Vec<Section>,
}

/// `[[target]]`: what holds for one package of a repository that makes several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The package, relative to the file.
    pub path: String,
    /// What holds for it.
    pub settings: Vec<Setting>,
}

/// One setting as an option of the command line: a name and the texts that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// One text, or those of a list; a table is a list of `key=value`.
    pub values: Vec<String>,
    /// Where it stands, counted from one; unknown in JSON.
    pub line: Option<usize>,
}

impl Config {
    /// Reads the settings in `path`; `None` if it has none, as most `package.json` have.
    pub fn read(path: &Path) -> Result<Option<Self>, ConfigError> {
        let text = fs_err::read_to_string(path).map_err(ConfigError::Read)?;
        let file = File { path, text: &text };
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            return file.json();
        }
        file.toml()
    }

    /// What holds for the package at `package` and not for all: the most exact section first.
    pub fn special_for(&self, package: &Path) -> Vec<&Setting> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let place = |path: &Path| fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let package = place(package);
        let speaks_of =
            |section: &&Section| package.starts_with(place(&folder.join(&section.path)));
        let mut sections: Vec<&Section> = self.targets.iter().filter(speaks_of).collect();
        sections.sort_by_key(|section| {
            std::cmp::Reverse(place(&folder.join(&section.path)).components().count())
        });
        let special = sections.into_iter().flat_map(|section| &section.settings);
        special.collect()
    }
}

/// A file that is being read.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn toml(&self) -> Result<Option<Config>, ConfigError> {
        let table = DeTable::parse(self.text).map_err(|error| {
            self.wrong(error.span().unwrap_or_default(), error.message().to_owned())
        })?;
        let table = table.get_ref();
        if self
            .path
            .file_name()
            .is_none_or(|name| name != "pyproject.toml")
        {
            return self.config(table).map(Some);
        }
        let section = table.get("tool").and_then(|tool| tool.get_ref().as_table());
        let section = section.and_then(|tool| tool.get("lambda-slim")?.get_ref().as_table());
        section.map(|section| self.config(section)).transpose()
    }

    fn config(&self, table: &DeTable<'_>) -> Result<Config, ConfigError> {
        let mut config = Config {
            path: self.path.to_owned(),
            settings: Vec::new(),
            targets: Vec::new(),
        };
        for (name, value) in table {
            match value.get_ref().as_array() {
                Some(sections) if name.get_ref() == "target" => {
                    for section in sections {
                        config.targets.push(self.section(section)?);
                    }
                }
                _ => config
                    .settings
                    .push(self.setting(name.get_ref(), &name.span(), value)?),
            }
        }
        // The order of a file is that of its lines.
        config.settings.sort_by_key(|setting| setting.line);
        Ok(config)
    }

    fn section(&self, value: &Spanned<DeValue<'_>>) -> Result<Section, ConfigError> {
        let wrong = || self.wrong(value.span(), "a target needs a `path`".to_owned());
        let table = value.get_ref().as_table().ok_or_else(wrong)?;
        let mut settings = Vec::new();
        for (name, value) in table {
            settings.push(self.setting(name.get_ref(), &name.span(), value)?);
        }
        settings.sort_by_key(|setting| setting.line);
        let path = settings.iter().position(|setting| setting.name == "path");
        let path = settings.remove(path.ok_or_else(wrong)?).values.join(",");
        Ok(Section { path, settings })
    }

    fn setting(
        &self,
        name: &str,
        place: &Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Setting, ConfigError> {
        let wrong = || {
            let why = format!("`{name}` is neither a value, nor a list or table of values");
            self.wrong(value.span(), why)
        };
        let values = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| text(item.get_ref())).collect(),
            DeValue::Table(pairs) => {
                let pair = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
                    Some(format!("{}={}", key.get_ref(), text(value.get_ref())?))
                };
                pairs.iter().map(pair).collect()
            }
            one => text(one).map(|text| vec![text]),
        };
        Ok(Setting {
            name: name.to_owned(),
            values: values.ok_or_else(wrong)?,
            line: Some(self.line(place.start)),
        })
    }

    fn json(&self) -> Result<Option<Config>, ConfigError> {
        let root: Value = serde_json::from_str(self.text).map_err(|error| ConfigError::Syntax {
            path: self.path.to_owned(),
            line: error.line(),
            why: error.to_string(),
        })?;
        let Some(Value::Object(table)) = root.get("lambda-slim") else {
            return Ok(None);
        };
        // JSON is nearly TOML, and one road is enough for both; only the lines are lost.
        let table = Value::Object(table.clone());
        let table: toml::Table =
            serde_json::from_value(table).map_err(|error| ConfigError::Syntax {
                path: self.path.to_owned(),
                line: 1,
                why: format!("`lambda-slim`: {error}"),
            })?;
        let text = table.to_string();
        let file = File {
            path: self.path,
            text: &text,
        };
        let table = DeTable::parse(&text).map_err(|error| file.wrong(0..0, error.to_string()))?;
        let mut config = file.config(table.get_ref())?;
        let sections = config.targets.iter_mut().map(|target| &mut target.settings);
        let settings = sections.chain([&mut config.settings]).flatten();
        settings.for_each(|setting| setting.line = None);
        Ok(Some(config))
    }

    fn line(&self, byte: usize) -> usize {
        let before = &self.text.as_bytes()[..byte.min(self.text.len())];
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    fn wrong(&self, place: Range<usize>, why: String) -> ConfigError {
        ConfigError::Syntax {
            path: self.path.to_owned(),
            line: self.line(place.start),
            why,
        }
    }
}

/// A single value as the command line would have it.
fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(word) => Some(word.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name: value, value (line)` for each setting of the file, or what is wrong.
    fn check(name: &str, text: &str, expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs_err::write(&path, text).unwrap();
        let show = |setting: &Setting| {
            let line = setting
                .line
                .map(|line| format!(" ({line})"))
                .unwrap_or_default();
            format!("{}: {}{line}\n", setting.name, setting.values.join(", "))
        };
        let shown = match Config::read(&path) {
            Ok(None) => "none".to_owned(),
            Ok(Some(config)) => {
                let mut shown: String = config.settings.iter().map(show).collect();
                for target in &config.targets {
                    shown += &format!("[{}]\n", target.path);
                    shown.extend(target.settings.iter().map(show));
                }
                shown
            }
            Err(error) => error.to_string(),
        };
        let root = format!("{}/", folder.path().display());
        assert_eq!(shown.replace(&root, "").trim(), expected.trim(), "{text}");
    }

    const TOML: &str = "level = 'safe'\nkeep = [\n 'a/**', 'b' ]\njobs = 2\nno-strip = true\n[budget]\nunzipped = '150MB'\nfiles = 5000\n[[target]]\npath = 'api'\nlevel = 'balanced'\n";

    #[test]
    fn settings_are_options_with_texts() {
        let expected = "level: safe (1)\nkeep: a/**, b (2)\njobs: 2 (4)\nno-strip: true (5)\nbudget: files=5000, unzipped=150MB (6)\n[api]\nlevel: balanced (11)";
        check("lambda-slim.toml", TOML, expected);
        check("lambda-slim.toml", "", "");
    }

    #[test]
    fn other_files_have_a_section() {
        check(
            "pyproject.toml",
            "[project]\nname = 'x'\n[tool.lambda-slim]\nlevel = 'safe'\n",
            "level: safe (4)",
        );
        check("pyproject.toml", "[project]\nname = 'x'\n", "none");
        let json = r#"{"name": "x", "lambda-slim": {"level": "safe", "budget": {"files": 3}, "target": [{"path": "a", "keep": ["b"]}]}}"#;
        check(
            "package.json",
            json,
            "level: safe\nbudget: files=3\n[a]\nkeep: b",
        );
        check("package.json", r#"{"name": "x"}"#, "none");
    }

    #[test]
    fn what_is_wrong_has_a_line() {
        check(
            "lambda-slim.toml",
            "a = 1\nb = [[1]]\n",
            "`lambda-slim.toml`, line 2: `b` is neither a value, nor a list or table of values",
        );
        check(
            "lambda-slim.toml",
            "a = 1\n[[target]]\nlevel = 'safe'\n",
            "`lambda-slim.toml`, line 2: a target needs a `path`",
        );
        check(
            "lambda-slim.toml",
            "a = 1\na = 2\n",
            "`lambda-slim.toml`, line 2: duplicate key",
        );
    }

    #[test]
    fn the_most_exact_section_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("api/v2/dist")).unwrap();
        let setting = |value: &str| Setting {
            name: "level".to_owned(),
            values: vec![value.to_owned()],
            line: None,
        };
        let section = |path: &str, value: &str| Section {
            path: path.to_owned(),
            settings: vec![setting(value)],
        };
        let config = Config {
            path: folder.path().join("lambda-slim.toml"),
            settings: vec![setting("of all")],
            targets: vec![
                section("api", "api"),
                section("api/v2", "v2"),
                section("job", "job"),
            ],
        };
        let check = |package: &str, expected: &[&str]| {
            let found = config.special_for(&folder.path().join(package));
            let found: Vec<&str> = found.iter().map(|setting| &*setting.values[0]).collect();
            assert_eq!(found, expected, "{package}");
        };
        check("api/v2/dist", &["v2", "api"]);
        check("api", &["api"]);
        check("apis", &[]);
    }
}
