//! Data of languages that nothing in a function names: libraries bring that of all.

use std::collections::BTreeSet;

use lambda_slim_archive::Error;
use lambda_slim_engine::Mark;
use lambda_slim_package::{EntryId, EntryPath};

use crate::library::Library;
use crate::sources::Sources;

/// What rules call a file of such a language.
const UNNAMED: &str = "unnamed-locale";

/// What libraries fall back to: English, Latin for sample texts, and what all languages inherit from.
const ALWAYS: [&str; 3] = ["en", "la", "root"];

/// Languages of which one is looked up for another.
/// Source: `parentLocales` and `languageAlias` of <https://cldr.unicode.org/>.
const KIN: [&[&str]; 6] = [
    &["no", "nb", "nn"],
    &["he", "iw"],
    &["id", "in"],
    &["sr", "sh", "bs", "hr"],
    &["tl", "fil"],
    &["ht", "fr"],
];

/// Words of code that takes the language from its visitors, or lists all languages there are.
const ASKS_FOR_ANY: [&str; 14] = [
    "accept_languages",
    "Accept-Language",
    "negotiate",
    "best_match",
    // Django and Flask-Babel, whose middleware reads the header.
    "LocaleMiddleware",
    "i18n_patterns",
    "get_language",
    "locale_selector",
    "localeselector",
    // Babel and CLDR: the languages of a territory.
    "get_official_languages",
    "get_territory_language_info",
    "locale_identifiers",
    "available_locales",
    "AVAILABLE_LOCALES",
];

/// Folders such as `lib` and `src` are spelled like languages; a distribution that brings those of the world has more of
/// them. Only then is all code read for the names of languages.
const MANY: usize = 6;

/// Marks what is of a language that neither the function's code nor its settings name. Where the language comes from
/// outside, nothing is marked.
pub(crate) fn marks(sources: &Sources<'_>) -> Result<Vec<Mark>, Error> {
    let package = sources.input.package();
    let mut files: Vec<(EntryId, &str)> = Vec::new();
    for distribution in sources.distributions()? {
        let entries = distribution.entries.iter();
        let of_language =
            entries.filter_map(|id| Some((*id, language_of(&package.entry(*id).path)?)));
        let of_language: Vec<(EntryId, &str)> = of_language.collect();
        let languages: BTreeSet<&str> = of_language.iter().map(|(_, language)| *language).collect();
        if languages.len() >= MANY {
            files.extend(of_language);
        }
    }
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let Some(mut named) = named(sources.library()?) else {
        return Ok(Vec::new());
    };
    let mut heard = BTreeSet::new();
    while extend(sources, &files, &mut named, &mut heard)? {}
    let unnamed = files
        .iter()
        .filter(|(_, language)| !named.contains(*language));
    Ok(unnamed
        .map(|(entry, _)| Mark {
            entry: *entry,
            name: UNNAMED,
        })
        .collect())
}

/// The language that a file is about: that of the last part of its path which is called like a locale.
fn language_of(path: &EntryPath) -> Option<&str> {
    let mut parts = path.components().rev();
    let file = parts.next()?;
    let stem = file.strip_suffix(".dat").unwrap_or_default();
    std::iter::once(stem).chain(parts).find_map(language)
}

/// `de` of `de`, `de_AT` and `zh-Hant-HK`.
fn language(locale: &str) -> Option<&str> {
    let mut parts = locale.split(['_', '-']);
    let language = parts.next()?;
    let is_language =
        matches!(language.len(), 2 | 3) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_part = |part: &str| {
        let is_word = part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (2..=8).contains(&part.len())
            && is_word
            && !part.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let is_locale = (is_language && parts.all(is_part)) || locale == "root";
    is_locale.then_some(language)
}

/// The languages that the function names; `None` where it gets them from outside.
fn named(library: &Library) -> Option<BTreeSet<String>> {
    let mut named: BTreeSet<String> = ALWAYS.map(str::to_owned).into();
    let code = library.own.files.iter().map(|(_, text)| (text, true));
    let settings = library.settings.iter().map(|(_, text)| (text, false));
    for (text, is_code) in code.chain(settings) {
        if ASKS_FOR_ANY.iter().any(|word| text.contains(word)) {
            return None;
        }
        named.extend(words(text, is_code).filter_map(language).map(str::to_owned));
    }
    (!library.own.files.is_empty()).then_some(named)
}

/// The words of a text. In code one that is a word of its language as well, such as `is`, counts within quotes only.
fn words(text: &str, is_code: bool) -> impl Iterator<Item = &str> {
    let is_inside = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
    let all = text
        .split(move |char| !is_inside(char))
        .filter(|word| !word.is_empty());
    all.filter(move |word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        let (before, behind) = (&text[..start], &text[start + word.len()..]);
        let is_quoted = before.ends_with(['\'', '"']) && behind.starts_with(['\'', '"']);
        !is_code || is_quoted || word.contains(['_', '-'])
    })
}

/// Adds the languages that those so far are looked up by, or are built on; `false` where there are no more.
fn extend(
    sources: &Sources<'_>,
    files: &[(EntryId, &str)],
    named: &mut BTreeSet<String>,
    heard: &mut BTreeSet<EntryId>,
) -> Result<bool, Error> {
    let before = named.len();
    let is_named = |one: &str| named.contains(one);
    let kin = KIN.iter().filter(|kin| kin.iter().any(|one| is_named(one)));
    let mut more: Vec<String> = kin
        .copied()
        .flatten()
        .map(|one| (*one).to_owned())
        .collect();
    for (id, _) in files.iter().filter(|(_, language)| is_named(language)) {
        let path = sources.input.package().entry(*id).path.as_str();
        if path.ends_with(".py") && heard.insert(*id) {
            let contents = sources.input.read(*id)?;
            more.extend(languages_imported(&String::from_utf8_lossy(&contents)));
        }
    }
    named.extend(more);
    Ok(named.len() > before)
}

/// `de` of `from ..de_DE import Provider`.
fn languages_imported(code: &str) -> Vec<String> {
    let siblings = code.split("from ..").skip(1);
    let names = siblings.filter_map(|rest| rest.split([' ', '.']).next());
    names.filter_map(language).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;
    use crate::test_input::input_of;

    #[test]
    fn names_of_locales() {
        for (text, expected) in [
            ("de", Some("de")),
            ("de_AT", Some("de")),
            ("zh-Hant-HK", Some("zh")),
            ("es_419", Some("es")),
            ("root", Some("root")),
            ("address", None),
            ("ab_cd", None),
            ("tests", None),
            ("a_B", None),
        ] {
            assert_eq!(language(text), expected, "{text}");
        }
    }

    /// The locales whose data goes when this is the function.
    fn go(files: &[(&str, &str)]) -> String {
        let names = ["root", "en", "de", "de_AT", "fr", "nb", "no"];
        let data = names.map(|name| format!("babel/locale-data/{name}.dat"));
        let record = data
            .iter()
            .map(|path| format!("{path},,\n"))
            .collect::<String>();
        let fake = "faker/providers/bank/it_CH/__init__.py";
        let record = record + fake + ",,\nfaker/providers/bank/fr_CH/__init__.py,,\n";
        let data = data.iter().map(|path| (path.as_str(), ""));
        let all: Vec<(&str, &str)> = data
            .chain([
                ("data-1.dist-info/RECORD", record.as_str()),
                (fake, "from ..fr_CH import Provider"),
                ("faker/providers/bank/fr_CH/__init__.py", ""),
            ])
            .chain(files.iter().copied())
            .collect();
        let input = input_of(&all);
        let marked = marks(&Memory::default().of(&input)).unwrap();
        let names = marked.iter().map(|mark| {
            let path = &input.package().entry(mark.entry).path;
            let folder = path.parent().unwrap();
            match path.file_name().strip_suffix(".dat") {
                Some(name) => name.to_owned(),
                None => folder.file_name().to_owned(),
            }
        });
        names
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn what_nothing_names_goes() {
        let check =
            |code: &str, expected: &str| assert_eq!(go(&[("app.py", code)]), expected, "{code}");
        check("x = 1 if it is no", "de de_AT fr fr_CH it_CH nb no");
        check("f('de')", "fr fr_CH it_CH nb no");
        check("f(\"de-CH\")", "fr fr_CH it_CH nb no");
        check("f('nb_NO')", "de de_AT fr fr_CH it_CH");
        check("f('it_CH')", "de de_AT nb no");
        assert_eq!(
            go(&[("app.py", ""), ("cfg.yml", "lang: fr")]),
            "de de_AT it_CH nb no"
        );
    }

    #[test]
    fn all_stay_where_the_language_comes_from_outside() {
        assert_eq!(go(&[("app.py", "request.accept_languages")]), "");
        assert_eq!(go(&[("app.py", "len(locale_identifiers())")]), "");
        let django = "MIDDLEWARE = ['django.middleware.locale.LocaleMiddleware']";
        assert_eq!(go(&[("settings.py", django)]), "");
        assert_eq!(go(&[("README.md", "")]), "");
    }
}
