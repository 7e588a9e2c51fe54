//! Keeps quoted text from being obeyed by the CI system whose log it ends up in.

use std::borrow::Cow;

/// What CI systems obey wherever it stands in a line: GitHub's older commands, Azure's, TeamCity's.
const ANYWHERE: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// Breaks up CI commands in finished lines, visibly. An indent alone does not: GitHub's runner trims a line before
/// it looks for `::` (`ActionCommand.TryParseV2`), and finds `##[` anywhere (`ActionCommand.TryParse`).
pub(super) fn disarmed(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let start = line.trim_start();
        if let Some(rest) = start.strip_prefix("::") {
            out.push_str(&line[..line.len() - start.len()]);
            out.push_str("\\x3a:");
            out.push_str(&unmarked(rest));
        } else {
            out.push_str(&unmarked(line));
        }
    }
    Cow::Owned(out)
}

fn unmarked(line: &str) -> Cow<'_, str> {
    let mut line = Cow::Borrowed(line);
    for mark in ANYWHERE {
        if line.contains(mark) {
            line = Cow::Owned(line.replace(mark, &format!("\\x23{}", &mark[1..])));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_not_obeyed_wherever_a_runner_looks_for_it() {
        assert_eq!(disarmed("    ::error::x\n"), "    \\x3a:error::x\n");
        assert_eq!(disarmed("a ##[error]x ##[x]"), "a \\x23#[error]x \\x23#[x]");
        assert_eq!(disarmed("##vso[task.x]"), "\\x23#vso[task.x]");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        assert!(matches!(disarmed("1 of 2"), Cow::Borrowed(_)));
        assert_eq!(
            disarmed("listening on [::]:80\n## x"),
            "listening on [::]:80\n## x"
        );
    }
}
