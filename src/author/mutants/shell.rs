//! Where the words of a shell script stand, as far as a learner's commands go: quotes, substitutions, lines that go on,
//! lists and redirections. What is inside a substitution is part of its word.

use std::ops::Range;

/// A logical line that has commands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1.
    pub(super) number: usize,
    /// In the script, with its line break.
    pub(super) at: Range<usize>,
    /// Its simple commands, in order: the words of each.
    pub(super) commands: Vec<Vec<Word>>,
}

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// In the script, with its quotes.
    pub(super) at: Range<usize>,
    /// Without its quotes.
    pub(super) text: String,
}

/// Words that open or close a compound command, and are followed by a command of their own.
const OPENERS: [&str; 10] = [
    "!", "{", "}", "do", "done", "else", "fi", "if", "then", "until",
];

/// The lines of a script that have commands in them.
pub(super) fn lines(script: &str) -> Vec<Line> {
    let mut reader = Reader::new(script);
    let mut lines = Vec::new();
    while let Some(line) = reader.line() {
        lines.extend((!line.commands.is_empty()).then_some(line));
    }
    lines
}

struct Reader<'s> {
    script: &'s str,
    at: usize,
    number: usize,
}

impl<'s> Reader<'s> {
    fn new(script: &'s str) -> Self {
        Self {
            script,
            at: 0,
            number: 1,
        }
    }

    fn rest(&self) -> &'s str {
        &self.script[self.at..]
    }

    fn line(&mut self) -> Option<Line> {
        self.peek()?;
        let (start, number) = (self.at, self.number);
        let mut commands = vec![Vec::new()];
        let mut redirected = false;
        while let Some(c) = self.peek() {
            match c {
                '\n' => {
                    self.skip();
                    break;
                }
                '\\' if self.rest().starts_with("\\\n") => {
                    self.skip();
                    self.skip();
                }
                ' ' | '\t' => self.skip(),
                '#' => self.comment(),
                '|' | ';' | '&' | '(' | ')' => {
                    self.skip();
                    commands.push(Vec::new());
                }
                '<' | '>' => {
                    self.skip();
                    redirected = true;
                }
                _ => {
                    let word = self.word();
                    let command: &mut Vec<Word> = commands.last_mut().expect("one at least");
                    let opens = command.is_empty() && OPENERS.contains(&word.text.as_str());
                    if !redirected && !opens {
                        command.push(word);
                    }
                    redirected = false;
                }
            }
        }
        commands.retain(|words| !words.is_empty());
        Some(Line {
            number,
            at: start..self.at,
            commands,
        })
    }

    fn word(&mut self) -> Word {
        let start = self.at;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\n' | '|' | ';' | '&' | '(' | ')' | '<' | '>' => break,
                '\'' => self.quoted('\'', &mut text),
                '"' => self.quoted('"', &mut text),
                '$' if self.rest().starts_with("$(") => self.substituted(&mut text),
                '\\' => {
                    self.skip();
                    text.extend(self.peek());
                    self.skip();
                }
                c => {
                    text.push(c);
                    self.skip();
                }
            }
        }
        Word {
            at: start..self.at,
            text,
        }
    }

    fn quoted(&mut self, quote: char, text: &mut String) {
        self.skip();
        while let Some(c) = self.peek() {
            self.skip();
            match c {
                c if c == quote => return,
                '\\' if quote == '"' => {
                    text.extend(self.peek());
                    self.skip();
                }
                c => text.push(c),
            }
        }
    }

    fn substituted(&mut self, text: &mut String) {
        let mut depth = 0;
        while let Some(c) = self.peek() {
            text.push(c);
            self.skip();
            match c {
                '(' => depth += 1,
                ')' if depth == 1 => return,
                ')' => depth -= 1,
                _ => {}
            }
        }
    }

    fn comment(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.skip();
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self) {
        if let Some(c) = self.peek() {
            self.at += c.len_utf8();
            self.number += usize::from(c == '\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<Vec<Vec<String>>> {
        let words = |words: &Vec<Word>| words.iter().map(|word| word.text.clone()).collect();
        let commands = |line: &Line| line.commands.iter().map(words).collect();
        lines(script).iter().map(commands).collect()
    }

    #[test]
    fn words_stand_where_a_shell_finds_them() {
        assert_eq!(
            texts("# note\ndocker run -v \"$PWD/a b:/c\" x sh -c 'echo \"hi\" > /d' # end\n\nls"),
            [
                vec![vec![
                    "docker",
                    "run",
                    "-v",
                    "$PWD/a b:/c",
                    "x",
                    "sh",
                    "-c",
                    "echo \"hi\" > /d"
                ]],
                vec![vec!["ls"]]
            ]
        );
        assert_eq!(
            texts("until docker ps; do sleep 1; done\na=$(b (c) d) e > f < g | h"),
            [
                vec![vec!["docker", "ps"], vec!["sleep", "1"]],
                vec![vec!["a=$(b (c) d)", "e"], vec!["h"]]
            ]
        );
    }

    #[test]
    fn a_line_that_goes_on_is_one_and_keeps_its_place() {
        let script = "a\nb \\\n  c\nd\n";
        let lines = lines(script);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1].number, 2);
        assert_eq!(&script[lines[1].at.clone()], "b \\\n  c\n");
        assert_eq!(&script[lines[1].commands[0][1].at.clone()], "c");
        assert_eq!(lines[2].number, 4);
    }
}
