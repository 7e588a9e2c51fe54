//! Percent signs taken out and put in; which words may stand for a name.

use super::Refusal;

/// Decodes percent signs once; control characters and broken UTF-8 are refused.
pub(super) fn decoded(text: &str) -> Result<String, Refusal> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = rest.next().and_then(|b| char::from(b).to_digit(16));
            digit.ok_or_else(|| Refusal::unreadable("it has a broken percent sign"))
        };
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).expect("two hexadecimal digits are a byte"));
    }
    let text = String::from_utf8(bytes).map_err(|_| Refusal::unreadable("it is not UTF-8"))?;
    if text.contains('\0') {
        return Err(Refusal::unreadable("it holds a NUL"));
    }
    Ok(text)
}

/// Encodes a value for a query or a path.
pub(in crate::sandbox) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A name or an id of a container, network, volume or exec, as docker's own rules have it.
pub(in crate::sandbox) fn is_object_name(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(inside)
        && text.len() <= 255
}

/// A whole id.
pub(in crate::sandbox) fn is_id(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}

/// Digits of an id.
pub(in crate::sandbox) fn is_hex(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back_as_it_was() {
        for text in ["a b&c=d", "ü/%", "sha256:0", "a+b"] {
            assert_eq!(decoded(&encoded(text)).unwrap(), text);
        }
    }

    #[test]
    fn names_are_dockers() {
        for name in ["web", "a_b-c.d", "0abc"] {
            assert!(is_object_name(name), "{name}");
        }
        for name in ["", "-web", "a/b", "a b", "..", "wéb", "a%2f"] {
            assert!(!is_object_name(name), "{name}");
        }
        assert!(!is_object_name(&"a".repeat(256)));
    }
}
