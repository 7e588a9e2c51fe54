//! Quotes, escapes and `$variables` in one word, as BuildKit's `shell/lex.go` reads them.

use std::iter::Peekable;
use std::str::Chars;

/// Why a word has no known value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// A variable that nothing in the file, and no build argument, gives a value.
    Variable(String),
    /// An unclosed quote or brace, or a substitution that not every builder knows.
    Malformed,
}

/// What becomes of a variable without a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unset {
    /// The word has no known value.
    Fails,
    /// It stays as it was written.
    Stays,
}

/// What is known of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It has this value.
    Value(String),
    /// It has none.
    Unset,
    /// It may have one that is not in the file: a base image's, or one that the builder sets.
    Unknown,
}

impl From<Option<String>> for Found {
    fn from(value: Option<String>) -> Self {
        value.map_or(Self::Unknown, Self::Value)
    }
}

type Lookup<'a> = &'a dyn Fn(&str) -> Found;

/// The word's value, with its quotes and escapes taken away.
pub(super) fn expand(
    word: &str,
    escape: char,
    unset: Unset,
    lookup: Lookup,
) -> Result<String, Unknown> {
    let mut reader = Reader {
        chars: word.chars().peekable(),
        escape,
        unset,
        lookup,
    };
    reader.until(None)
}

/// The word without quotes and escapes, its variables as they were written; unreadable words stay whole.
pub(super) fn unquoted(word: &str, escape: char) -> String {
    expand(word, escape, Unset::Stays, &|_| Found::Unset).unwrap_or_else(|_| word.to_string())
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    escape: char,
    unset: Unset,
    lookup: Lookup<'a>,
}

impl Reader<'_> {
    fn until(&mut self, stop: Option<char>) -> Result<String, Unknown> {
        let mut out = String::new();
        while let Some(c) = self.chars.next() {
            match c {
                c if Some(c) == stop => return Ok(out),
                '\'' => self.single_quoted(&mut out)?,
                '"' => self.double_quoted(&mut out)?,
                '$' => out.push_str(&self.dollar()?),
                c if c == self.escape => out.extend(self.chars.next()),
                c => out.push(c),
            }
        }
        if stop.is_some() {
            Err(Unknown::Malformed)
        } else {
            Ok(out)
        }
    }

    fn single_quoted(&mut self, out: &mut String) -> Result<(), Unknown> {
        loop {
            match self.chars.next().ok_or(Unknown::Malformed)? {
                '\'' => return Ok(()),
                c => out.push(c),
            }
        }
    }

    fn double_quoted(&mut self, out: &mut String) -> Result<(), Unknown> {
        loop {
            match self.chars.next().ok_or(Unknown::Malformed)? {
                '"' => return Ok(()),
                '$' => out.push_str(&self.dollar()?),
                c if c == self.escape => match self.chars.peek() {
                    None => {}
                    Some(&next) if next == '"' || next == '$' || next == self.escape => {
                        out.extend(self.chars.next());
                    }
                    Some(_) => out.push(c),
                },
                c => out.push(c),
            }
        }
    }

    fn dollar(&mut self) -> Result<String, Unknown> {
        if self.chars.next_if_eq(&'{').is_none() {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".to_string());
            }
            return match (self.lookup)(&name) {
                Found::Value(value) => Ok(value),
                Found::Unset | Found::Unknown => self.without_value(&name, format!("${name}")),
            };
        }
        let name = self.name();
        if name.is_empty() {
            return Err(Unknown::Malformed);
        }
        let value = match (self.lookup)(&name) {
            Found::Value(value) => Some(value),
            Found::Unset => None,
            Found::Unknown if self.chars.peek() == Some(&'}') => None,
            // Which of the two it becomes is not in the file.
            Found::Unknown => return Err(Unknown::Variable(name)),
        };
        match self.chars.next().ok_or(Unknown::Malformed)? {
            '}' => match value {
                Some(value) => Ok(value),
                None => self.without_value(&name, format!("${{{name}}}")),
            },
            ':' => {
                let sign = self.chars.next().ok_or(Unknown::Malformed)?;
                self.alternative(&name, sign, value.filter(|v| !v.is_empty()), ":")
            }
            sign => self.alternative(&name, sign, value, ""),
        }
    }

    fn alternative(
        &mut self,
        name: &str,
        sign: char,
        value: Option<String>,
        colon: &str,
    ) -> Result<String, Unknown> {
        if !matches!(sign, '-' | '+' | '?') {
            return Err(Unknown::Malformed);
        }
        let word = self.until(Some('}'));
        if self.unset == Unset::Stays && value.is_none() {
            return Ok(format!("${{{name}{colon}{sign}{}}}", word?));
        }
        match (sign, value) {
            ('-', None) => word,
            ('+', None) => word.map(|_| String::new()),
            ('+', Some(_)) => word,
            (_, Some(value)) => word.map(|_| value),
            (_, None) => Err(Unknown::Variable(name.to_string())),
        }
    }

    fn without_value(&self, name: &str, written: String) -> Result<String, Unknown> {
        match self.unset {
            Unset::Stays => Ok(written),
            Unset::Fails => Err(Unknown::Variable(name.to_string())),
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        if let Some(&first) = self.chars.peek() {
            if first.is_ascii_digit() {
                while let Some(digit) = self.chars.next_if(char::is_ascii_digit) {
                    name.push(digit);
                }
                return name;
            }
            if "@*#?-$!".contains(first) {
                name.extend(self.chars.next());
                return name;
            }
        }
        while let Some(c) = self.chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
            name.push(c);
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_x(word: &str) -> Result<String, Unknown> {
        expand(word, '\\', Unset::Fails, &|name| match name {
            "X" => Found::Value("1".to_string()),
            "EMPTY" => Found::Value(String::new()),
            "MAYBE" => Found::Unknown,
            _ => Found::Unset,
        })
    }

    #[test]
    fn variables_take_their_values_and_defaults() {
        for (word, value) in [
            ("a:$X", "a:1"),
            ("a:${X}b", "a:1b"),
            ("${NO:-y}", "y"),
            ("${NO-y}", "y"),
            ("${X:-y}", "1"),
            ("${EMPTY:-y}", "y"),
            ("${EMPTY-y}", ""),
            ("${X:+y}", "y"),
            ("${NO:+y}", ""),
            ("${NO:-${X}}", "1"),
            ("${NO:-'}'}", "}"),
            ("'$X'", "$X"),
            ("\"$X\"", "1"),
            ("\\$X", "$X"),
            ("h\\ttp", "http"),
            ("\"h\\ttp\"", "h\\ttp"),
            ("a$", "a$"),
        ] {
            assert_eq!(with_x(word).as_deref(), Ok(value), "{word}");
        }
    }

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        assert_eq!(with_x("a:$NO"), Err(Unknown::Variable("NO".to_string())));
        assert_eq!(
            with_x("${NO:?set it}"),
            Err(Unknown::Variable("NO".to_string()))
        );
        for word in [
            "$MAYBE",
            "${MAYBE}",
            "${MAYBE:-y}",
            "${MAYBE-y}",
            "${MAYBE:+y}",
            "${NO:-${MAYBE:-y}}",
        ] {
            assert_eq!(
                with_x(word),
                Err(Unknown::Variable("MAYBE".to_string())),
                "{word}"
            );
        }
        for word in ["'a", "\"a", "${X", "${}", "${X%a}", "${X/a/b}"] {
            assert_eq!(with_x(word), Err(Unknown::Malformed), "{word}");
        }
    }

    #[test]
    fn quotes_go_and_variables_stay() {
        assert_eq!(unquoted("\"a $B\"", '\\'), "a $B");
        assert_eq!(unquoted("${B:-c}", '\\'), "${B:-c}");
        assert_eq!(unquoted("it's", '\\'), "it's");
        assert_eq!(unquoted("C:\\x", '`'), "C:\\x");
    }
}
