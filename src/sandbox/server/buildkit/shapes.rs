//! Names taken out of BuildKit's answers: only where text is known to stand, and without understanding the rest. A field
//! that is not listed goes on byte for byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf, BufMut};
use prost::encoding::{decode_varint, encode_varint};
use serde_json::Value;

use crate::sandbox::names::Names;

/// What stands in a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Text, or bytes that are text.
    Text,
    /// A message with these fields.
    Message(&'static [(u64, Shape)]),
    /// An object of Go's as JSON: bytes within it are base64.
    Json,
    /// A word behind the sandbox's namespace.
    Word,
}

use Shape::{Json, Message, Text, Word};

/// `key` and `value` of a map.
const PAIR: Shape = Message(&[(1, Text), (2, Text)]);

/// Where in a Dockerfile something is: its name and its text.
const SOURCE_INFO: Shape = Message(&[(1, Text), (2, Text)]);

/// `StatusResponse`: steps, their progress, what they print, and warnings.
pub(super) const STATUS: &[(u64, Shape)] = &[
    (
        1,
        Message(&[(3, Text), (7, Text), (8, Message(&[(1, Text), (2, Text)]))]),
    ),
    (2, Message(&[(1, Text), (3, Text)])),
    (3, Message(&[(4, Text)])),
    (
        4,
        Message(&[(3, Text), (4, Text), (5, Text), (6, SOURCE_INFO)]),
    ),
];

/// `SolveResponse`: a map of what was exported.
pub(super) const SOLVED: &[(u64, Shape)] = &[(1, PAIR)];

/// `BuildHistoryEvent`: the record of a build, its reference, its attributes and its exporters.
pub(super) const HISTORY: &[(u64, Shape)] = &[(
    2,
    Message(&[
        (1, Word),
        (3, PAIR),
        (4, Message(&[(1, Text), (2, PAIR)])),
        (5, Message(&[(2, Text)])),
        (10, PAIR),
    ]),
)];

/// `google.rpc.Status`: the message, and details, of which those that quote the Dockerfile hold names.
pub(super) const ERROR: &[(u64, Shape)] = &[(2, Text), (3, Message(&[(2, Json)]))];

/// The message in the learner's names; a message that cannot be followed stays as it is.
pub(super) fn shown(names: &Names, message: &[u8], fields: &[(u64, Shape)]) -> Vec<u8> {
    walked(names, message, fields).unwrap_or_else(|| message.to_vec())
}

fn walked(names: &Names, message: &[u8], fields: &[(u64, Shape)]) -> Option<Vec<u8>> {
    let mut rest = message;
    let mut out = Vec::with_capacity(message.len());
    while rest.has_remaining() {
        let key = decode_varint(&mut rest).ok()?;
        encode_varint(key, &mut out);
        match key & 7 {
            0 => encode_varint(decode_varint(&mut rest).ok()?, &mut out),
            1 => take(&mut rest, 8, &mut out)?,
            5 => take(&mut rest, 4, &mut out)?,
            2 => {
                let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
                if rest.len() < length {
                    return None;
                }
                let (field, after) = rest.split_at(length);
                rest = after;
                let shape = fields.iter().find(|(number, _)| *number == key >> 3);
                let field = match shape {
                    Some((_, Text)) => text(names, field),
                    Some((_, Message(fields))) => shown(names, field, fields),
                    Some((_, Json)) => json(names, field),
                    Some((_, Word)) => {
                        let namespace = names.namespace();
                        let word = field.strip_prefix(namespace.as_bytes());
                        word.unwrap_or(field).to_vec()
                    }
                    None => field.to_vec(),
                };
                encode_varint(field.len() as u64, &mut out);
                out.put_slice(&field);
            }
            _ => return None,
        }
    }
    Some(out)
}

fn take(rest: &mut &[u8], length: usize, out: &mut Vec<u8>) -> Option<()> {
    if rest.len() < length {
        return None;
    }
    let (field, after) = rest.split_at(length);
    out.put_slice(field);
    *rest = after;
    Some(())
}

fn text(names: &Names, bytes: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) => names.shown(text).into_owned().into_bytes(),
        Err(_) => bytes.to_vec(),
    }
}

/// What is no JSON stays as it is.
fn json(names: &Names, bytes: &[u8]) -> Vec<u8> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            within(names, &mut value);
            value.to_string().into_bytes()
        }
        Err(_) => bytes.to_vec(),
    }
}

fn within(names: &Names, value: &mut Value) {
    match value {
        Value::String(written) => {
            let quoted = STANDARD
                .decode(&*written)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .filter(|quoted| names.is_in(quoted));
            *written = match quoted {
                Some(quoted) => STANDARD.encode(names.shown(&quoted).as_bytes()),
                None => names.shown(written).into_owned(),
            };
        }
        Value::Array(items) => items.iter_mut().for_each(|item| within(names, item)),
        Value::Object(map) => map.values_mut().for_each(|value| within(names, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::super::messages::{Exporter, Status};
    use super::*;

    #[test]
    fn names_are_taken_out_where_text_stands() {
        let names = Names::for_tests();
        let own = format!(
            "docker.io/{}/web:1",
            names.object("x").trim_end_matches("-x")
        );
        let error = Status {
            code: 2,
            message: format!("cannot find {own}"),
        };
        let shown = shown(&names, &error.encode_to_vec(), ERROR);
        let read = Status::decode(shown.as_slice()).unwrap();
        assert_eq!(read.message, "cannot find docker.io/library/web:1");
        assert_eq!(read.code, 2);
    }

    #[test]
    fn what_is_not_listed_stays_byte_for_byte() {
        let names = Names::for_tests();
        let message = Exporter {
            kind: names.object("web"),
            ..Exporter::default()
        }
        .encode_to_vec();
        assert_eq!(shown(&names, &message, &[(9, Text)]), message);
        let broken = [0x0a, 0xff, 0x01];
        assert_eq!(shown(&names, &broken, ERROR), broken);
    }

    #[test]
    fn a_dockerfile_that_an_error_quotes_is_the_learners() {
        let names = Names::for_tests();
        let own = names.image_pattern("web");
        let quoted = STANDARD.encode(format!("FROM {own}\nRUN false\n"));
        let detail = serde_json::json!({"info": {"filename": "Dockerfile", "data": quoted}});
        let shown = json(&names, detail.to_string().as_bytes());
        let shown: Value = serde_json::from_slice(&shown).unwrap();
        let data = STANDARD
            .decode(shown["info"]["data"].as_str().unwrap())
            .unwrap();
        assert_eq!(data, b"FROM web\nRUN false\n");
    }
}
