//! YAML text → a tree with places. What this course format does not use (anchors, tags, several documents) is a fault.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::fault::{Fault, Page};
use super::node::{Data, Entry, Node, Place};
use crate::text::tick;

/// How deep lists and mappings may stand in each other.
const DEEPEST: usize = 64;

/// Reads `part` of a page, which stands `above` lines below its first. Faults go to `faults`; a tree comes back where
/// there is one to go on with.
pub(super) fn yaml(
    page: Page<'_>,
    part: &str,
    above: usize,
    faults: &mut Vec<Fault>,
) -> Option<Node> {
    let (open, documents) = (Vec::new(), 0);
    let mut builder = Builder {
        page,
        above,
        faults,
        open,
        top: None,
        documents,
    };
    for event in Parser::new_from_str(part) {
        match event {
            Ok((event, span)) => builder.take(event, &span)?,
            Err(error) => {
                let place = builder.place(&Span::empty(*error.marker()));
                builder.fault(place, format!("not YAML: {}", error.info()));
                return None;
            }
        }
    }
    if builder.top.is_none() {
        builder
            .faults
            .push(Fault::of_file(page.file, "there is nothing in this file"));
    }
    builder.top
}

/// A list or mapping whose end has not come yet.
enum Open {
    List(Place, Vec<Node>),
    Map(Place, Vec<Entry>, Option<(String, Place)>),
}

struct Builder<'a> {
    page: Page<'a>,
    above: usize,
    faults: &'a mut Vec<Fault>,
    open: Vec<Open>,
    top: Option<Node>,
    documents: usize,
}

impl Builder<'_> {
    fn place(&self, span: &Span) -> Place {
        let width = if span.start.line() == span.end.line() {
            span.end.col().saturating_sub(span.start.col()).max(1)
        } else {
            1
        };
        Place {
            line: span.start.line() + self.above,
            column: span.start.col() + 1,
            width,
        }
    }

    fn fault(&mut self, place: Place, message: impl Into<String>) {
        self.faults.push(self.page.fault(place, message));
    }

    /// Takes one event; `None` ends the reading of this file.
    fn take(&mut self, event: Event<'_>, span: &Span) -> Option<()> {
        let place = self.place(span);
        if let Some(message) = unused(&event) {
            self.fault(place, message);
            if matches!(event, Event::Alias(_)) {
                return self.push(Node {
                    data: Data::Nothing,
                    place,
                });
            }
        }
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.fault(
                        place,
                        "a second document: a file holds one, without `---` in it",
                    );
                    return None;
                }
            }
            Event::Scalar(text, style, ..) => {
                let data = match style {
                    ScalarStyle::Plain => plain(&text),
                    _ => Data::Text(text.into_owned()),
                };
                self.push(Node { data, place })?;
            }
            Event::SequenceStart(..) => self.start(Open::List(place, Vec::new()), place)?,
            Event::MappingStart(..) => self.start(Open::Map(place, Vec::new(), None), place)?,
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.open.pop()? {
                    Open::List(place, items) => Node {
                        data: Data::List(items),
                        place,
                    },
                    Open::Map(place, entries, _) => Node {
                        data: Data::Map(entries),
                        place,
                    },
                };
                self.push(node)?;
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentEnd
            | Event::Alias(_) => {}
        }
        Some(())
    }

    fn start(&mut self, open: Open, place: Place) -> Option<()> {
        if self.open.len() == DEEPEST {
            self.fault(
                place,
                format!("lists and mappings stand more than {DEEPEST} deep in each other"),
            );
            return None;
        }
        self.open.push(open);
        Some(())
    }

    /// Puts a finished value where it belongs: the innermost open list or mapping, else the top.
    fn push(&mut self, node: Node) -> Option<()> {
        match self.open.last_mut() {
            None => self.top = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, entries, key)) => match key.take() {
                Some((name, key_place)) => {
                    let first = entries.iter().find(|entry| entry.key == name);
                    if let Some(line) = first.map(|entry| entry.key_place.line) {
                        let message =
                            format!("{} is given twice, first on line {line}", tick(&name));
                        self.fault(key_place, message);
                    } else {
                        entries.push(Entry {
                            key: name,
                            key_place,
                            value: node,
                        });
                    }
                }
                None => match node.written() {
                    Some(name) => *key = Some((name.to_owned(), node.place)),
                    None => {
                        self.fault(node.place, format!("expected a key, found {}", node.noun()));
                        return None;
                    }
                },
            },
        }
        Some(())
    }
}

/// What is wrong with an event that is YAML and not ours.
fn unused(event: &Event<'_>) -> Option<&'static str> {
    let (anchor, tag) = match event {
        Event::Alias(_) => return Some("aliases are not read here: write the value out"),
        Event::Scalar(_, _, anchor, tag) => (*anchor, tag.is_some()),
        Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
            (*anchor, tag.is_some())
        }
        _ => return None,
    };
    match (anchor, tag) {
        (0, false) => None,
        (0, true) => Some("tags are not read here: write the value without `!`"),
        _ => Some("anchors are not read here: write the value out where it is needed"),
    }
}

/// A scalar without quotes, by YAML 1.2's core schema (section 10.3.2); infinity and NaN are text.
fn plain(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Nothing,
        "true" | "True" | "TRUE" => return Data::Bool(true),
        "false" | "False" | "FALSE" => return Data::Bool(false),
        _ => {}
    }
    let number = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(hex), _) => u64::from_str_radix(hex, 16).ok().map(Into::into),
        (_, Some(octal)) => u64::from_str_radix(octal, 8).ok().map(Into::into),
        _ => decimal(text),
    };
    match number {
        Some(number) => Data::Number(number, text.to_owned()),
        None => Data::Text(text.to_owned()),
    }
}

fn decimal(text: &str) -> Option<serde_json::Number> {
    let looks_right = text.contains(|c: char| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    if !looks_right {
        return None;
    }
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    unsigned
        .parse::<u64>()
        .map(Into::into)
        .or_else(|_| unsigned.parse::<i64>().map(Into::into))
        .ok()
        .or_else(|| unsigned.parse().ok().and_then(serde_json::Number::from_f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Node>, Vec<String>) {
        let mut faults = Vec::new();
        let node = yaml(
            Page {
                file: "a.yaml",
                text,
            },
            text,
            0,
            &mut faults,
        );
        (node, faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_key_and_value_knows_its_place() {
        let (node, faults) = read("a: 1\nbé: [x, \"y z\"]\n");
        assert_eq!(faults, Vec::<String>::new());
        let node = node.unwrap();
        let entry = &node.entries()[1];
        assert_eq!(
            entry.key_place,
            Place {
                line: 2,
                column: 1,
                width: 2
            }
        );
        assert_eq!(
            entry.value.items()[1].place,
            Place {
                line: 2,
                column: 9,
                width: 5
            }
        );
        assert_eq!(
            node.to_json(),
            serde_json::json!({"a": 1, "bé": ["x", "y z"]})
        );
    }

    #[test]
    fn words_without_quotes_follow_the_core_schema() {
        let (node, _) =
            read("[1, -2, 1.5, 0755, 0x10, true, yes, '1', 1.2.3, 8080/tcp, ~, .inf, 5s]");
        assert_eq!(
            node.unwrap().to_json(),
            serde_json::json!([
                1, -2, 1.5, 755, 16, true, "yes", "1", "1.2.3", "8080/tcp", null, ".inf", "5s"
            ])
        );
    }

    #[test]
    fn what_is_yaml_and_not_ours_is_a_fault() {
        let (_, faults) = read("a: &x 1\nb: *x\nc: !!str 2\na: 3\n");
        assert_eq!(
            faults.join("\n"),
            "\
a.yaml:1:4: anchors are not read here: write the value out where it is needed
1 | a: &x 1
  |    ^^^^
a.yaml:2:4: aliases are not read here: write the value out
2 | b: *x
  |    ^^
a.yaml:3:4: tags are not read here: write the value without `!`
3 | c: !!str 2
  |    ^^^^^^^
a.yaml:4:1: `a` is given twice, first on line 1
4 | a: 3
  | ^"
        );
        let (node, faults) = read("a: 1\n---\nb: 2\n");
        assert_eq!(node, None);
        assert_eq!(
            faults,
            [
                "a.yaml:2:1: a second document: a file holds one, without `---` in it\n2 | ---\n  | ^^^"
            ]
        );
    }

    #[test]
    fn text_that_is_not_yaml_is_a_fault_with_its_place() {
        let (node, faults) = read("a: [1\nb: 2\n");
        assert_eq!(node, None);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("a.yaml:2:"), "{}", faults[0]);
        assert!(faults[0].contains("not YAML: "), "{}", faults[0]);
        assert_eq!(
            read("# only a comment\n").1,
            ["a.yaml: there is nothing in this file"]
        );
        assert_eq!(read(&"[".repeat(100)).1.len(), 1);
    }
}
