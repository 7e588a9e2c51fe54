//! The learner's files against the reference, as a diff that says what would have to change.

use super::commands::disarmed;
use super::diff::{self, Sides};
use crate::render::{Indent, Role, Span, Style, wrapped};
use crate::text;

/// A file on both sides; `None` where a side lacks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Its path in the workspace.
    pub path: String,
    /// The learner's.
    pub yours: Option<Vec<u8>>,
    /// The reference's.
    pub reference: Option<Vec<u8>>,
}

/// Files only the learner has are named, up to this many.
const MOST_NAMES: usize = 20;

/// Every file that differs, in the order given; those of the learner alone by name.
pub fn solution(files: &[Compared], style: &Style) -> String {
    let mut out = String::new();
    let theirs = files.iter().filter(|file| file.reference.is_some());
    let differing: Vec<&Compared> = theirs
        .clone()
        .filter(|file| file.yours != file.reference)
        .collect();
    for file in &differing {
        let path = text::inert_line(&file.path);
        let name = [Span::new(Role::Strong, &path)];
        out.push_str(&wrapped(&name, Indent::default(), style));
        out.push_str(&one(file, style));
        out.push('\n');
    }
    let same = theirs.count() - differing.len();
    let mut line = match (differing.len(), same) {
        (0, _) => "your files are the reference's".to_owned(),
        (_, 0) => String::new(),
        (_, 1) => "the other file is the same".to_owned(),
        (_, same) => format!("the other {same} files are the same"),
    };
    let alone = files.iter().filter(|file| file.reference.is_none());
    let alone: Vec<&str> = alone.map(|file| file.path.as_str()).collect();
    if !alone.is_empty() {
        let shown = &alone[..alone.len().min(MOST_NAMES)];
        let more = match alone.len() - shown.len() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let names = format!("only you have {}{more}", text::list(shown));
        line = match line.is_empty() {
            true => names,
            false => format!("{line}; {names}"),
        };
    }
    if !line.is_empty() {
        out.push_str(&wrapped(&[Span::plain(&line)], Indent::default(), style));
    }
    disarmed(&out).into_owned()
}

fn one(file: &Compared, style: &Style) -> String {
    let text = |side: &Option<Vec<u8>>| match side {
        None => Some(String::new()),
        Some(bytes) if bytes.contains(&0) => None,
        Some(bytes) => String::from_utf8(bytes.clone()).ok(),
    };
    let note = |note: &str| wrapped(&[Span::new(Role::Dim, note)], Indent::all("  "), style);
    let (Some(yours), Some(reference)) = (text(&file.yours), text(&file.reference)) else {
        return note("differs, and is no text");
    };
    if !diff::comparable(&yours, &reference) {
        return note("differs, and is too long to compare");
    }
    let mut out = match file.yours {
        None => note("you have no such file"),
        Some(_) => String::new(),
    };
    let sides = Sides {
        minus: ("yours", Role::Bad),
        plus: ("the reference", Role::Good),
    };
    out.push_str(&diff::unified(&yours, &reference, sides, "  ", style));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(path: &str, yours: Option<&str>, reference: Option<&str>) -> Compared {
        let bytes = |text: &str| text.as_bytes().to_vec();
        Compared {
            path: path.to_owned(),
            yours: yours.map(bytes),
            reference: reference.map(bytes),
        }
    }

    #[test]
    fn what_differs_is_shown_and_what_does_not_is_counted() {
        let files = [
            compared(
                "Dockerfile",
                Some("FROM python\nCOPY . .\nCMD x\n"),
                Some("FROM python\nCOPY app.py ./\nCMD x\n"),
            ),
            compared(".dockerignore", None, Some(".git\n")),
            compared("app.py", Some("x"), Some("x")),
            compared("data", Some("\0a"), Some("\0b")),
            compared("notes\n::error::", Some(""), None),
        ];
        insta::assert_snapshot!(solution(&files, &Style::default()), @r"
        Dockerfile
          - yours  + the reference
              FROM python
            - COPY . .
            + COPY app.py ./
              CMD x

        .dockerignore
          you have no such file
          - yours  + the reference
            + .git

        data
          differs, and is no text

        the other file is the same; only you have `notes\n::error::`
        ");
    }

    #[test]
    fn the_same_files_are_said_to_be() {
        let files = [compared("a", Some("x"), Some("x"))];
        assert_eq!(
            solution(&files, &Style::default()),
            "your files are the reference's\n"
        );
    }
}
