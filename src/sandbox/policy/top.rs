//! The options of `docker top`: the engine runs the machine's own `ps` with them, as root, and finds a container's lines
//! by the word that stands below `PID`. What could put another word there would show other people's processes.

use super::Refusal;
use crate::text::tick;

/// What a word of single letters may say: which processes, how wide, in which of the usual formats. Formats of their own,
/// labels (`Z`, `M`) and environments (`e` without a dash) are not among them.
const UNIX: &str = "AaedefFjlLTwHyc";
const BSD: &str = "auxfjlwnrT";

/// Columns of one word each, and behind them those of more.
const COLUMNS: &str = "pid ppid pgid sid sess tgid lwp tid spid user euser ruser uid euid ruid group egroup gid egid \
    %cpu pcpu c %mem pmem rss rssize vsz vsize size sz stat s state time cputime cputimes times etime etimes tty tt \
    tname ni nice pri cls class psr nlwp thcount wchan stime start_time comm ucomm ucmd cmd args command start lstart";

/// The options as they may be sent.
///
/// # Errors
/// They choose columns that are not known here, or say something before `pid`.
pub(super) fn allowed(options: &str) -> Result<(), Refusal> {
    let refused = |help: &str| {
        Err(Refusal::not_allowed(
            format!("the `ps` options {}", tick(options)),
            help,
        ))
    };
    const HELP: &str =
        "`aux`, `-ef`, and `-o` with a list of columns that begins with `pid`, are there";
    let mut columns = Vec::new();
    let mut words = options.split_ascii_whitespace().enumerate().peekable();
    while let Some((number, word)) = words.next() {
        let (letters, known) = match word.strip_prefix('-') {
            Some("-forest" | "-headers") => continue,
            Some("-sort") => match words.next() {
                Some((_, keys))
                    if keys
                        .split(',')
                        .all(|key| is_column(key.trim_start_matches(['+', '-']))) =>
                {
                    continue;
                }
                _ => return refused("`--sort` takes names of columns"),
            },
            Some(letters) => (letters, UNIX),
            None if number == 0 => (word, BSD),
            None => return refused(HELP),
        };
        let (letters, list) = match letters.find('o') {
            Some(at) => (&letters[..at], Some(&letters[at + 1..])),
            None => (letters, None),
        };
        if !letters.chars().all(|letter| known.contains(letter)) {
            return refused(HELP);
        }
        match list {
            None => {}
            Some("") => match words.next() {
                Some((_, list)) => columns.extend(list.split(',')),
                None => return refused(HELP),
            },
            Some(list) => columns.extend(list.split(',')),
        }
    }
    if !columns.iter().all(|column| is_column(column)) {
        return refused(HELP);
    }
    // Without it the engine itself says what is missing.
    match columns.iter().position(|column| *column == "pid") {
        None | Some(0) => Ok(()),
        Some(_) => refused("let the list of columns begin with `pid`"),
    }
}

fn is_column(name: &str) -> bool {
    COLUMNS
        .split_ascii_whitespace()
        .any(|column| column == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_options_are_there() {
        for fine in [
            "",
            "aux",
            "-ef",
            "auxww",
            "faux",
            "-eo pid,comm",
            "-o pid,ppid,args",
            "-opid,cmd",
            "axo pid,args --sort -rss",
            "-eLf",
            "-o pid -o user,args",
            "-o pid,%cpu,%mem,etime,cmd --sort -%cpu",
            "-ef --forest",
            "-eo args",
        ] {
            assert!(allowed(fine).is_ok(), "{fine}");
        }
    }

    #[test]
    fn nothing_moves_the_column_by_which_lines_are_found() {
        for evil in [
            "axeo lstart,rss,ppid,pid,args",
            "axo args,pid --sort -rss",
            "-o user,pid",
            "auxe",
            "e",
            "-eo args -o pid",
            "axZ",
            "-efM",
            "-eO args",
            "-o pid,label",
            "-o pid:9,args",
            "-o pid=x",
            "--format args,pid",
            "-C pid",
            "-p 1",
            "aux o args,pid",
            "axo pid,args k -rss",
            "-o",
            "--sort",
            "-o pid,,args",
        ] {
            assert!(allowed(evil).is_err(), "{evil}");
        }
    }
}
