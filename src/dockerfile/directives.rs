//! Parser directives: the escape character, and every form of `syntax` that some BuildKit obeys
//! (`detect.go` of 20.10 and of today).

/// A `syntax` directive: the image that BuildKit would fetch and hand the build to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// Counted from 1.
    pub line: u32,
    /// The image, without its command line.
    pub value: String,
}

impl Syntax {
    /// True for Docker's own frontend, which says no more than what the engine's builder already knows.
    pub fn is_dockers_own(&self) -> bool {
        let name = self.value.strip_prefix("docker.io/").unwrap_or(&self.value);
        let rest = name.strip_prefix("docker/dockerfile");
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@']))
    }
}

#[derive(Debug, Default)]
pub(super) struct Directives {
    pub(super) syntaxes: Vec<Syntax>,
    /// `Err` holds a value that is not an escape character.
    pub(super) escape: Option<(u32, Result<char, String>)>,
    /// A line on which builders of different age read different directives.
    pub(super) disputed: Option<u32>,
}

pub(super) const BOM: char = '\u{feff}';

/// Reads the directives at the top of a file.
pub(super) fn read(text: &str) -> Directives {
    let mut found = Directives::default();
    let text = text.strip_prefix(BOM).unwrap_or(text);
    if let Some(value) = json_syntax(text) {
        found.syntaxes.push(Syntax {
            line: 1,
            value: image(&value),
        });
        return found;
    }
    for comment in ["#", "//"] {
        for (index, name, value) in candidates(text, comment) {
            if name == "syntax" {
                found.syntaxes.push(Syntax {
                    line: index,
                    value: image(value),
                });
            }
        }
    }
    let mut unsure = text.starts_with("#!");
    for (index, name, value) in candidates(text, "#") {
        match name.as_str() {
            "escape" => {
                let escape = match value {
                    "\\" => Ok('\\'),
                    "`" => Ok('`'),
                    other => Err(other.to_string()),
                };
                if unsure || found.escape.is_some() {
                    found.disputed = Some(index);
                } else {
                    found.escape = Some((index, escape));
                }
            }
            // Every builder knows `syntax`; `check` and unknown names end the directives for some.
            "syntax" => {}
            _ => unsure = true,
        }
    }
    found
}

/// The file with every `syntax` directive blanked and every other line where it was.
///
/// An `escape` directive moves to the first line: after the blanked line no builder would see it.
pub(super) fn without_syntax(text: &str) -> String {
    let found = read(text);
    if found.syntaxes.is_empty() {
        return text.to_string();
    }
    let body = text.strip_prefix(BOM).unwrap_or(text);
    if json_syntax(body).is_some() {
        return "\n".repeat(body.matches('\n').count());
    }
    let mut lines: Vec<String> = body.split('\n').map(str::to_string).collect();
    for syntax in &found.syntaxes {
        blank(&mut lines, syntax.line);
    }
    if let (Some((line, Ok(escape))), None) = (&found.escape, found.disputed) {
        blank(&mut lines, *line);
        lines[0] = format!("# escape={escape}{}", line_end(&lines[0]));
    }
    lines.join("\n")
}

fn blank(lines: &mut [String], number: u32) {
    let line = &mut lines[number as usize - 1];
    *line = format!("#{}", line_end(line));
}

fn line_end(line: &str) -> &'static str {
    if line.ends_with('\r') { "\r" } else { "" }
}

/// `name = value` comments at the top, whatever their names: 20.10 reads on past those it does not know.
fn candidates<'a>(text: &'a str, comment: &'a str) -> impl Iterator<Item = (u32, String, &'a str)> {
    let shebang = usize::from(text.starts_with("#!"));
    text.split('\n')
        .zip(1u32..)
        .skip(shebang)
        .map_while(move |(line, number)| {
            let rest = line.trim_start().strip_prefix(comment)?.trim();
            let (name, value) = rest.split_once('=')?;
            let (name, value) = (name.trim_end(), value.trim_start());
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric());
            (is_name && !value.is_empty()).then(|| (number, name.to_lowercase(), value))
        })
}

fn json_syntax(text: &str) -> Option<String> {
    let text = match text.strip_prefix("#!") {
        Some(rest) => rest.split_once('\n')?.1,
        None => text,
    };
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(value.get("syntax")?.as_str()?.to_string())
}

fn image(value: &str) -> String {
    value.split(' ').next().unwrap_or(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn syntaxes(text: &str) -> Vec<String> {
        read(text)
            .syntaxes
            .into_iter()
            .map(|syntax| syntax.value)
            .collect()
    }

    #[test]
    fn every_form_of_syntax_is_seen() {
        for text in [
            "# syntax=evil/x\nFROM a",
            "#syntax = evil/x\r\nFROM a",
            "\u{feff}# SYNTAX=evil/x arg\nFROM a",
            "#!/usr/bin/x\n# syntax=evil/x\nFROM a",
            "# escape=`\n# syntax=evil/x\nFROM a",
            "# known=no\n# syntax=evil/x\nFROM a",
            "// syntax=evil/x\nFROM a",
            "#!x\n//syntax=evil/x\nFROM a",
            "{\"syntax\": \"evil/x\",\n \"a\": 1}",
        ] {
            assert_eq!(syntaxes(text), ["evil/x"], "{text}");
        }
    }

    #[test]
    fn a_later_or_emptier_comment_is_only_a_comment() {
        for text in [
            "FROM a\n# syntax=evil/x",
            "# hello\n# syntax=evil/x",
            "\n# syntax=evil/x",
            "# syntax=\nFROM a",
        ] {
            assert_eq!(syntaxes(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn dockers_own_frontend_is_known_by_name() {
        let own = |value: &str| {
            Syntax {
                line: 1,
                value: value.to_string(),
            }
            .is_dockers_own()
        };
        assert!(own("docker/dockerfile:1"));
        assert!(own("docker.io/docker/dockerfile:1.4"));
        assert!(own("docker/dockerfile"));
        assert!(!own("docker/dockerfile-upstream:master"));
        assert!(!own("evil.io/docker/dockerfile:1"));
    }

    #[test]
    fn blanking_keeps_every_line_where_it_was() {
        assert_eq!(
            without_syntax("# syntax=docker/dockerfile:1\nFROM a\n"),
            "#\nFROM a\n"
        );
        assert_eq!(
            without_syntax("# syntax=x\r\nFROM a\r\n"),
            "#\r\nFROM a\r\n"
        );
        assert_eq!(
            without_syntax("FROM a\n# syntax=x\n"),
            "FROM a\n# syntax=x\n"
        );
        assert_eq!(without_syntax("#!x\n// syntax=x\nFROM a"), "#!x\n#\nFROM a");
        assert_eq!(without_syntax("{\"syntax\": \"x\"\n}\n"), "\n\n");
        assert_eq!(
            without_syntax("# syntax=x\n# escape=`\nFROM a"),
            "# escape=`\n#\nFROM a"
        );
        assert_eq!(
            without_syntax("# escape=`\n# syntax=x\nFROM a"),
            "# escape=`\n#\nFROM a"
        );
    }

    #[test]
    fn an_escape_that_builders_read_differently_is_disputed() {
        assert_eq!(
            read("# check=skip=all\n# escape=`\nFROM a").disputed,
            Some(2)
        );
        assert_eq!(
            read("# syntax=docker/dockerfile:1\n# escape=`\nFROM a").disputed,
            None
        );
    }
}
