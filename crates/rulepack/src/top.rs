use regex::Regex;

/// What stands at the top of a function's package and nowhere else.
#[derive(Debug, Clone, Default)]
pub struct Top {
    /// Paths from the top.
    pub(crate) signs: Vec<Regex>,
    /// Names of folders in which the same may stand.
    pub(crate) places: Vec<String>,
}

impl Top {
    /// Whether this path, seen from some folder, shows that the folder was meant to be the top.
    pub fn stands_there(&self, path: &str) -> bool {
        self.signs.iter().any(|sign| sign.is_match(path))
    }

    /// Whether a folder of this name holds packages, or what belongs into a layer.
    pub fn has_place(&self, name: &str) -> bool {
        self.places.iter().any(|place| place == name)
    }
}
