//! Changes to the commands of a `commands.sh`: one left out, a flag left out, another port, a wrong name.

use std::ops::Range;

use super::shell::{self, Line, Word};
use super::{Edit, Known, misspelt, other_ports};
use crate::commandline::{Invocation, Places, places};

pub(super) fn edits(script: &str, known: &Known<'_>) -> Vec<Edit> {
    let lines = shell::lines(script);
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let mut of_line = Changes {
            script,
            number: line.number,
            found: Vec::new(),
        };
        of_line.replace("without the command", line.at.clone(), "");
        for words in &line.commands {
            command(words, known, &mut of_line);
        }
        let next = lines.get(index + 1);
        if let Some(next) = next.filter(|next| depend(line, next)) {
            let [own, between, other] =
                [line.at.clone(), line.at.end..next.at.start, next.at.clone()]
                    .map(|at| &script[at]);
            let end = if other.ends_with('\n') { "" } else { "\n" };
            let swapped = format!("{between}{other}{end}{own}");
            of_line.replace("after the next", line.at.start..next.at.end, &swapped);
        }
        found.append(&mut of_line.found);
    }
    found
}

/// Changes to one line, gathered.
struct Changes<'s> {
    script: &'s str,
    number: usize,
    found: Vec<Edit>,
}

impl Changes<'_> {
    fn replace(&mut self, what: &str, at: Range<usize>, with: &str) {
        let script = self.script;
        self.found.push(Edit {
            what: format!(":{} {what}", self.number),
            text: format!("{}{with}{}", &script[..at.start], &script[at.end..]),
        });
    }

    fn written(&self, word: &Word) -> &str {
        &self.script[word.at.clone()]
    }

    /// The word with something else for what it says.
    fn instead(&mut self, word: &Word, with: &str) {
        let what = format!("{with} for {}", self.written(word));
        self.replace(&what, word.at.clone(), with);
    }

    /// A letter too many in what the word says.
    fn misspell(&mut self, word: &Word) {
        let (inside, end) = inside(self.written(word));
        let with = format!("{}{end}", misspelt(inside));
        self.instead(word, &with);
    }
}

/// A word without its closing quote, and that quote.
fn inside(written: &str) -> (&str, &str) {
    match written.char_indices().next_back() {
        Some((at, '"' | '\'')) => written.split_at(at),
        _ => (written, ""),
    }
}

fn command(words: &[Word], known: &Known<'_>, changes: &mut Changes<'_>) {
    let texts: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    let (Some(invocation), Some(places)) = (Invocation::read(&texts), places(&texts)) else {
        return;
    };
    for flag in &places.flags {
        let (first, last) = (&words[flag.words.start], &words[flag.words.end - 1]);
        if CHOICES.contains(&flag.name.as_str()) {
            continue;
        }
        let flag_at = first.at.start..last.at.end;
        let what = format!("without {}", &changes.script[flag_at.clone()]);
        changes.replace(&what, flag_at, "");
        if flag.words.len() == 2 {
            value(&flag.name, last, changes);
        }
    }
    arguments(&invocation, &places, words, known, changes);
}

/// What is shown how, for how long one waits, in which terminal a container runs and whether it is kept once it has ended:
/// the learner's to choose.
const CHOICES: [&str; 6] = ["detach", "filter", "format", "rm", "tail", "time"];

fn value(flag: &str, word: &Word, changes: &mut Changes<'_>) {
    let written = changes.written(word).to_owned();
    match flag {
        "publish" | "expose" => {
            for other in other_ports(&written) {
                changes.instead(word, &other);
            }
        }
        "volume" => parts(word, ':', changes),
        "mount" => parts(word, ',', changes),
        "env" | "build-arg" => {
            if let Some(at) = written.find('=') {
                let (name, value) = written.split_at(at);
                let (inner, quote) = inside(value);
                changes.instead(word, &format!("{name}{inner}x{quote}"));
                changes.instead(word, &format!("{name}X{value}"));
            }
        }
        // An instruction of a Dockerfile: its keyword.
        "change" => {
            if let Some((keyword, rest)) = written.split_once(' ') {
                changes.instead(word, &format!("{keyword}X {rest}"));
            }
        }
        _ => changes.misspell(word),
    }
}

/// Each part of a value misspelt, and the last of three or more left out.
fn parts(word: &Word, between: char, changes: &mut Changes<'_>) {
    let written = changes.written(word).to_owned();
    let (inner, quote) = inside(&written);
    let parts: Vec<&str> = inner.split(between).collect();
    let glue = between.to_string();
    for at in 0..parts.len() {
        let mut some = parts.clone();
        let misspelt = format!("{}x", some[at]);
        some[at] = &misspelt;
        changes.instead(word, &format!("{}{quote}", some.join(&glue)));
    }
    if parts.len() > 2 {
        let left = parts[..parts.len() - 1].join(&glue);
        changes.instead(word, &format!("{left}{quote}"));
    }
}

fn arguments(
    invocation: &Invocation,
    places: &Places,
    words: &[Word],
    known: &Known<'_>,
    changes: &mut Changes<'_>,
) {
    let of_container = has_command_of_its_own(invocation);
    let arguments: Vec<&Word> = places.arguments.iter().map(|at| &words[*at]).collect();
    let Some((first, rest)) = arguments.split_first() else {
        return;
    };
    let named = if of_container {
        &arguments[..1]
    } else {
        &arguments[..]
    };
    for word in named {
        let text = word.text.as_str();
        if known.is_image(text) {
            // What goes as it ends was a tool: any image that has it will do.
            let is_kept = invocation.values("rm").is_none();
            if let Some(other) = known.other_image(text).filter(|_| is_kept) {
                changes.instead(word, other);
            }
        } else if text.chars().any(char::is_alphanumeric) && !text.contains('$') {
            changes.misspell(word);
        }
    }
    if of_container
        && known.is_image(&first.text)
        && let (Some(next), Some(last)) = (rest.first(), rest.last())
    {
        let at = next.at.start..last.at.end;
        changes.replace("without the container's command", at, "");
    }
}

/// Whether one of two lines makes, changes or removes what the other names: then their order means something.
fn depend(one: &Line, other: &Line) -> bool {
    let ((named, changed), (others, others_changed)) = (objects(one), objects(other));
    changed.iter().any(|name| others.contains(name))
        || others_changed.iter().any(|name| named.contains(name))
}

/// The containers, images, networks and volumes that a line names, and those of them that are not the same after it.
fn objects(line: &Line) -> (Vec<String>, Vec<String>) {
    let (mut named, mut changed) = (Vec::new(), Vec::new());
    for words in &line.commands {
        let texts: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
        let Some(invocation) = Invocation::read(&texts) else {
            continue;
        };
        let verb = invocation.command.rsplit(' ').next().unwrap_or_default();
        let only_looks = LOOKS.contains(&verb);
        let makes_last = ["commit", "connect", "disconnect", "tag"].contains(&verb);
        let of_container = has_command_of_its_own(&invocation);
        let own = if of_container { 1 } else { usize::MAX };
        let last = invocation.arguments.len().saturating_sub(1);
        for (at, name) in invocation.arguments.into_iter().take(own).enumerate() {
            let is_changed = !only_looks && !of_container && (!makes_last || at == last);
            changed.extend(is_changed.then(|| name.clone()));
            named.push(name);
        }
        for (flag, value) in invocation.flags {
            let Some(name) = value.as_deref().and_then(|value| value.split(':').next()) else {
                continue;
            };
            match flag.as_str() {
                "name" | "tag" => {
                    changed.push(name.to_owned());
                    named.push(name.to_owned());
                }
                "network" | "volume" => named.push(name.to_owned()),
                _ => {}
            }
        }
    }
    (named, changed)
}

/// Commands that leave what they name as it is.
const LOOKS: [&str; 12] = [
    "diff", "export", "history", "images", "inspect", "logs", "ls", "port", "ps", "push", "save",
    "top",
];

/// Whether what follows the first argument is for the container.
fn has_command_of_its_own(invocation: &Invocation) -> bool {
    matches!(
        invocation.command.as_str(),
        "run" | "create" | "exec" | "compose exec" | "compose run"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;

    fn changed(script: &str) -> Vec<(String, String)> {
        let course = Course::built_in().unwrap();
        let lesson = &course.lessons[0];
        let known = Known {
            course: &course,
            lesson,
            given: "",
        };
        let found = edits(script, &known).into_iter();
        found.map(|edit| (edit.what, edit.text)).collect()
    }

    #[track_caller]
    fn has(script: &str, what: &str, text: &str) {
        let all = changed(script);
        let wanted = (what.to_owned(), text.to_owned());
        assert!(all.contains(&wanted), "{all:#?}");
    }

    #[test]
    fn a_command_is_left_out_and_so_is_each_flag() {
        let run = "docker run -d --name web -p 8080:80 nginx:1.26\n";
        has(run, ":1 without the command", "");
        has(
            run,
            ":1 without -p 8080:80",
            "docker run -d --name web  nginx:1.26\n",
        );
        has(
            run,
            ":1 8080:81 for 8080:80",
            "docker run -d --name web -p 8080:81 nginx:1.26\n",
        );
        has(
            run,
            ":1 webx for web",
            "docker run -d --name webx -p 8080:80 nginx:1.26\n",
        );
        has(
            run,
            ":1 busybox:1.37 for nginx:1.26",
            "docker run -d --name web -p 8080:80 busybox:1.37\n",
        );
    }

    #[test]
    fn quotes_stay_closed_and_parts_are_changed_one_by_one() {
        let run = "docker run -v \"$PWD/site:/html:ro\" busybox:1.37 ls /";
        has(
            run,
            ":1 \"$PWD/sitex:/html:ro\" for \"$PWD/site:/html:ro\"",
            "docker run -v \"$PWD/sitex:/html:ro\" busybox:1.37 ls /",
        );
        has(
            run,
            ":1 \"$PWD/site:/html\" for \"$PWD/site:/html:ro\"",
            "docker run -v \"$PWD/site:/html\" busybox:1.37 ls /",
        );
        has(
            run,
            ":1 without the container's command",
            "docker run -v \"$PWD/site:/html:ro\" busybox:1.37 ",
        );
    }

    #[test]
    fn only_commands_about_one_thing_change_places() {
        let two = "docker stop web\ndocker rm web\n";
        has(two, ":1 after the next", "docker rm web\ndocker stop web\n");
        let apart = changed("docker stop web\ndocker rm desk\n");
        assert!(
            apart
                .iter()
                .all(|(what, _)| !what.ends_with("after the next"))
        );
    }
}
