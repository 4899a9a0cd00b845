//! YAML, and JSON as a part of it, as a tree of texts; short tags such as `!Ref` in their long form.

use std::rc::Rc;

use saphyr_parser::{Event, Parser, Tag};

/// A value of a template. Numbers and booleans are texts: nothing here counts.
#[derive(Debug)]
pub(crate) enum Node {
    Text(String),
    List(Vec<Rc<Node>>),
    Map(Vec<(String, Rc<Node>)>),
}

/// Where and why a text is not YAML.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) line: usize,
    pub(crate) why: String,
}

impl Node {
    /// The first document of `text`.
    pub(crate) fn parse(text: &str) -> Result<Rc<Self>, SyntaxError> {
        let mut tree = Tree::default();
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| SyntaxError {
                line: error.marker().line(),
                why: error.info().to_owned(),
            })?;
            if matches!(event, Event::DocumentEnd) {
                break;
            }
            tree.take(event).map_err(|why| SyntaxError {
                line: span.start.line(),
                why: why.to_owned(),
            })?;
        }
        Ok(tree.root.unwrap_or_else(|| Rc::new(Self::Map(Vec::new()))))
    }

    /// The value of `key`, where this is a map that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let (_, value) = self.pairs().iter().find(|(name, _)| name == key)?;
        Some(value)
    }

    /// The pairs of a map; of anything else none.
    pub(crate) fn pairs(&self) -> &[(String, Rc<Self>)] {
        match self {
            Self::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of a list; of anything else none.
    pub(crate) fn items(&self) -> &[Rc<Self>] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// No template is that deep; one that is would overflow the stack when its tree is freed.
const DEEPEST: usize = 100;

/// A list or a map that is not at its end.
struct Open {
    node: Node,
    /// The key that the next value belongs to.
    key: Option<String>,
    anchor: usize,
    function: Option<String>,
}

#[derive(Default)]
struct Tree {
    root: Option<Rc<Node>>,
    open: Vec<Open>,
    /// What aliases stand for. They share it, so that no template grows while it is read.
    anchors: Vec<(usize, Rc<Node>)>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, _, anchor, tag) => {
                let text = Node::Text(text.into_owned());
                self.close(text, anchor, function(tag.as_deref()))
            }
            Event::SequenceStart(anchor, tag) => {
                self.start(Node::List(Vec::new()), anchor, tag.as_deref())
            }
            Event::MappingStart(anchor, tag) => {
                self.start(Node::Map(Vec::new()), anchor, tag.as_deref())
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.close(open.node, open.anchor, open.function),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let mut known = self.anchors.iter().rev();
                let node = known.find(|(id, _)| *id == anchor);
                let node = node.ok_or("an alias stands inside what it names")?;
                self.add(Rc::clone(&node.1))
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, node: Node, anchor: usize, tag: Option<&Tag>) -> Result<(), &'static str> {
        if self.open.len() == DEEPEST {
            return Err("it is nested too deeply");
        }
        let function = function(tag);
        self.open.push(Open {
            node,
            key: None,
            anchor,
            function,
        });
        Ok(())
    }

    fn close(
        &mut self,
        node: Node,
        anchor: usize,
        function: Option<String>,
    ) -> Result<(), &'static str> {
        let node = Rc::new(node);
        let node = match function {
            Some(name) => Rc::new(Node::Map(vec![(name, node)])),
            None => node,
        };
        // Zero means that there is no anchor.
        if anchor > 0 {
            self.anchors.push((anchor, Rc::clone(&node)));
        }
        self.add(node)
    }

    fn add(&mut self, node: Rc<Node>) -> Result<(), &'static str> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.node, open.key.take()) {
            (Node::List(items), _) => items.push(node),
            (Node::Map(pairs), Some(key)) => pairs.push((key, node)),
            (_, None) => open.key = Some(node.text().ok_or("a key is not a text")?.to_owned()),
            (Node::Text(_), Some(_)) => {}
        }
        Ok(())
    }
}

/// `!Ref` is `Ref`, `!GetAtt` is `Fn::GetAtt`; the tags of YAML itself say nothing new.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>.
fn function(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty())?;
    Some(match tag.suffix.as_str() {
        "Ref" | "Condition" => tag.suffix.clone(),
        name => format!("Fn::{name}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree in one line.
    fn show(node: &Node) -> String {
        let join = |parts: Vec<String>| parts.join(" ");
        match node {
            Node::Text(text) => text.clone(),
            Node::List(items) => {
                format!("[{}]", join(items.iter().map(|item| show(item)).collect()))
            }
            Node::Map(pairs) => {
                let pairs = pairs
                    .iter()
                    .map(|(key, value)| format!("{key}={}", show(value)));
                format!("{{{}}}", join(pairs.collect()))
            }
        }
    }

    fn check(text: &str, expected: &str) {
        let shown = match Node::parse(text) {
            Ok(node) => show(&node),
            Err(error) => format!("line {}: {}", error.line, error.why),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn yaml_and_json_are_trees_of_texts() {
        check("a: 1\nb:\n  - x\n  - true\n", "{a=1 b=[x true]}");
        check("{\"a\": \"b/c\", \"d\": [{}, null]}", "{a=b/c d=[{} null]}");
        check("", "{}");
        check("a: |\n  x: !Ref y\n", "{a=x: !Ref y\n}");
    }

    #[test]
    fn short_tags_have_their_long_form() {
        check("a: !Ref X", "{a={Ref=X}}");
        check("a: !GetAtt X.Arn", "{a={Fn::GetAtt=X.Arn}}");
        check(
            "a: !If [c, !Ref X, !Sub \"${Y}\"]",
            "{a={Fn::If=[c {Ref=X} {Fn::Sub=${Y}}]}}",
        );
        check("a: !Transform {Name: x}", "{a={Fn::Transform={Name=x}}}");
        check("a: !!str 1", "{a=1}");
    }

    #[test]
    fn aliases_are_what_they_name() {
        check("a: &x {b: c}\nd: *x\n", "{a={b=c} d={b=c}}");
        let bomb: String = (1..60)
            .map(|n| format!("x{n}: &x{n} [*x{m}, *x{m}]\n", m = n - 1))
            .collect();
        assert!(Node::parse(&format!("x0: &x0 y\n{bomb}")).is_ok());
    }

    #[test]
    fn what_is_no_template_is_refused() {
        check(
            "a: b\n c: [",
            "line 2: mapping values are not allowed in this context",
        );
        check("? [a]\n: b\n", "line 1: a key is not a text");
        check(&"- ".repeat(200), "line 1: it is nested too deeply");
    }
}
