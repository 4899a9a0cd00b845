use std::collections::BTreeMap;

use lambda_slim_package::Runtime;

/// An operating system that functions run on, and what native code finds there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// Its name: `Amazon Linux 2023`.
    pub name: String,
    /// The run times that run on it.
    pub runtimes: Vec<String>,
    /// The newest version of each family of symbols: `GLIBC` is `2.34`.
    pub symbols: BTreeMap<String, String>,
    /// Globs of the libraries that it brings.
    pub libraries: Vec<String>,
}

/// What a run time lacks that has a part of Node.js.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// The run time.
    pub runtime: Runtime,
    /// Modules of Node.js, without `node:`.
    pub modules: Vec<String>,
}

/// How builds of one thing for different platforms are recognised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Platforms {
    /// Words by which their paths differ, in lower case.
    pub words: Vec<String>,
    /// Extensions by which their names differ.
    pub extensions: Vec<String>,
    /// Beginnings of the names of libraries and loaders that no run time has.
    pub absent: Vec<String>,
    /// Globs of the files that are loaded or started by themselves, so that one that does not fit is an error.
    pub loaded: Vec<String>,
}

impl System {
    /// Whether functions of `runtime` run on it.
    pub fn runs(&self, runtime: &Runtime) -> bool {
        self.runtimes.iter().any(|name| name == runtime.as_str())
    }

    /// Whether it has the symbol version `wanted`, such as `GLIBC_2.34`; `None` where nothing is known of the family.
    pub fn has_version(&self, wanted: &str) -> Option<bool> {
        let (family, version) = wanted.rsplit_once('_')?;
        let newest = self.symbols.get(family)?;
        Some(numbers(version)? <= numbers(newest)?)
    }
}

/// `2.34` as numbers; `PRIVATE` is none.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let system = System {
            name: "x".to_owned(),
            runtimes: Vec::new(),
            symbols: BTreeMap::from([("GLIBC".to_owned(), "2.26".to_owned())]),
            libraries: Vec::new(),
        };
        let check = |wanted, expected| assert_eq!(system.has_version(wanted), expected, "{wanted}");
        check("GLIBC_2.26", Some(true));
        check("GLIBC_2.2.5", Some(true));
        check("GLIBC_2.4", Some(true));
        check("GLIBC_2.27", Some(false));
        check("GLIBC_2.100", Some(false));
        check("GLIBC_PRIVATE", None);
        check("OPENSSL_3.0.0", None);
        check("none", None);
    }
}
