use crate::{Evidence, Level, Rule, TextPattern, When};

impl Rule {
    /// What the rule does, as pairs of a name and words in Markdown; nothing is said where nothing is asked.
    ///
    /// The reference, `lambda-slim explain` and the manual all say it with these words.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let level = self.level.map_or("-", Level::as_str);
        let facts = [
            ("action", format!("`{}`", self.action)),
            ("level", format!("`{level}`")),
            ("scope", format!("`{}`", self.scope)),
            ("since", self.since.clone()),
            ("takes", codes(&self.patterns)),
            ("but never", codes(&self.except)),
            ("only when", self.when.conditions()),
            ("stays if", codes(&self.unless)),
        ];
        facts
            .into_iter()
            .filter(|(_, words)| !words.is_empty())
            .collect()
    }
}

impl When {
    /// All that it asks, in words.
    fn conditions(&self) -> String {
        let mut facts = Vec::new();
        let mut one_of = |what: &str, words: &[String]| {
            if !words.is_empty() {
                facts.push(format!("{what} {}", codes(words)));
            }
        };
        one_of("the run time begins with", &self.runtime);
        one_of("the architecture is", &self.arch);
        one_of("it is a", &self.kind);
        one_of("the dependency is", &self.package);
        let formats: Vec<String> = self.format.iter().map(ToString::to_string).collect();
        one_of("the first bytes say", &formats);
        one_of("it needs a library or loader named like", &self.needs);
        one_of("it is found to be", &self.mark);
        one_of("the user asks for", &self.wish);
        if self.dangling_link {
            facts.push("it is a symbolic link that ends nowhere".to_owned());
        }
        if let Some(TextPattern(text)) = &self.text {
            facts.push(format!("its text matches `{text}`"));
        }
        facts.join("; ")
    }
}

impl Evidence {
    /// What is so where it saves a file, as the end of a sentence.
    pub fn words(&self) -> String {
        match self {
            Self::Named => {
                "its name stands in the code of its package or of the function".to_owned()
            }
            Self::NamedElsewhere => "its name stands in code outside of its package".to_owned(),
            Self::Mentioned => {
                "its name or ending stands in the code of its package or of the function".to_owned()
            }
            Self::Text(word) => {
                format!("`{word}` stands in the code of its package or of the function")
            }
            Self::AnyText(word) => format!("`{word}` stands in the code of the package"),
            Self::TextElsewhere(word) => {
                format!("`{word}` stands in code outside of its dependency")
            }
            Self::Needed => "a program needs the library".to_owned(),
            Self::OnlyBuild => "no other build of the same thing is in the package".to_owned(),
            Self::Dependency(_, name) => format!("`{name}` is in the package"),
            Self::Mark(name) => format!("it is found to be `{name}`"),
            Self::MissingSibling(name) => format!("no `{name}` lies beside it"),
            Self::Reached => "code may lead to it".to_owned(),
            Self::DependencyReached => "code may lead to its package".to_owned(),
        }
    }
}

fn codes(words: &[impl ToString]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("`{}`", word.to_string()))
        .collect();
    quoted.join(", ")
}
