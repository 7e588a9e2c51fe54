//! A tree with places against the JSON Schema of its file: keys, types, ranges and forms. Every fault, not the first.

mod matcher;
mod nouns;
mod written;

use serde_json::Value as Json;

use super::fault::{Fault, Page};
use super::node::{Data, Entry, Node, Place};
use crate::text::{count, tick};

/// Checks a whole document against a schema.
pub(super) fn validate(page: Page<'_>, node: &Node, schema: &Json, faults: &mut Vec<Fault>) {
    if node.data == Data::Nothing {
        faults.push(Fault::of_file(page.file, "there is nothing in this file"));
        return;
    }
    Walk {
        page,
        root: schema,
        faults,
    }
    .value(node, schema, node.place);
}

struct Walk<'a> {
    page: Page<'a>,
    root: &'a Json,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Walk<'a> {
    fn fault(&mut self, place: Place, message: impl Into<String>) {
        self.faults.push(self.page.fault(place, message));
    }

    /// Follows references to the schema that says something.
    fn resolved(&self, mut schema: &'a Json) -> &'a Json {
        while let Some(name) = schema.get("$ref").and_then(Json::as_str) {
            let pointer = name.trim_start_matches('#');
            schema = self
                .root
                .pointer(pointer)
                .expect("a generated schema refers to what it defines");
        }
        schema
    }

    /// Checks a value; `owner` is where its key stands, for what is missing or empty in it.
    fn value(&mut self, node: &Node, schema: &'a Json, owner: Place) {
        let before = self.faults.len();
        self.choose(node, schema, owner);
        let is_matcher = schema
            .get("$ref")
            .is_some_and(|name| name == "#/$defs/Matcher");
        if is_matcher && self.faults.len() == before {
            for (place, message) in matcher::idle(node) {
                self.fault(place, message);
            }
        }
    }

    /// Picks the branch that takes this type of value, so that faults are told of what was meant.
    fn choose(&mut self, node: &Node, schema: &'a Json, owner: Place) {
        let schema = self.resolved(schema);
        if !nouns::takes(self.root, schema, node) {
            return self.wrong_type(node, schema, owner);
        }
        match schema.get("anyOf").and_then(Json::as_array) {
            Some(branches) => {
                let fits = |branch: &&Json| nouns::takes(self.root, branch, node);
                let branch = branches
                    .iter()
                    .find(fits)
                    .expect("one branch takes what all take");
                self.choose(node, branch, owner);
            }
            None => self.content(node, schema, owner),
        }
    }

    fn wrong_type(&mut self, node: &Node, schema: &Json, owner: Place) {
        let expected = nouns::expected(self.root, schema);
        let (place, found) = match &node.data {
            Data::Nothing => {
                return self.fault(owner, format!("expected {expected}, found nothing"));
            }
            Data::List(_) | Data::Map(_) => (owner, node.noun()),
            Data::Text(_) | Data::Number(..) | Data::Bool(_) => (node.place, node.noun()),
        };
        let found = match &node.data {
            Data::Number(_, written) if expected == "a whole number" => written.as_str(),
            _ => found,
        };
        let quoted = written::meant(schema, node);
        match quoted {
            Some(Err(sentence)) => self.fault(place, sentence),
            Some(Ok(meant)) => {
                let fault = self
                    .page
                    .fault(place, format!("expected {expected}, found {found}"));
                self.faults.push(fault.meant(Some(meant)));
            }
            None => self.fault(place, format!("expected {expected}, found {found}")),
        }
    }

    fn content(&mut self, node: &Node, schema: &'a Json, owner: Place) {
        if let Some(names) = nouns::choices(schema) {
            return self.choice(node, &names);
        }
        match &node.data {
            Data::Text(text) => {
                if let Err(message) = written::fits(schema, text) {
                    self.fault(node.place, message);
                }
            }
            Data::Number(number, _) => {
                self.number(node, schema, number.as_f64().unwrap_or(f64::MAX));
            }
            Data::List(items) => self.list(items, schema, owner),
            Data::Map(entries) => self.map(entries, schema, owner),
            Data::Bool(_) | Data::Nothing => {}
        }
    }

    fn choice(&mut self, node: &Node, names: &[String]) {
        let given = node.written().unwrap_or_default();
        if names.iter().any(|name| name == given) {
            return;
        }
        match names {
            [only] => self.fault(
                node.place,
                format!("expected {}, found {}", tick(only), tick(given)),
            ),
            _ => {
                let fault = self
                    .page
                    .fault(node.place, format!("{} is not a choice here", tick(given)));
                self.faults.push(fault.allowed(given, names));
            }
        }
    }

    fn number(&mut self, node: &Node, schema: &Json, number: f64) {
        let bound = |name: &str| schema.get(name).and_then(Json::as_f64);
        let given = node.written().unwrap_or_default();
        if let Some(least) = bound("minimum").filter(|least| number < *least) {
            self.fault(
                node.place,
                format!("expected {least} or more, found {given}"),
            );
        }
        if let Some(most) = bound("maximum").filter(|most| number > *most) {
            self.fault(
                node.place,
                format!("expected {most} or less, found {given}"),
            );
        }
    }

    fn list(&mut self, items: &[Node], schema: &'a Json, owner: Place) {
        self.least(items.len(), schema, "minItems", owner);
        if let Some(schema) = schema.get("items") {
            for item in items {
                self.value(item, schema, item.place);
            }
        }
    }

    fn least(&mut self, found: usize, schema: &Json, bound: &str, owner: Place) {
        let (empty, noun) = match bound {
            "minItems" => ("this list is empty", "item"),
            _ => ("this mapping is empty", "key"),
        };
        let least = schema.get(bound).and_then(Json::as_u64).unwrap_or(0) as usize;
        if found >= least {
            return;
        }
        match found {
            0 => self.fault(owner, empty),
            _ => self.fault(
                owner,
                format!("expected {} or more, found {found}", count(least, noun)),
            ),
        }
    }

    fn map(&mut self, entries: &[Entry], schema: &'a Json, owner: Place) {
        self.least(entries.len(), schema, "minProperties", owner);
        let before = self.faults.len();
        let mut meant = Vec::new();
        for entry in entries {
            match self.schema_of_key(entry, schema) {
                Some(schema) => self.value(&entry.value, schema, entry.key_place),
                None => meant.extend(self.faults[before..].last().and_then(|f| f.nearest.clone())),
            }
        }
        let required = schema
            .get("required")
            .and_then(Json::as_array)
            .into_iter()
            .flatten();
        for key in required.filter_map(Json::as_str) {
            let misspelt = meant.iter().any(|name| name == key);
            if !misspelt && !entries.iter().any(|entry| entry.key == key) {
                self.fault(owner, format!("the key {} is missing", tick(key)));
            }
        }
    }

    /// What a key's value must be; a key that may not be there is a fault.
    fn schema_of_key(&mut self, entry: &Entry, schema: &'a Json) -> Option<&'a Json> {
        let known = schema.get("properties").and_then(Json::as_object);
        if let Some(found) = known.and_then(|keys| keys.get(&entry.key)) {
            return Some(found);
        }
        let patterns = schema.get("patternProperties").and_then(Json::as_object);
        for (pattern, found) in patterns.into_iter().flatten() {
            if written::has_form(pattern, &entry.key) {
                return Some(found);
            }
        }
        match schema.get("additionalProperties") {
            None | Some(Json::Bool(true)) => None,
            Some(Json::Bool(false)) => {
                let fault = match schema.get("patternErrorMessage").and_then(Json::as_str) {
                    Some(sentence) => self.page.fault(entry.key_place, sentence),
                    None => {
                        let names: Vec<&String> =
                            known.into_iter().flat_map(|keys| keys.keys()).collect();
                        let message = format!("unknown key {}", tick(&entry.key));
                        self.page
                            .fault(entry.key_place, message)
                            .allowed(&entry.key, &names)
                    }
                };
                self.faults.push(fault);
                None
            }
            Some(found) => Some(found),
        }
    }
}
