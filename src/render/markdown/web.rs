//! The same Markdown for a browser: HTML of our own making, in which nothing that its author wrote is markup.

use pulldown_cmark::{BlockQuoteKind, CowStr, Event, Parser, Tag, TagEnd, html};

use super::{Heading, OPTIONS};
use crate::text::inert;

/// A page between one heading and the next, for a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebPart {
    /// The heading it begins with; `None` for what stands above the first.
    pub heading: Option<WebHeading>,
    /// What stands below it, as one block of HTML without a blank line.
    pub html: String,
}

/// A heading for a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebHeading {
    /// As its author wrote it.
    pub plain: Heading,
    /// Its words as inline HTML, which is the same read as Markdown.
    pub inline: String,
}

/// Cuts a page before its headings; those within quotes and lists cut nothing. `address` says where an address that leads to another
/// page is found, and of `None` the words stay alone; addresses of other sites stay.
pub fn web_parts(text: &str, address: &dyn Fn(&str) -> Option<String>) -> Vec<WebPart> {
    let text = text.replace("\r\n", "\n");
    let mut web = Web {
        address,
        depth: 0,
        links: Vec::new(),
        kept: None,
        in_heading: false,
        events: Vec::new(),
        parts: vec![WebPart {
            heading: None,
            html: String::new(),
        }],
    };
    for event in Parser::new_ext(&text, OPTIONS) {
        web.event(event);
    }
    web.cut();
    let is_empty = |part: &WebPart| part.heading.is_none() && part.html.is_empty();
    web.parts.retain(|part| !is_empty(part));
    web.parts
}

/// A line of plain text, in which backticks stand around code.
pub fn web_line(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    let last = pieces.len() - 1;
    let mut out = String::new();
    for (number, piece) in pieces.into_iter().enumerate() {
        let piece = encoded(piece);
        match number % 2 {
            // The last one is never closed.
            1 if number == last => out.push_str(&format!("&#96;{piece}")),
            1 => out.push_str(&format!("<code>{piece}</code>")),
            _ => out.push_str(&piece),
        }
    }
    out
}

struct Web<'a, 'e> {
    address: &'a dyn Fn(&str) -> Option<String>,
    /// How many tags are open.
    depth: usize,
    /// Of each open link, whether it is one in the HTML too.
    links: Vec<bool>,
    /// A block that is shown as it is written, on its way.
    kept: Option<String>,
    /// Whether a heading is on its way.
    in_heading: bool,
    /// What stands below the last heading.
    events: Vec<Event<'e>>,
    parts: Vec<WebPart>,
}

impl<'e> Web<'_, 'e> {
    fn event(&mut self, event: Event<'e>) {
        let depth = self.depth;
        match event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth -= 1,
            _ => {}
        }
        match event {
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => self.open(level as u8),
            Event::End(TagEnd::Heading(_)) if depth == 1 => self.in_heading = false,
            event if self.in_heading => self.of_heading(&event),
            event => self.of_body(event),
        }
    }

    /// Begins a part with its heading.
    fn open(&mut self, level: u8) {
        self.cut();
        self.in_heading = true;
        let words = String::new();
        self.parts.push(WebPart {
            heading: Some(WebHeading {
                plain: Heading { level, words },
                inline: String::new(),
            }),
            html: String::new(),
        });
    }

    fn of_heading(&mut self, event: &Event<'_>) {
        let Some(heading) = self.parts.last_mut().and_then(|part| part.heading.as_mut()) else {
            return;
        };
        match event {
            Event::Text(text) => {
                heading.plain.words.push_str(text);
                heading.inline.push_str(&encoded(text));
            }
            Event::Code(text) => {
                heading.plain.words.push_str(text);
                heading
                    .inline
                    .push_str(&format!("<code>{}</code>", encoded(text)));
            }
            Event::InlineHtml(html) if !is_remark(html) => {
                heading.inline.push_str(&encoded(html));
            }
            Event::SoftBreak | Event::HardBreak => heading.inline.push(' '),
            _ => {}
        }
    }

    fn of_body(&mut self, event: Event<'e>) {
        match event {
            Event::Start(Tag::HtmlBlock) => self.kept = Some(String::new()),
            Event::End(TagEnd::HtmlBlock) => {
                let kept = self.kept.take().unwrap_or_default();
                if !is_remark(&kept) {
                    self.events.push(Event::Start(Tag::Paragraph));
                    self.events.push(Event::Text(neutral(kept.trim_end())));
                    self.events.push(Event::End(TagEnd::Paragraph));
                }
            }
            Event::Html(text) | Event::Text(text) if self.kept.is_some() => {
                self.kept.get_or_insert_default().push_str(&text);
            }
            Event::Text(text) => self.events.push(Event::Text(neutral(&text))),
            Event::Code(text) => self.events.push(Event::Code(neutral(&text))),
            Event::Html(html) | Event::InlineHtml(html) => {
                if !is_remark(&html) {
                    self.events.push(Event::Text(neutral(&html)));
                }
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                // A link in a link is none, and an image is not carried along: its words lead to it.
                let within = self.links.contains(&true);
                let target = target(&dest_url, self.address).filter(|_| !within);
                self.links.push(target.is_some());
                if let Some(target) = target {
                    let open = format!("<a href=\"{}\">", encoded_address(&target));
                    self.events.push(Event::InlineHtml(open.into()));
                }
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if self.links.pop() == Some(true) {
                    self.events.push(Event::InlineHtml("</a>".into()));
                }
            }
            Event::Start(Tag::BlockQuote(Some(kind))) => {
                self.events.push(Event::Html(callout(kind).into()));
            }
            event => self.events.push(event),
        }
    }

    /// Ends the part that was on its way.
    fn cut(&mut self) {
        let mut text = String::new();
        html::push_html(&mut text, std::mem::take(&mut self.events).into_iter());
        if let Some(part) = self.parts.last_mut() {
            part.html = one_block(text.trim_end());
        }
    }
}

/// The beginning of a quote that says what it is; the classes are mdBook's.
fn callout(kind: BlockQuoteKind) -> String {
    let (class, name) = match kind {
        BlockQuoteKind::Note => ("note", "Note"),
        BlockQuoteKind::Tip => ("tip", "Tip"),
        BlockQuoteKind::Important => ("important", "Important"),
        BlockQuoteKind::Warning => ("warning", "Warning"),
        BlockQuoteKind::Caution => ("caution", "Caution"),
    };
    format!(
        "<blockquote class=\"blockquote-tag blockquote-tag-{class}\">\n<p class=\"blockquote-tag-title\"><strong>{name}</strong></p>\n"
    )
}

fn is_remark(html: &str) -> bool {
    html.trim_start().starts_with("<!--")
}

/// Where a link leads: within the page, to another site by a scheme that only shows something, or where `address` says.
fn target(url: &str, address: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    const SCHEMES: [&str; 3] = ["http", "https", "mailto"];
    // Browsers read over these, and find a scheme that is none here.
    if url.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let scheme = url.split_once(':').map(|(scheme, _)| scheme);
    match scheme.filter(|scheme| !scheme.contains(['/', '?', '#'])) {
        Some(scheme) => SCHEMES
            .contains(&scheme.to_ascii_lowercase().as_str())
            .then(|| url.to_owned()),
        None if url.starts_with('#') => Some(url.to_owned()),
        None => address(url),
    }
}

fn neutral(text: &str) -> CowStr<'static> {
    inert(text).into_owned().into()
}

/// Text with every sign that means something, in Markdown or in HTML, by its number.
fn encoded(text: &str) -> String {
    let harmless = |c: char| !c.is_ascii_punctuation() || matches!(c, ',' | '/' | '%');
    let mut out = String::new();
    for c in inert(text).chars() {
        match c {
            '\n' => out.push(' '),
            c if harmless(c) => out.push(c),
            c => out.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    out
}

fn encoded_address(url: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$()*+,;=%".contains(c);
    let mut out = String::new();
    for c in url.chars() {
        match plain(c) || !c.is_ascii() {
            true => out.push(c),
            false => out.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    out
}

/// HTML that goes through Markdown, and through what mdBook does with text before that, as one block: a blank line would end it.
fn one_block(html: &str) -> String {
    let mut out = String::new();
    for (number, line) in html.split('\n').enumerate() {
        let between = match (number, line.trim().is_empty()) {
            (0, _) => "",
            (_, true) => "&#10;",
            (_, false) => "\n",
        };
        out.push_str(between);
        out.push_str(line);
    }
    out.replace("{{", "{&#123;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let address = |url: &str| url.strip_prefix("../").map(str::to_owned);
        let parts = web_parts(text, &address).into_iter();
        parts
            .map(|part| {
                let heading = part.heading.map(|heading| {
                    let marks = "#".repeat(usize::from(heading.plain.level));
                    format!("{marks} {}\n", heading.inline)
                });
                format!("{}{}\n", heading.unwrap_or_default(), part.html)
            })
            .collect()
    }

    #[test]
    fn a_page_is_cut_before_its_headings() {
        insta::assert_snapshot!(shown("# A `b` *c*\n\none\n\n## D_e\n> # quoted\n"), @"
        # A <code>b</code> c
        <p>one</p>
        ## D&#95;e
        <blockquote>
        <h1>quoted</h1>
        </blockquote>
        ");
        assert_eq!(shown(""), "");
    }

    #[test]
    fn code_keeps_its_blank_lines_and_its_language_alone() {
        assert_eq!(
            shown("```console not-run: a \"reason\"\n$ a\n\n  \n<b> {{#include x}}\n```\n"),
            "<pre><code class=\"language-console\">$ a&#10;&#10;  \n&lt;b&gt; {&#123;#include x}}\n</code></pre>\n"
        );
    }

    #[test]
    fn callouts_say_what_they_are() {
        insta::assert_snapshot!(shown("> [!WARNING]\n> Gone.\n"), @r#"
        <blockquote class="blockquote-tag blockquote-tag-warning">
        <p class="blockquote-tag-title"><strong>Warning</strong></p>
        <p>Gone.</p>
        </blockquote>
        "#);
    }

    #[test]
    fn markup_of_the_author_is_text_and_remarks_are_left_out() {
        insta::assert_snapshot!(
            shown("# <script>x</script> {#a .b}\n\na <b onclick=x>b</b> <!-- c -->\n\n<div>\n\n<!-- no -->\n\n<pre>\n\nx</pre>\n"),
            @"
        # &#60;script&#62;x&#60;/script&#62; &#123;&#35;a &#46;b&#125;
        <p>a &lt;b onclick=x&gt;b&lt;/b&gt; </p>
        <p>&lt;div&gt;</p>
        <p>&lt;pre&gt;&#10;
        x&lt;/pre&gt;</p>
        "
        );
    }

    #[test]
    fn only_addresses_that_show_something_are_links() {
        for (text, html) in [
            (
                "[a](https://x.example/?b=\"c\")",
                "<a href=\"https://x.example/?b=&#34;c&#34;\">a</a>",
            ),
            (
                "<https://x.example>",
                "<a href=\"https://x.example\">https://x.example</a>",
            ),
            ("[a](#b)", "<a href=\"#b\">a</a>"),
            ("[a](../b)", "<a href=\"b\">a</a>"),
            ("[a](b)", "a"),
            ("[a](/b)", "a"),
            ("[a](//b.example)", "a"),
            ("[a](javascript:x)", "a"),
            ("[a](JavaScript:x)", "a"),
            ("[a](<java\tscript:x>)", "a"),
            ("[a](&#1;javascript:x)", "a"),
            ("[a](data:text/html,x)", "a"),
            (
                "[a ![b](https://c)](https://d)",
                "<a href=\"https://d\">a b</a>",
            ),
            ("![b](https://c \"t\")", "<a href=\"https://c\">b</a>"),
        ] {
            assert_eq!(shown(text), format!("<p>{html}</p>\n"), "{text}");
        }
    }

    #[test]
    fn a_line_is_plain_but_for_its_code() {
        assert_eq!(
            web_line("a *b* `c <d>` <e> `f"),
            "a &#42;b&#42; <code>c &#60;d&#62;</code> &#60;e&#62; &#96;f"
        );
    }
}
