use std::collections::BTreeMap;

/// Where a jar says what it is.
pub(crate) const MANIFEST: &str = "META-INF/MANIFEST.MF";

/// The main attributes of a manifest, by their names in lower case.
/// Source: <https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html#jar-manifest>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest(BTreeMap<String, String>);

impl Manifest {
    /// Reads the main section, the one before the first empty line.
    pub(crate) fn read(text: &[u8]) -> Self {
        let lines = unfolded(text);
        let main = lines.iter().take_while(|line| !line.is_empty());
        let attribute = |line: &String| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        };
        Self(main.filter_map(attribute).collect())
    }

    /// The value of an attribute, whose name is given in lower case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether the JVM can be told to load this jar as an agent, by a path that stands outside the package.
    pub(crate) fn is_agent(&self) -> bool {
        const AGENT: [&str; 3] = ["premain-class", "agent-class", "launcher-agent-class"];
        AGENT.iter().any(|name| self.get(name).is_some())
    }

    /// Whether it was made by Spring Boot to be started on its own.
    pub(crate) fn is_spring_boot(&self) -> bool {
        const LOADER: &str = "org.springframework.boot.loader.";
        let starts_loader = self
            .get("main-class")
            .is_some_and(|class| class.starts_with(LOADER));
        starts_loader || self.get("spring-boot-lib").is_some()
    }

    /// The jars that it puts on the class path, relative to its own folder.
    pub(crate) fn class_path(&self) -> impl Iterator<Item = &str> {
        self.get("class-path")
            .unwrap_or_default()
            .split_whitespace()
    }

    /// Whether its attributes would make its classes behave differently in a jar than in a folder, where no class
    /// loader reads them.
    pub(crate) fn matters_in_a_jar(&self) -> bool {
        let is_sealed = self
            .get("sealed")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        is_sealed || self.class_path().next().is_some()
    }
}

/// The text without the line that names jars: no class loader reads the manifest of a folder, so its class path is no
/// evidence that anybody opens them.
pub(crate) fn without_class_path(text: &[u8]) -> Vec<u8> {
    let mut lines = unfolded(text);
    lines.retain(|line| !line.to_ascii_lowercase().starts_with("class-path:"));
    lines.join("\n").into_bytes()
}

/// The lines, put together: a line ends after 72 bytes and goes on in the next one behind a space.
fn unfolded(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text)
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        match (line.strip_prefix(' '), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_and_sections() {
        let text = "Manifest-Version: 1.0\r\nClass-Path: a.jar b.\r\n jar\r\n\r\nName: x\r\nAgent-Class: no\r\n";
        let manifest = Manifest::read(text.as_bytes());
        assert_eq!(
            manifest.class_path().collect::<Vec<_>>(),
            ["a.jar", "b.jar"]
        );
        assert!(!manifest.is_agent());
        assert!(manifest.matters_in_a_jar());
        let rest = String::from_utf8(without_class_path(text.as_bytes())).unwrap();
        assert!(!rest.contains("a.jar") && rest.contains("Manifest-Version"));
    }

    #[test]
    fn what_jars_are() {
        let read = |text: &str| Manifest::read(text.as_bytes());
        assert!(read("PREMAIN-CLASS: x.Agent\n").is_agent());
        assert!(
            read("Main-Class: org.springframework.boot.loader.launch.JarLauncher\n")
                .is_spring_boot()
        );
        assert!(!read("Main-Class: com.x.Main\n").is_spring_boot());
        assert!(read("Sealed: TRUE\n").matters_in_a_jar());
        assert!(!read("Multi-Release: true\n").matters_in_a_jar());
    }
}
