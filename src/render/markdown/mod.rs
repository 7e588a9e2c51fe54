//! A lesson's Markdown as text for a terminal, where it reads well with no colour too, and for a browser.

mod blocks;
mod page;
mod quote;
mod web;

use pulldown_cmark::{Options, Parser};

use super::{Span, Style};
pub use page::MEASURE;
use page::Page;
pub use web::{WebHeading, WebPart, web_line, web_parts};

/// What lessons may use besides plain Markdown.
const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_GFM);

/// A page between one heading and the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The heading it begins with; `None` for what stands above the first.
    pub heading: Option<Heading>,
    /// Its lines, the heading among them.
    pub text: String,
}

/// A heading as its author wrote it, without marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 for the page's title.
    pub level: u8,
    /// Its words.
    pub words: String,
}

/// What a page cannot know of itself: what some of its headings and addresses are where it is shown.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// A heading that is shown as a banner, by its words.
    pub banner: &'a dyn Fn(&str) -> Option<Banner>,
    /// What to write for an address that leads to another page.
    pub address: &'a dyn Fn(&str) -> Option<String>,
}

/// A heading that stands out: a line with a label and a note in it, and a title below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banner {
    /// At the left of the line: `Task 1 of 4`.
    pub label: String,
    /// At its right: `10 points`.
    pub note: String,
    /// Below the line.
    pub title: Vec<Span>,
}

/// Renders Markdown no wider than the terminal; code blocks are never wrapped. Nothing in it can reach the
/// terminal as an escape.
pub fn markdown(text: &str, style: &Style) -> String {
    let alone = Surroundings {
        banner: &|_| None,
        address: &|_| None,
    };
    let parts = parts(text, style, alone);
    parts.into_iter().map(|part| part.text).collect()
}

/// The same, cut before its headings: together the parts are the page.
pub fn parts(text: &str, style: &Style, surroundings: Surroundings<'_>) -> Vec<Part> {
    let mut page = Page::new(style, surroundings);
    for event in Parser::new_ext(text, OPTIONS) {
        page.event(event);
    }
    page.into_parts()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Color, Glyphs, Links, width};

    const LESSON: &str = include_str!("example.md");

    fn at(width: usize) -> Style {
        Style {
            width,
            ..Style::default()
        }
    }

    #[test]
    fn a_lesson_reads_well_without_colour() {
        insta::assert_snapshot!("lesson_80", markdown(LESSON, &at(80)));
        insta::assert_snapshot!("lesson_50", markdown(LESSON, &at(50)));
    }

    #[test]
    fn colour_adds_looks_and_an_address_is_written_where_it_cannot_be_clicked() {
        let style = Style {
            color: Color::Basic16,
            ..at(80)
        };
        let page = "# Ports\n\nA *published* port, see [docs](https://a.example/x).";
        let start =
            "\x1b[1mPorts\x1b[0m\n\x1b[2m═════\x1b[0m\n\nA \x1b[3mpublished\x1b[0m port, see ";
        assert_eq!(
            markdown(page, &style),
            format!("{start}\x1b[36mdocs\x1b[0m (https://a.example/x).\n")
        );
        let links = Links::Clickable;
        let link = "\x1b]8;;https://a.example/x\x1b\\\x1b[36mdocs\x1b[0m\x1b]8;;\x1b\\";
        assert_eq!(
            markdown(page, &Style { links, ..style }),
            format!("{start}{link}.\n")
        );
    }

    #[test]
    fn the_parts_of_a_page_are_the_page() {
        let alone = Surroundings {
            banner: &|_| None,
            address: &|_| None,
        };
        let parts = parts(LESSON, &at(80), alone);
        let heading = |part: &Part| part.heading.clone().map(|heading| heading.words);
        let headings: Vec<_> = parts.iter().filter_map(heading).collect();
        assert_eq!(headings, ["Publish a port", "What to do", "Words", "Code"]);
        let whole: String = parts.into_iter().map(|part| part.text).collect();
        assert_eq!(whole, markdown(LESSON, &at(80)));
    }

    #[test]
    fn a_heading_and_an_address_can_mean_more_than_they_say() {
        let banner = |words: &str| {
            let id = words.strip_prefix("Task: ")?;
            Some(Banner {
                label: format!("Task 1 of 2 · {id}"),
                note: "10 points".to_owned(),
                title: vec![Span::plain("✓ Write a `Dockerfile` that builds")],
            })
        };
        let known = Surroundings {
            banner: &banner,
            address: &|url| {
                url.strip_prefix("../")
                    .map(|page| format!("sealegs read {page}"))
            },
        };
        let page = "text, [more](../ports)\n\n### Task: builds\n\nWrite it.\n";
        let shown = |style: &Style| -> String {
            let parts = parts(page, style, known);
            parts.into_iter().map(|part| part.text).collect()
        };
        insta::assert_snapshot!(shown(&at(60)), @"
        text, more (sealegs read ports)

        ── Task 1 of 2 · builds ─────────────────────── 10 points ──
        ✓ Write a `Dockerfile` that builds

        Write it.
        ");
        let words = Style {
            glyphs: Glyphs::Words,
            ..at(60)
        };
        insta::assert_snapshot!(shown(&words), @"
        text, more (sealegs read ports)

        Task 1 of 2 · builds: 10 points
        ✓ Write a `Dockerfile` that builds

        Write it.
        ");
    }

    #[test]
    fn callouts_say_what_they_are() {
        let page = "> [!WARNING]\n> Nothing undoes `prune`.\n\n> plain\n";
        insta::assert_snapshot!(markdown(page, &at(60)), @"
        │ Warning
        │ Nothing undoes `prune`.

        │ plain
        ");
        let style = Style {
            color: Color::Basic16,
            ..at(60)
        };
        assert!(markdown(page, &style).starts_with("\x1b[33m│\x1b[0m \x1b[33mWarning\x1b[0m\n"));
    }

    #[test]
    fn code_is_coloured_line_by_line_and_tabs_are_spaces() {
        let style = Style {
            color: Color::Basic16,
            ..at(60)
        };
        assert_eq!(
            markdown("```go\nfunc f() {\n\ts := `a\nb`\n}\n```\n", &style),
            "    \x1b[35mfunc\x1b[0m f() {\n        s := \x1b[32m`a\x1b[0m\n    \x1b[32mb`\x1b[0m\n    }\n"
        );
    }

    #[test]
    fn a_listing_wraps_where_it_must_and_a_command_does_not() {
        let page = "```\napp.py   the app\n    deep  what it needs to count words\n```\n\n```sh\ndocker run --rm busybox true\n```\n";
        insta::assert_snapshot!(markdown(page, &at(28)), @r"
            app.py   the app
                deep  what it needs
              to count words

            docker run --rm busybox true
        ");
    }

    #[test]
    fn in_words_nothing_is_drawn() {
        let words = Style {
            glyphs: Glyphs::Words,
            ..at(80)
        };
        let shown = markdown(LESSON, &words);
        assert!(!shown.contains(['─', '│', '═', '|', '•']), "{shown}");
        assert!(!shown.contains("---") && !shown.contains("###"), "{shown}");
        assert!(shown.contains("word: `EXPOSE`\nmeaning: "), "{shown}");
        assert!(shown.contains("\n  Note:\n"), "{shown}");
    }

    #[test]
    fn only_code_tables_and_addresses_are_wider_than_the_terminal() {
        for columns in 50..=200 {
            for line in markdown(LESSON, &at(columns)).lines() {
                let excused = line.contains("    docker run") || line.contains("://");
                assert!(
                    width(line) <= columns || excused,
                    "{columns} columns: {line}"
                );
            }
        }
    }

    #[test]
    fn a_lesson_cannot_emit_escapes_not_even_as_an_entity() {
        let hostile = "a\x1b[2J &#27;[31m `b\x1b]0;t\x07`\n\n    code \x1b[1m\n\n[l](<https://x/\x1b\\>)\n\n\
                       |h\x1b[1m|\n|-|\n|c\u{9b}1m|\n\n<b\x1b[1m>\n";
        let shown = markdown(hostile, &at(80));
        assert!(
            !shown.contains(|c: char| c.is_control() && c != '\n'),
            "{shown:?}"
        );
        assert!(shown.contains("\\x1b[2J"), "{shown}");
    }

    #[test]
    fn an_ascii_terminal_gets_ascii() {
        let style = Style {
            glyphs: Glyphs::Ascii,
            ..at(80)
        };
        assert!(markdown("# T\n\n> q\n\n- i\n\n|a|\n|-|\n|b|\n\n---\n", &style).is_ascii());
    }
}
