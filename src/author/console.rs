//! The examples of a lesson's text: what is typed, what is shown, and whether something else comes to the same.

use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use regex::Regex;

/// One fenced `console` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Its commands with what they show.
    pub(super) examples: Vec<Example>,
    /// Where they are typed.
    pub(super) folder: Folder,
    /// Why it is not run, where it says so: ```` ```console not-run: REASON ````.
    pub(super) not_run: Option<String>,
}

/// The files that a block's commands find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    /// The lesson's solution.
    Solution,
    /// What the learner begins with: ```` ```console starter ````.
    Starter,
}

/// A command and what the lesson says it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Example {
    /// What is typed, with all its lines.
    pub(super) command: String,
    /// The lines that are shown; `…` stands for any number of lines.
    pub(super) shown: Vec<String>,
}

/// The console blocks of a page, in order.
pub(super) fn blocks(markdown: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut current: Option<(String, String)> = None;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let (language, rest) = info.split_once(char::is_whitespace).unwrap_or((&info, ""));
                if language == "console" {
                    current = Some((rest.trim().to_owned(), String::new()));
                }
            }
            Event::Text(text) => {
                if let Some((_, content)) = &mut current {
                    content.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((info, content)) = current.take() {
                    found.push(Block {
                        examples: examples(&content),
                        folder: match info.as_str() {
                            "starter" => Folder::Starter,
                            _ => Folder::Solution,
                        },
                        not_run: info
                            .strip_prefix("not-run:")
                            .map(|why| why.trim().to_owned()),
                    });
                }
            }
            _ => {}
        }
    }
    found
}

fn examples(content: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    for line in content.lines() {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push(Example {
                command: command.to_owned(),
                shown: Vec::new(),
            }),
            (None, Some(last)) => match line.strip_prefix("> ") {
                Some(more) if last.shown.is_empty() => {
                    last.command.push('\n');
                    last.command.push_str(more);
                }
                _ => last.shown.push(line.to_owned()),
            },
            (None, None) => {}
        }
    }
    found
}

/// Whether what came out is what is shown, with ids, times, sizes, addresses and versions by their form. Says which line is
/// not: what was shown there and what came.
pub(super) fn differs(shown: &[String], came: &str) -> Option<(String, String)> {
    let shown: Vec<String> = trimmed(shown.iter().map(String::as_str));
    let came: Vec<String> = trimmed(came.lines());
    first_difference(&shown, &came)
}

fn trimmed<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut lines: Vec<String> = lines.map(masked).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn first_difference(shown: &[String], came: &[String]) -> Option<(String, String)> {
    let end = || "the end".to_owned();
    match (shown, came) {
        ([], []) => None,
        ([], [line, ..]) => Some((end(), line.clone())),
        ([any, rest @ ..], _) if any == "…" || any == "..." => {
            let from = (0..=came.len()).find(|at| first_difference(rest, &came[*at..]).is_none());
            match from {
                Some(_) => None,
                None => Some((rest.join("\n"), "nothing like it".to_owned())),
            }
        }
        ([line, ..], []) => Some((line.clone(), end())),
        ([one, shown @ ..], [other, came @ ..]) if one == other => first_difference(shown, came),
        ([one, ..], [other, ..]) => Some((one.clone(), other.clone())),
    }
}

/// A line with what differs from run to run by its form alone.
fn masked(line: &str) -> String {
    static FORMS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let day = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
        let month = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
        let unit = "(second|minute|hour|day|week|month|year)s?";
        [
            (r"\b[0-9a-f]{12,64}\b".to_owned(), "ID"),
            (format!(r"{day},? +({month} +)?\d+ +({month} +)?[0-9: ]*([A-Z]+ )?\d{{4}}( [0-9:]+ [A-Z]+)?"), "TIME"),
            (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| ?[+-]\d\d:?\d\d)?".to_owned(), "TIME"),
            (r"\b\d+/[A-Z][a-z]{2}/\d{4}[: ]\d\d:\d\d:\d\d( [+-]\d{4})?".to_owned(), "TIME"),
            (format!(r"(Less than an? |About an? |\d+ ){unit}( ago)?"), "TIME"),
            (r"\b\d\d:\d\d(:\d\d)?\b".to_owned(), "TIME"),
            (r"\b\d+(\.\d+)?(ms|s)\b".to_owned(), "TIME"),
            (r"\b\d+(\.\d+)? ?([kKMGT]i?)?B\b".to_owned(), "SIZE"),
            (r"\b\d{1,3}(\.\d{1,3}){3}\b".to_owned(), "ADDRESS"),
            // Ports of the engine's choice: the kernel's ephemeral range begins at 32768.
            (r":(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[45]\d{4}|6[0-5]\d{3})\b".to_owned(), ":PORT"),
            (r"\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b".to_owned(), "ADDRESS"),
            (r"\b\d+\.\d+\.\d+[-+~.\w]*".to_owned(), "VERSION"),
            (r"\b[a-z]+_[a-z]+\d?$".to_owned(), "NAME"),
            (r"\s+".to_owned(), " "),
        ]
        .into_iter()
        .map(|(form, name)| (Regex::new(&form).expect("a form is a pattern"), name))
        .collect()
    });
    let mut line = line.trim_end().to_owned();
    for (form, name) in FORMS.iter() {
        line = form.replace_all(&line, *name).into_owned();
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn blocks_are_read_with_their_commands() {
        let page = "Text\n\n```console\n$ a b\nout\n\n$ c 'x\n> y'\n```\n\n```sh\n$ not this\n```\n\n```console not-run: it needs a swarm\n$ d\n```\n";
        let found = blocks(page);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].examples[0].command, "a b");
        assert_eq!(found[0].examples[0].shown, ["out", ""]);
        assert_eq!(found[0].examples[1].command, "c 'x\ny'");
        assert_eq!(found[0].not_run, None);
        assert_eq!(found[0].folder, Folder::Solution);
        let starter = blocks("```console starter\n$ a\n```\n");
        assert_eq!(starter[0].folder, Folder::Starter);
        assert_eq!(found[1].not_run.as_deref(), Some("it needs a swarm"));
    }

    #[test]
    fn what_changes_from_run_to_run_is_compared_by_its_form() {
        for (shown, came) in [
            ("sha256:ccb631e4e1fdeda9", "sha256:0123456789abcdef01"),
            ("web   Up 2 seconds", "web  Up Less than a second"),
            ("rota: 9.87MB", "rota: 12kB"),
            ("172.17.0.2", "10.9.0.11"),
            ("6.1.0-18-amd64", "5.15.0"),
            (
                "Mon Nov  2 10:00:00 UTC 2026",
                "Sun Jan 12 01:02:03 UTC 2025",
            ),
            ("…\nlast", "first\nsecond\nlast"),
            ("first\n…", "first"),
            ("x\n\n", "x"),
            ("80/tcp -> 0.0.0.0:32770", "80/tcp -> 127.0.0.1:49153"),
        ] {
            assert_eq!(differs(&lines(shown), came), None, "{shown}");
        }
    }

    #[test]
    fn what_is_untrue_is_found() {
        for (shown, came) in [
            ("web", "wab"),
            ("one\ntwo", "one"),
            ("one", "one\ntwo"),
            ("…\nlast", "first\nlast\nmore"),
            ("0.0.0.0:8080", "0.0.0.0:8081"),
            ("172.17.0.2", "no address"),
        ] {
            assert!(differs(&lines(shown), came).is_some(), "{shown}");
        }
    }
}
