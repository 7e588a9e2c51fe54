//! An instruction's `--flags`, cut off by BuildKit's rules (`split_command.go`), and the `--mount` among them.

/// One `--name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Without its dashes.
    pub name: String,
    /// Without quotes; `None` where there is no `=`.
    pub value: Option<String>,
}

/// The last value of a flag: a flag without a value is `true`.
pub(super) fn value<'a>(flags: &'a [Flag], name: &str) -> Option<&'a str> {
    flags
        .iter()
        .rfind(|f| f.name == name)
        .map(|f| f.value.as_deref().unwrap_or("true"))
}

/// The keyword as written, the flags, and the rest.
pub(super) fn split_flags(line: &str, escape: char) -> (&str, Vec<Flag>, &str) {
    const SPACE: [char; 5] = ['\t', '\u{b}', '\u{c}', '\r', ' '];
    let line = line.trim();
    let Some(at) = line.find(SPACE) else {
        return (line, Vec::new(), "");
    };
    let (keyword, rest) = line.split_at(at);
    let (flags, rest) = take_flags(rest.trim_start_matches(SPACE), escape);
    (keyword, flags, rest)
}

fn take_flags(line: &str, escape: char) -> (Vec<Flag>, &str) {
    let mut flags = Vec::new();
    let mut rest = line;
    loop {
        let start = rest.find(|c| !is_space(c)).unwrap_or(rest.len());
        rest = &rest[start..];
        if !rest.starts_with("--") {
            return (flags, rest);
        }
        let (word, after) = take_word(rest, escape);
        rest = after;
        if word == "--" {
            return (flags, rest);
        }
        let word = word.strip_prefix("--").unwrap_or(&word);
        flags.push(match word.split_once('=') {
            Some((name, value)) => Flag {
                name: name.to_string(),
                value: Some(value.to_string()),
            },
            None => Flag {
                name: word.to_string(),
                value: None,
            },
        });
    }
}

fn take_word(text: &str, escape: char) -> (String, &str) {
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (c, quote) {
            (c, None) if is_space(c) => return (word, &text[at..]),
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, _) if c == escape => word.extend(chars.next().map(|(_, c)| c)),
            (c, _) => word.push(c),
        }
    }
    (word, "")
}

/// BuildKit looks at single bytes here, so that a letter such as `à` ends a word for it: `disputes` refuses those.
fn is_space(c: char) -> bool {
    matches!(
        c,
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}'
    )
}

/// A `RUN --mount`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// `bind` (where none is given), `cache`, `tmpfs`, `secret` or `ssh`; lower case.
    pub kind: String,
    /// Where it appears in the step.
    pub target: Option<String>,
    /// The stage or image it comes from.
    pub from: Option<String>,
    /// All its options in order, names in lower case.
    pub options: Vec<(String, Option<String>)>,
}

pub(super) fn mount(text: &str) -> Mount {
    let options: Vec<(String, Option<String>)> = fields(text)
        .iter()
        .map(|field| match field.split_once('=') {
            Some((key, value)) => (key.to_lowercase(), Some(value.to_string())),
            None => (field.to_lowercase(), None),
        })
        .collect();
    let last = |names: &[&str]| {
        let found = options
            .iter()
            .rfind(|(key, _)| names.contains(&key.as_str()));
        found.and_then(|(_, value)| value.clone())
    };
    Mount {
        kind: last(&["type"]).map_or_else(|| "bind".to_string(), |kind| kind.to_lowercase()),
        target: last(&["target", "dst", "destination"]),
        from: last(&["from"]),
        options,
    }
}

/// Comma-separated, a field in double quotes may hold commas.
fn fields(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(field) = fields.last_mut() else {
            break;
        };
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => field.push(c),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_end_where_the_arguments_begin() {
        let (keyword, flags, rest) = split_flags("COPY --from=a  --link b --c d", '\\');
        assert_eq!((keyword, rest), ("COPY", "b --c d"));
        assert_eq!(value(&flags, "from"), Some("a"));
        assert_eq!(value(&flags, "link"), Some("true"));
        assert_eq!(split_flags("RUN -- --x", '\\').2, " --x");
        assert_eq!(split_flags("CMD", '\\').2, "");
    }

    #[test]
    fn quotes_and_escapes_belong_to_the_flag() {
        let (_, flags, rest) = split_flags("RUN \"--x\" --mount=\"type=ssh,id=a b\" c", '\\');
        assert_eq!(
            (flags.len(), rest),
            (0, "\"--x\" --mount=\"type=ssh,id=a b\" c")
        );
        let (_, flags, rest) = split_flags("RUN --mount=\"type=ssh,id=a b\" --n\\et=h c", '\\');
        assert_eq!(value(&flags, "mount"), Some("type=ssh,id=a b"));
        assert_eq!((value(&flags, "net"), rest), (Some("h"), "c"));
    }

    #[test]
    fn a_mount_is_a_bind_unless_it_says_otherwise() {
        let bind = mount("source=.,target=/src");
        assert_eq!(
            (bind.kind.as_str(), bind.target.as_deref()),
            ("bind", Some("/src"))
        );
        let cache = mount("TYPE=Cache,\"dst=/a,b\",from=x,ro");
        assert_eq!(cache.kind, "cache");
        assert_eq!(cache.target.as_deref(), Some("/a,b"));
        assert_eq!(cache.from.as_deref(), Some("x"));
        assert_eq!(cache.options.last(), Some(&("ro".to_string(), None)));
    }
}
