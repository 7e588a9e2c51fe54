//! A YAML document as a tree that knows the place of every key and value.

use serde_json::Number;

/// Where something stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The line, from 1.
    pub(super) line: usize,
    /// The column in characters, from 1.
    pub(super) column: usize,
    /// How many characters it spans on that line.
    pub(super) width: usize,
}

impl Place {
    /// The beginning of a file.
    pub(super) const START: Self = Self {
        line: 1,
        column: 1,
        width: 1,
    };
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) data: Data,
    pub(super) place: Place,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    /// Nothing, or `null`.
    Nothing,
    /// `true`, `false`.
    Bool(bool),
    /// A number, and how it was written.
    Number(Number, String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of its keys.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_place: Place,
    pub(super) value: Node,
}

impl Node {
    /// What the value is called in messages.
    pub(super) fn noun(&self) -> &'static str {
        match &self.data {
            Data::Nothing => "nothing",
            Data::Bool(true) => "`true`",
            Data::Bool(false) => "`false`",
            Data::Number(..) => "a number",
            Data::Text(_) => "text",
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
        }
    }

    /// The entries of a mapping; none of anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Node] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The text of a scalar as it was written.
    pub(super) fn written(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) | Data::Number(_, text) => Some(text),
            Data::Bool(true) => Some("true"),
            Data::Bool(false) => Some("false"),
            Data::Nothing | Data::List(_) | Data::Map(_) => None,
        }
    }

    /// The same value without places.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.data {
            Data::Nothing => serde_json::Value::Null,
            Data::Bool(value) => (*value).into(),
            Data::Number(number, _) => number.clone().into(),
            Data::Text(text) => text.clone().into(),
            Data::List(items) => items.iter().map(Self::to_json).collect(),
            Data::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

/// A finger on a value of a tree, moved along with the typed value it was read into.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    node: Option<&'a Node>,
    place: Place,
}

impl<'a> At<'a> {
    /// The top of a document.
    pub(super) fn top(node: &'a Node) -> Self {
        Self {
            node: Some(node),
            place: node.place,
        }
    }

    /// The value of a key: its own place where it is one word, else the key's; this place where the key is left out.
    pub(super) fn key(self, key: &str) -> Self {
        match self.entry(key) {
            Some(entry) => Self {
                node: Some(&entry.value),
                place: match entry.value.data {
                    Data::List(_) | Data::Map(_) | Data::Nothing => entry.key_place,
                    _ => entry.value.place,
                },
            },
            None => Self { node: None, ..self },
        }
    }

    /// The key itself, whatever its value is.
    pub(super) fn name(self, key: &str) -> Self {
        match self.entry(key) {
            Some(entry) => Self {
                node: Some(&entry.value),
                place: entry.key_place,
            },
            None => Self { node: None, ..self },
        }
    }

    fn entry(self, key: &str) -> Option<&'a Entry> {
        self.node?.entries().iter().find(|entry| entry.key == key)
    }

    /// An item of a list.
    pub(super) fn item(self, index: usize) -> Self {
        match self.node.and_then(|node| node.items().get(index)) {
            Some(node) => Self {
                node: Some(node),
                place: node.place,
            },
            None => Self { node: None, ..self },
        }
    }

    /// Whether the mapping under the finger has this key.
    pub(super) fn has(self, key: &str) -> bool {
        self.node.is_some_and(|node| node.get(key).is_some())
    }

    /// The place under the finger.
    pub(super) fn place(self) -> Place {
        self.place
    }

    /// The value under the finger.
    pub(super) fn node(self) -> Option<&'a Node> {
        self.node
    }
}
