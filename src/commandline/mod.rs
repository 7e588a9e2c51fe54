//! What a docker command line means, whatever the order and form of its flags. Pure text: nothing here runs anything.

mod flags;
mod names;

use std::ops::Range;

use self::flags::Grammar;

/// A docker command, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// The command by its shortest name: `run`, `ps` (also for `container ls`), `network create`, `compose up`.
    pub command: String,
    /// Its flags by their long names, in the order they were given; a switch has no value.
    pub flags: Vec<(String, Option<String>)>,
    /// What is left: names, the image, a command for the container.
    pub arguments: Vec<String>,
}

impl Invocation {
    /// Understands the words of a command; `None` where they are not docker's, or hold no command.
    pub fn read(words: &[String]) -> Option<Self> {
        let Parted {
            command,
            before,
            rest,
        } = Parted::of(words)?;
        let (flags, arguments) = flags::read(rest, &Grammar::of(&command));
        Some(Self {
            command,
            flags: before.into_iter().chain(flags).collect(),
            arguments,
        })
    }

    /// The values of a flag, an empty text for a switch; nothing where it is not given.
    pub fn values(&self, flag: &str) -> Option<Vec<&str>> {
        let given: Vec<&str> = self
            .flags
            .iter()
            .filter(|(name, _)| name == flag)
            .map(|(_, value)| value.as_deref().unwrap_or_default())
            .collect();
        (!given.is_empty()).then_some(given)
    }
}

/// Which words of a command are its flags and its arguments, in the order [`Invocation::read`] gives them in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Its flags; a cluster of letters is one.
    pub flags: Vec<PlacedFlag>,
    /// Each argument's word.
    pub arguments: Vec<usize>,
}

/// A flag and its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlacedFlag {
    /// Its long name; of a cluster, the last's.
    pub name: String,
    /// Its words, its value among them where that is a word of its own.
    pub words: Range<usize>,
}

/// Where the flags behind a command's name stand, and its arguments; `None` as for [`Invocation::read`].
pub fn places(words: &[String]) -> Option<Places> {
    let parted = Parted::of(words)?;
    let start = words.len() - parted.rest.len();
    let (mut flags, arguments) = flags::places(parted.rest, &Grammar::of(&parted.command));
    for flag in &mut flags {
        flag.words = flag.words.start + start..flag.words.end + start;
    }
    Some(Places {
        flags,
        arguments: arguments.into_iter().map(|at| at + start).collect(),
    })
}

/// A command line, parted where the flags and arguments of its command begin.
struct Parted<'w> {
    command: String,
    /// Flags before the command that mean the same behind it.
    before: Vec<(String, Option<String>)>,
    rest: &'w [String],
}

impl<'w> Parted<'w> {
    fn of(words: &'w [String]) -> Option<Self> {
        let (program, rest) = words.split_first()?;
        let program = program.rsplit('/').next().unwrap_or(program);
        match program {
            "docker" | "podman" => Self::docker(rest),
            "docker-compose" => Self::compose(rest),
            "sudo" => Self::of(rest),
            _ => None,
        }
    }

    fn alone(command: &str) -> Self {
        Self::with(command.to_owned(), &[])
    }

    fn with(command: String, rest: &'w [String]) -> Self {
        Self {
            command,
            before: Vec::new(),
            rest,
        }
    }

    fn docker(words: &'w [String]) -> Option<Self> {
        let (flags, rest) = flags::leading(words, &flags::OF_DOCKER);
        if flags.iter().any(|(name, _)| name == "version") {
            return Some(Self::alone("--version"));
        }
        let (first, rest) = rest.split_first()?;
        if first == "compose" {
            return Self::compose(rest);
        }
        let (command, rest) = match (names::is_group(first), rest.split_first()) {
            (true, Some((second, rest))) => (names::short(first, second), rest),
            (true, None) => (first.clone(), rest),
            (false, _) => (names::alone(first), rest),
        };
        Some(Self::with(command, rest))
    }

    /// Flags of `compose` itself stand before its command, and mean the same behind it.
    fn compose(words: &'w [String]) -> Option<Self> {
        let (before, rest) = flags::leading(words, &flags::OF_COMPOSE);
        let Some((verb, rest)) = rest.split_first() else {
            let version = before.iter().any(|(name, _)| name == "version");
            return version.then(|| Self::alone("compose version"));
        };
        Some(Self {
            before,
            ..Self::with(format!("compose {verb}"), rest)
        })
    }
}

/// A word as a POSIX shell reads it.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Invocation {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Invocation::read(&words).unwrap()
    }

    #[track_caller]
    fn same(lines: &[&str]) {
        let mut meanings = lines.iter().map(|line| {
            let mut meaning = read(line);
            meaning.flags.sort();
            meaning
        });
        let first = meanings.next().unwrap();
        for meaning in meanings {
            assert_eq!(meaning, first);
        }
    }

    #[test]
    fn flags_mean_the_same_in_any_order_and_form() {
        same(&[
            "docker run -d --name web -p 8080:80 nginx",
            "docker run --publish=8080:80 --detach --name=web nginx",
            "docker container run -dp 8080:80 --name web nginx",
            "sudo docker run -p8080:80 -d=true --name web nginx",
        ]);
        let run = read("docker run --rm -it -e A=1 --env B=2 busybox:1.37 sh -c ls");
        assert_eq!(run.values("env"), Some(vec!["A=1", "B=2"]));
        assert_eq!(run.values("tty"), Some(vec![""]));
        assert_eq!(run.arguments, ["busybox:1.37", "sh", "-c", "ls"]);
        assert_eq!(run.values("detach"), None);
    }

    #[test]
    fn a_switch_that_is_turned_off_is_not_given() {
        assert_eq!(read("docker run --rm=false x").values("rm"), None);
    }

    #[test]
    fn a_letter_means_what_it_means_in_its_command() {
        assert_eq!(read("docker rm -f web").values("force"), Some(vec![""]));
        assert_eq!(read("docker logs -f web").values("follow"), Some(vec![""]));
        assert_eq!(
            read("docker build -f Dockerfile.dev -t app .").values("file"),
            Some(vec!["Dockerfile.dev"])
        );
        assert_eq!(read("docker stop -t 2 web").values("time"), Some(vec!["2"]));
        assert_eq!(read("docker build -t app .").arguments, ["."]);
    }

    #[test]
    fn commands_have_one_name_each() {
        for (line, command) in [
            ("docker ps -a", "ps"),
            ("docker container ls -a", "ps"),
            ("docker image ls", "images"),
            ("docker image rm x", "rmi"),
            ("docker container prune -f", "container prune"),
            ("docker network rm x", "network rm"),
            ("docker volume ls", "volume ls"),
            ("docker --version", "--version"),
            ("docker -v", "--version"),
            ("docker image inspect x", "image inspect"),
            ("docker compose -f c.yaml up -d", "compose up"),
            ("docker-compose up -d", "compose up"),
            ("docker --host unix:///x ps", "ps"),
            ("docker buildx build .", "build"),
            ("docker system prune -af", "system prune"),
        ] {
            assert_eq!(read(line).command, command, "{line}");
        }
        let compose = read("docker compose -f c.yaml up -d");
        assert_eq!(compose.values("file"), Some(vec!["c.yaml"]));
        assert_eq!(compose.values("detach"), Some(vec![""]));
    }

    #[test]
    fn flags_end_where_the_containers_own_command_begins() {
        let exec = read("docker exec -it web ls -l --all");
        assert_eq!(exec.arguments, ["web", "ls", "-l", "--all"]);
        let logs = read("docker logs web -f");
        assert_eq!(logs.values("follow"), Some(vec![""]));
        assert_eq!(read("docker rm -- -odd").arguments, ["-odd"]);
    }

    #[test]
    fn what_is_not_dockers_is_nothing() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(Invocation::read(&words("curl localhost")), None);
        assert_eq!(Invocation::read(&words("docker")), None);
        assert_eq!(Invocation::read(&[]), None);
    }

    #[test]
    fn flags_and_arguments_have_their_places() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let run = places(&words("docker run -it --name web -p8080:80 nginx sh -c x")).unwrap();
        let at = |places: &Places| -> Vec<(String, Range<usize>)> {
            let flags = places.flags.iter();
            flags
                .map(|flag| (flag.name.clone(), flag.words.clone()))
                .collect()
        };
        let named = |name: &str, at: Range<usize>| (name.to_owned(), at);
        let flags = [
            named("tty", 2..3),
            named("name", 3..5),
            named("publish", 5..6),
        ];
        assert_eq!(at(&run), flags);
        assert_eq!(run.arguments, [6, 7, 8, 9]);
        let logs = places(&words("docker container logs web -n 5")).unwrap();
        assert_eq!(at(&logs), [named("tail", 4..6)]);
        assert_eq!(logs.arguments, [3]);
        assert_eq!(places(&words("ls -l")), None);
    }

    #[test]
    fn words_are_quoted_only_where_a_shell_needs_it() {
        assert_eq!(word("a/b-c.txt"), "a/b-c.txt");
        assert_eq!(word("a b"), "'a b'");
        assert_eq!(word("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(word(""), "''");
    }
}
