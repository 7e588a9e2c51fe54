//! Flags as docker's own parser reads them: which are switches, what their letters mean, where they end.

use super::PlacedFlag;

/// How the flags of one command are written.
pub(super) struct Grammar {
    /// Long names of flags without a value; every other flag takes one.
    switches: &'static [&'static str],
    letters: &'static [(char, &'static str)],
    /// Whether flags may stand behind the first argument; where that argument begins a command of its own they may not.
    interspersed: bool,
}

/// The flags of `docker` itself.
pub(super) const OF_DOCKER: Grammar = Grammar {
    switches: &["debug", "tls", "tlsverify", "version", "help"],
    letters: &[
        ('D', "debug"),
        ('H', "host"),
        ('c', "context"),
        ('l', "log-level"),
        ('v', "version"),
        ('h', "help"),
    ],
    interspersed: false,
};

/// The flags of `docker compose` itself.
pub(super) const OF_COMPOSE: Grammar = Grammar {
    switches: &[
        "all-resources",
        "compatibility",
        "dry-run",
        "verbose",
        "no-ansi",
        "version",
        "help",
    ],
    letters: &[
        ('f', "file"),
        ('p', "project-name"),
        ('v', "version"),
        ('h', "help"),
    ],
    interspersed: false,
};

const RUN: Grammar = Grammar {
    switches: &[
        "detach",
        "disable-content-trust",
        "help",
        "init",
        "interactive",
        "no-healthcheck",
        "oom-kill-disable",
        "privileged",
        "publish-all",
        "quiet",
        "read-only",
        "rm",
        "sig-proxy",
        "tty",
        "use-api-socket",
    ],
    letters: &[
        ('a', "attach"),
        ('c', "cpu-shares"),
        ('d', "detach"),
        ('e', "env"),
        ('h', "hostname"),
        ('i', "interactive"),
        ('l', "label"),
        ('m', "memory"),
        ('p', "publish"),
        ('P', "publish-all"),
        ('q', "quiet"),
        ('t', "tty"),
        ('u', "user"),
        ('v', "volume"),
        ('w', "workdir"),
    ],
    interspersed: false,
};

const BUILD: Grammar = Grammar {
    switches: &[
        "check",
        "compress",
        "debug",
        "disable-content-trust",
        "force-rm",
        "help",
        "load",
        "no-cache",
        "pull",
        "push",
        "quiet",
        "rm",
        "squash",
    ],
    letters: &[
        ('c', "cpu-shares"),
        ('D', "debug"),
        ('f', "file"),
        ('m', "memory"),
        ('o', "output"),
        ('q', "quiet"),
        ('t', "tag"),
    ],
    interspersed: true,
};

const EXEC: Grammar = Grammar {
    switches: &["detach", "help", "interactive", "privileged", "tty"],
    letters: &[
        ('d', "detach"),
        ('e', "env"),
        ('i', "interactive"),
        ('t', "tty"),
        ('u', "user"),
        ('w', "workdir"),
    ],
    interspersed: false,
};

const LIST: Grammar = Grammar {
    switches: &[
        "all", "digests", "help", "latest", "no-trunc", "quiet", "size", "tree",
    ],
    letters: &[
        ('a', "all"),
        ('f', "filter"),
        ('l', "latest"),
        ('n', "last"),
        ('q', "quiet"),
        ('s', "size"),
    ],
    interspersed: true,
};

const LOGS: Grammar = Grammar {
    switches: &["details", "follow", "help", "timestamps"],
    letters: &[('f', "follow"), ('n', "tail"), ('t', "timestamps")],
    interspersed: true,
};

const REMOVE: Grammar = Grammar {
    switches: &["all", "force", "help", "link", "no-prune", "volumes"],
    letters: &[
        ('a', "all"),
        ('f', "force"),
        ('l', "link"),
        ('v', "volumes"),
    ],
    interspersed: true,
};

const STOP: Grammar = Grammar {
    switches: &["help"],
    letters: &[('t', "time"), ('s', "signal")],
    interspersed: true,
};

const INSPECT: Grammar = Grammar {
    switches: &["help", "size", "verbose"],
    letters: &[('f', "format"), ('s', "size"), ('v', "verbose")],
    interspersed: true,
};

const UP: Grammar = Grammar {
    switches: &[
        "abort-on-container-exit",
        "abort-on-container-failure",
        "always-recreate-deps",
        "attach-dependencies",
        "build",
        "detach",
        "force-recreate",
        "help",
        "menu",
        "no-attach",
        "no-build",
        "no-color",
        "no-deps",
        "no-log-prefix",
        "no-recreate",
        "no-start",
        "quiet-build",
        "quiet-pull",
        "remove-orphans",
        "renew-anon-volumes",
        "timestamps",
        "wait",
        "watch",
        "yes",
    ],
    letters: &[
        ('d', "detach"),
        ('t', "timeout"),
        ('V', "renew-anon-volumes"),
        ('w', "watch"),
        ('y', "yes"),
    ],
    interspersed: true,
};

const DOWN: Grammar = Grammar {
    switches: &["help", "remove-orphans", "volumes"],
    letters: &[('t', "timeout"), ('v', "volumes")],
    interspersed: true,
};

const COMPOSE_EXEC: Grammar = Grammar {
    switches: &[
        "build",
        "detach",
        "help",
        "interactive",
        "no-TTY",
        "no-deps",
        "privileged",
        "quiet-pull",
        "remove-orphans",
        "rm",
        "service-ports",
        "tty",
        "use-aliases",
    ],
    letters: &[
        ('d', "detach"),
        ('e', "env"),
        ('i', "interactive"),
        ('p', "publish"),
        ('P', "service-ports"),
        ('T', "no-TTY"),
        ('t', "tty"),
        ('u', "user"),
        ('v', "volume"),
        ('w', "workdir"),
    ],
    interspersed: false,
};

const COMPOSE: Grammar = Grammar {
    switches: &[
        "all",
        "build",
        "dry-run",
        "environment",
        "follow",
        "force",
        "help",
        "images",
        "no-cache",
        "no-color",
        "no-deps",
        "no-interpolate",
        "no-log-prefix",
        "no-recreate",
        "no-trunc",
        "pull",
        "push",
        "quiet",
        "remove-orphans",
        "services",
        "stop",
        "timestamps",
        "volumes",
        "with-dependencies",
    ],
    letters: &[
        ('a', "all"),
        ('f', "follow"),
        ('n', "tail"),
        ('q', "quiet"),
        ('s', "signal"),
        ('t', "timeout"),
        ('v', "volumes"),
    ],
    interspersed: true,
};

const OTHER: Grammar = Grammar {
    switches: &[
        "all",
        "all-tags",
        "archive",
        "attach",
        "attachable",
        "config-only",
        "disable-content-trust",
        "dry-run",
        "follow-link",
        "force",
        "help",
        "human",
        "ingress",
        "interactive",
        "internal",
        "ipv6",
        "no-stdin",
        "no-stream",
        "no-trunc",
        "password-stdin",
        "pause",
        "quiet",
        "sig-proxy",
        "verbose",
        "volumes",
    ],
    letters: &[
        ('a', "all"),
        ('c', "change"),
        ('d', "driver"),
        ('f', "filter"),
        ('H', "human"),
        ('i', "input"),
        ('L', "follow-link"),
        ('m', "message"),
        ('o', "opt"),
        ('p', "password"),
        ('q', "quiet"),
        ('s', "signal"),
        ('u', "username"),
        ('v', "verbose"),
    ],
    interspersed: true,
};

/// `-f` is force where things are pruned.
const PRUNE: Grammar = Grammar {
    letters: &[('a', "all"), ('f', "force")],
    ..OTHER
};

const COMMIT: Grammar = Grammar {
    letters: &[
        ('a', "author"),
        ('c', "change"),
        ('m', "message"),
        ('p', "pause"),
    ],
    ..OTHER
};

const START: Grammar = Grammar {
    letters: &[('a', "attach"), ('i', "interactive")],
    ..OTHER
};

const SAVE: Grammar = Grammar {
    letters: &[('o', "output"), ('i', "input"), ('q', "quiet")],
    ..OTHER
};

impl Grammar {
    /// The grammar of a command by its shortest name.
    pub(super) fn of(command: &str) -> Self {
        match command {
            "run" | "create" => RUN,
            "build" => BUILD,
            "exec" => EXEC,
            "ps" | "images" | "network ls" | "volume ls" => LIST,
            "logs" => LOGS,
            "rm" | "rmi" | "network rm" | "volume rm" => REMOVE,
            "stop" | "restart" | "kill" => STOP,
            "inspect" | "image inspect" | "network inspect" | "volume inspect" => INSPECT,
            "start" => START,
            "commit" | "import" => COMMIT,
            "save" | "load" | "export" => SAVE,
            "compose up" => UP,
            "compose down" => DOWN,
            "compose exec" | "compose run" => COMPOSE_EXEC,
            prune if prune.ends_with(" prune") => PRUNE,
            compose if compose.starts_with("compose ") => COMPOSE,
            _ => OTHER,
        }
    }

    fn is_switch(&self, name: &str) -> bool {
        self.switches.contains(&name)
    }

    fn letter(&self, letter: char) -> String {
        let known = self.letters.iter().find(|(known, _)| *known == letter);
        known.map_or_else(|| letter.to_string(), |(_, name)| (*name).to_owned())
    }
}

type Flags = Vec<(String, Option<String>)>;

/// The flags that stand before the first other word, and the words from there on.
pub(super) fn leading<'w>(words: &'w [String], grammar: &Grammar) -> (Flags, &'w [String]) {
    let mut flags = Vec::new();
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        if !is_flag(word) {
            break;
        }
        let taken = take(word, after, grammar, &mut flags);
        rest = &after[taken..];
    }
    (flags, rest)
}

/// All flags, and what is left.
pub(super) fn read(words: &[String], grammar: &Grammar) -> (Flags, Vec<String>) {
    let mut flags = Vec::new();
    let (_, arguments) = walk(words, grammar, &mut flags);
    let arguments = arguments.into_iter().map(|at| words[at].clone()).collect();
    (flags, arguments)
}

/// The words of all flags, and those that are left.
pub(super) fn places(words: &[String], grammar: &Grammar) -> (Vec<PlacedFlag>, Vec<usize>) {
    walk(words, grammar, &mut Vec::new())
}

fn walk(words: &[String], grammar: &Grammar, flags: &mut Flags) -> (Vec<PlacedFlag>, Vec<usize>) {
    let (mut places, mut arguments) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let next = at + 1;
        if word == "--" {
            arguments.extend(next..words.len());
            break;
        }
        if is_flag(word) {
            let end = next + take(word, &words[next..], grammar, flags);
            let name = flags.last().map(|(name, _)| name.clone());
            places.push(PlacedFlag {
                name: name.unwrap_or_default(),
                words: at..end,
            });
            at = end;
        } else if grammar.interspersed {
            arguments.push(at);
            at = next;
        } else {
            arguments.extend(at..words.len());
            break;
        }
    }
    (places, arguments)
}

fn is_flag(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-') && word != "--"
}

/// Reads one word of flags; says how many of the words after it were its value.
fn take(word: &str, after: &[String], grammar: &Grammar, flags: &mut Flags) -> usize {
    let Some(long) = word.strip_prefix("--") else {
        return letters(&word[1..], after, grammar, flags);
    };
    match long.split_once('=') {
        Some((name, value)) => {
            put(name.to_owned(), value, grammar, flags);
            0
        }
        None if grammar.is_switch(long) => {
            flags.push((long.to_owned(), None));
            0
        }
        None => {
            flags.push((long.to_owned(), after.first().cloned()));
            after.len().min(1)
        }
    }
}

/// A cluster: `-it`, `-p8080:80`, `-dp 8080:80`, `-t=true`.
fn letters(cluster: &str, after: &[String], grammar: &Grammar, flags: &mut Flags) -> usize {
    for (at, letter) in cluster.char_indices() {
        let name = grammar.letter(letter);
        let rest = &cluster[at + letter.len_utf8()..];
        if let Some(value) = rest.strip_prefix('=') {
            put(name, value, grammar, flags);
            return 0;
        }
        if grammar.is_switch(&name) {
            flags.push((name, None));
            continue;
        }
        if rest.is_empty() {
            flags.push((name, after.first().cloned()));
            return after.len().min(1);
        }
        flags.push((name, Some(rest.to_owned())));
        return 0;
    }
    0
}

fn put(name: String, value: &str, grammar: &Grammar, flags: &mut Flags) {
    match (grammar.is_switch(&name), value) {
        (true, "true" | "1" | "t") => flags.push((name, None)),
        (true, "false" | "0" | "f") => {}
        _ => flags.push((name, Some(value.to_owned()))),
    }
}
