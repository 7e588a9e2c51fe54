//! Which words of a line open a here-document, by BuildKit's own lexer rules (`parser.go`, `shell/lex.go`).

use std::iter::Peekable;
use std::str::Chars;

/// A here-document: `<<EOF` and the lines up to `EOF`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it, without quotes; for `COPY` the file's name.
    pub name: String,
    /// The lines as the build sees them: without leading tabs after `<<-`.
    pub content: String,
    /// False where the word is quoted, so that `$variables` stay.
    pub expand: bool,
    /// The first line of the content, counted from 1.
    pub line: u32,
    pub(super) strip_tabs: bool,
    /// True where builders of different age disagree whether this is a here-document at all.
    pub(super) disputed: bool,
}

/// The here-documents a line opens, in order, their contents still empty.
pub(super) fn opened_by(line: &str) -> Vec<Heredoc> {
    let mut lexer = Lexer::new(line, Quotes::Kept);
    // BuildKit takes a line that it cannot lex as one without here-documents.
    let Some(words) = lexer.words() else {
        return Vec::new();
    };
    let disputed = lexer.disputed;
    words
        .iter()
        .filter_map(|word| from_word(word, disputed))
        .collect()
}

/// The name of the here-document that a source of `COPY` or `ADD` stands for.
pub(super) fn name(word: &str) -> Option<String> {
    from_word(word, false).map(|doc| doc.name)
}

fn from_word(word: &str, disputed: bool) -> Option<Heredoc> {
    let rest = word
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .strip_prefix("<<")?;
    if rest.contains('<') {
        return None;
    }
    let (strip_tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let trimmed = rest.trim_start();
    let [name] = <[String; 1]>::try_from(Lexer::new(trimmed, Quotes::Dropped).words()?).ok()?;
    let [raw] = <[String; 1]>::try_from(Lexer::new(trimmed, Quotes::Kept).words()?).ok()?;
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    Some(Heredoc {
        expand: quotes(&name) == quotes(&raw),
        name,
        content: String::new(),
        line: 0,
        strip_tabs,
        disputed: disputed || trimmed.len() < rest.len(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Kept,
    Dropped,
}

struct Lexer<'a> {
    chars: Peekable<Chars<'a>>,
    quotes: Quotes,
    words: Vec<String>,
    word: String,
    disputed: bool,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, quotes: Quotes) -> Self {
        Self {
            chars: text.chars().peekable(),
            quotes,
            words: Vec::new(),
            word: String::new(),
            disputed: false,
        }
    }

    fn words(&mut self) -> Option<Vec<String>> {
        self.plain(None)?;
        self.end_word();
        Some(std::mem::take(&mut self.words))
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            self.words.push(std::mem::take(&mut self.word));
        }
    }

    fn mark(&mut self, c: char) {
        if self.quotes == Quotes::Kept {
            self.word.push(c);
        }
    }

    fn plain(&mut self, stop: Option<char>) -> Option<()> {
        while let Some(c) = self.chars.next() {
            match c {
                c if Some(c) == stop => {
                    self.word.push(c);
                    return Some(());
                }
                '\'' => self.quoted()?,
                '"' => self.double_quoted()?,
                '$' => self.dollar()?,
                '<' => self.less_than(),
                '\\' => {
                    self.mark(c);
                    self.word.extend(self.chars.next());
                }
                c if c.is_whitespace() => self.end_word(),
                c => self.word.push(c),
            }
        }
        stop.is_none().then_some(())
    }

    fn quoted(&mut self) -> Option<()> {
        self.mark('\'');
        loop {
            match self.chars.next()? {
                '\'' => break,
                c => self.word.push(c),
            }
        }
        self.mark('\'');
        Some(())
    }

    fn double_quoted(&mut self) -> Option<()> {
        self.mark('"');
        loop {
            match self.chars.next()? {
                '"' => break,
                '$' => self.dollar()?,
                '\\' => {
                    let escaped = self.chars.next_if(|c| matches!(c, '"' | '$' | '\\'));
                    if self.quotes == Quotes::Kept || escaped.is_none() {
                        self.word.push('\\');
                    }
                    self.word.extend(escaped);
                }
                c => self.word.push(c),
            }
        }
        self.mark('"');
        Some(())
    }

    fn less_than(&mut self) {
        self.word.push('<');
        if self.chars.next_if_eq(&'<').is_none() {
            return;
        }
        self.word.push('<');
        // Newer builders let white space stand between `<<` and its word; older ones end the word here.
        while let Some(space) = self.chars.next_if(|c| matches!(c, ' ' | '\t')) {
            self.word.push(space);
        }
    }

    fn dollar(&mut self) -> Option<()> {
        self.word.push('$');
        if self.chars.next_if_eq(&'{').is_none() {
            return Some(());
        }
        self.word.push('{');
        if matches!(self.chars.peek(), None | Some('{' | '}' | ':')) {
            return None;
        }
        while let Some(c) = self.chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
            self.word.push(c);
        }
        if self.word.ends_with('{') {
            // `${#x}`, `${?}`: a name of one special character.
            self.word
                .push(self.chars.next_if(|c| "@*#?-$!".contains(*c))?);
        }
        let sign = self.chars.next()?;
        self.word.push(sign);
        match sign {
            '}' => Some(()),
            ':' | '+' | '-' | '?' => self.plain(Some('}')),
            '#' | '%' | '/' => {
                self.disputed = true;
                self.plain(Some('}'))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        opened_by(line).into_iter().map(|doc| doc.name).collect()
    }

    #[test]
    fn here_documents_are_found_where_buildkit_finds_them() {
        for (line, expected) in [
            ("RUN <<EOF", vec!["EOF"]),
            ("RUN 3<<EOF", vec!["EOF"]),
            ("RUN cat <<A - <<-B >x", vec!["A", "B"]),
            ("RUN <<eo'f'", vec!["eof"]),
            ("RUN <<eo\\'f", vec!["eo'f"]),
            ("RUN <<'one two'", vec!["one two"]),
            ("RUN <<\"X\" sh", vec!["X"]),
            ("RUN <<$EOF", vec!["$EOF"]),
            ("COPY <<a.txt <<b.txt /dest/", vec!["a.txt", "b.txt"]),
            (
                "RUN --mount=type=cache,target=/c <<EOF python3",
                vec!["EOF"],
            ),
        ] {
            assert_eq!(names(line), expected, "{line}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_left_alone() {
        for line in [
            "RUN echo \"<<EOF\"",
            "RUN echo '<<EOF'",
            "RUN cat <<< x",
            "RUN cat <<<x",
            "RUN echo $((1<<2))",
            "RUN a<<EOF",
            "RUN echo it's <<EOF",
            "RUN echo ${x,,} <<EOF",
            "RUN echo \\<<EOF",
            "RUN <<",
            "RUN <<''",
        ] {
            assert_eq!(names(line), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn a_quoted_word_keeps_variables_and_a_dash_strips_tabs() {
        let doc = |line| opened_by(line).remove(0);
        assert!(doc("RUN <<EOF").expand);
        assert!(!doc("RUN <<'EOF'").expand);
        assert!(!doc("RUN <<E\"O\"F").expand);
        assert!(doc("RUN <<-EOF").strip_tabs);
    }

    #[test]
    fn what_builders_disagree_on_is_marked() {
        assert!(opened_by("RUN cat << EOF")[0].disputed);
        assert!(opened_by("RUN echo ${x%y} <<EOF")[0].disputed);
        assert!(!opened_by("RUN cat <<EOF")[0].disputed);
    }
}
