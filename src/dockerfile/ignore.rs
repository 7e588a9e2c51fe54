//! `.dockerignore`, by docker's own rules: `moby/patternmatcher` and its `ignorefile`, as BuildKit applies them.

use regex::Regex;

/// The rules of one `.dockerignore`.
#[derive(Clone, Debug, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

/// A line of a `.dockerignore` that docker refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct IgnoreFault {
    /// Counted from 1.
    pub line: u32,
    /// Lower case, names in backticks, no full stop.
    pub message: String,
}

#[derive(Clone, Debug)]
struct Pattern {
    cleaned: String,
    exception: bool,
    matches: Matches,
}

#[derive(Clone, Debug)]
enum Matches {
    Exactly,
    Prefix(String),
    Suffix(String),
    Regex(Regex),
}

impl Ignore {
    /// Reads a `.dockerignore`.
    pub fn parse(text: &str) -> Result<Self, IgnoreFault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut patterns = Vec::new();
        for (line, number) in text.lines().zip(1u32..) {
            if let Some(pattern) = Pattern::read(line).map_err(|message| IgnoreFault {
                line: number,
                message,
            })? {
                patterns.push(pattern);
            }
        }
        Ok(Self { patterns })
    }

    /// True where a path, relative to the context and with slashes, is left out of it. Docker's rules know no
    /// difference between files and folders; what lies in an ignored folder is ignored, but for exceptions.
    pub fn ignores(&self, path: &str) -> bool {
        let path = path.trim_matches('/');
        // Each pattern remembers a match of a folder above: docker's walk from the top down.
        let mut above = vec![false; self.patterns.len()];
        let mut ignored = false;
        let ends = path
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([path.len()]);
        for end in ends {
            ignored = false;
            for (pattern, above) in self.patterns.iter().zip(&mut above) {
                if !*above {
                    if pattern.exception != ignored {
                        continue;
                    }
                    *above = pattern.matches(&path[..end]);
                }
                if *above {
                    ignored = !pattern.exception;
                }
            }
        }
        ignored
    }

    /// True unless a walker may leave out the whole folder: it is ignored, and no exception can lie in it.
    pub fn may_contain_included(&self, folder: &str) -> bool {
        let folder = folder.trim_matches('/');
        if !self.ignores(folder) {
            return true;
        }
        let inside = format!("{folder}/");
        self.patterns
            .iter()
            .filter(|pattern| pattern.exception)
            .any(|pattern| {
                let plain = pattern
                    .cleaned
                    .trim_end_matches("/**")
                    .trim_end_matches("/*");
                plain.contains(['*', '?', '[', '\\', '^'])
                    || format!("{plain}/").starts_with(&inside)
            })
    }

    /// True for the two files the docker command always sends, ignored or not: the builder reads them, and an
    /// ignored one is still kept from `COPY`.
    pub fn always_sent(path: &str, dockerfile: &str) -> bool {
        path == dockerfile || path == ".dockerignore"
    }
}

impl Pattern {
    fn read(line: &str) -> Result<Option<Self>, String> {
        if line.starts_with('#') {
            return Ok(None);
        }
        let line = line.trim();
        let (exception, pattern) = match line.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, line),
        };
        if pattern.is_empty() {
            return if exception {
                Err("`!` has no pattern after it".to_string())
            } else {
                Ok(None)
            };
        }
        let mut cleaned = clean(pattern);
        if cleaned.len() > 1 {
            cleaned = cleaned
                .strip_prefix('/')
                .map(str::to_string)
                .unwrap_or(cleaned);
        }
        let bad = || {
            format!(
                "{} is not a pattern that docker reads",
                crate::text::tick(pattern)
            )
        };
        if !is_well_formed(&cleaned) {
            return Err(bad());
        }
        let matches = translate(&cleaned).ok_or_else(bad)?;
        Ok(Some(Self {
            cleaned,
            exception,
            matches,
        }))
    }

    fn matches(&self, path: &str) -> bool {
        match &self.matches {
            Matches::Exactly => path == self.cleaned,
            Matches::Prefix(prefix) => path.starts_with(prefix),
            Matches::Suffix(suffix) => {
                path.ends_with(suffix) || suffix.strip_prefix('/').is_some_and(|rest| rest == path)
            }
            Matches::Regex(regex) => regex.is_match(path),
        }
    }
}

/// Go's `filepath.Clean`.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, joined) => format!("/{joined}"),
        (false, joined) if joined.is_empty() => ".".to_string(),
        (false, joined) => joined,
    }
}

/// What Go's `filepath.Match` accepts: closed, non-empty brackets and no escape at the end.
fn is_well_formed(pattern: &str) -> bool {
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next().is_none() => return false,
            '[' if class(&mut chars).is_none() => return false,
            _ => {}
        }
    }
    true
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The inside of `[…]` as a regular expression's class, the closing bracket taken.
fn class(chars: &mut Chars<'_>) -> Option<String> {
    let mut out = String::from(if chars.next_if_eq(&'^').is_some() {
        "[^"
    } else {
        "["
    });
    let opening = out.len();
    let literal = |c: char| regex::escape(&c.to_string());
    loop {
        if out.len() > opening && chars.next_if_eq(&']').is_some() {
            return Some(out + "]");
        }
        let low = bound(chars)?;
        out.push_str(&literal(low));
        if chars.next_if_eq(&'-').is_some() {
            out.push('-');
            out.push_str(&literal(bound(chars)?));
        }
    }
}

fn bound(chars: &mut Chars<'_>) -> Option<char> {
    match chars.next()? {
        '\\' => chars.next(),
        '-' | ']' => None,
        c => Some(c),
    }
}

fn translate(pattern: &str) -> Option<Matches> {
    let mut regex = String::from("^");
    let mut kind = Kind::Exact;
    let mut chars = pattern.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                chars.next_if_eq(&'/');
                (regex, kind) = match (chars.peek(), kind) {
                    (Some(_), _) => (regex + "(.*/)?", Kind::Regex),
                    (None, Kind::Exact) => (regex, Kind::Prefix),
                    (None, _) => (regex + ".*", Kind::Regex),
                };
                if first {
                    kind = Kind::Suffix;
                }
            }
            '*' => {
                regex.push_str("[^/]*");
                kind = Kind::Regex;
            }
            '?' => {
                regex.push_str("[^/]");
                kind = Kind::Regex;
            }
            '[' => {
                regex.push_str(&class(&mut chars)?);
                kind = Kind::Regex;
            }
            '\\' => {
                // Docker lets a letter keep what it means to a regular expression.
                regex.push('\\');
                regex.push(chars.next()?);
                kind = Kind::Regex;
            }
            // Docker does not escape it.
            '^' => regex.push('^'),
            c => regex.push_str(&regex::escape(&c.to_string())),
        }
        first = false;
    }
    Some(match kind {
        Kind::Exact => Matches::Exactly,
        Kind::Prefix => Matches::Prefix(pattern[..pattern.len() - 2].to_string()),
        Kind::Suffix => Matches::Suffix(pattern[2..].to_string()),
        Kind::Regex => Matches::Regex(Regex::new(&(regex + "$")).ok()?),
    })
}

enum Kind {
    Exact,
    Prefix,
    Suffix,
    Regex,
}

#[cfg(test)]
mod tests;
