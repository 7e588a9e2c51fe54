//! Rules that matter, held by tests: floors, seams, and files that belong together.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room and its floor; a room imports rooms on lower floors only.
const FLOORS: [(&str, u8); 20] = [
    ("cli", 6),
    ("author", 5),
    ("learn", 5),
    ("doctor", 4),
    ("grade", 4),
    ("report", 4),
    ("checks", 3),
    ("images", 3),
    ("progress", 3),
    ("sandbox", 3),
    ("engine", 2),
    ("course", 2),
    ("render", 2),
    ("workspace", 2),
    ("outcome", 1),
    ("commandline", 1),
    ("dockerfile", 1),
    ("failure", 0),
    ("text", 0),
    ("lib", 7),
];

fn floor(room: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, floor)| *floor)
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn room(path: &Path) -> String {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = path
        .strip_prefix(source)
        .unwrap()
        .components()
        .next()
        .unwrap();
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

/// The source without comments and test modules.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let tests = text
        .find("#[cfg(test)]")
        .into_iter()
        .chain(text.find("#[cfg(all(test"))
        .min();
    let text = &text[..tests.unwrap_or(text.len())];
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_test(path: &Path) -> bool {
    let text = path.to_string_lossy();
    ["/tests/", "tests.rs", "testing.rs", "example.rs"]
        .iter()
        .any(|part| text.contains(part))
}

fn sources() -> Vec<PathBuf> {
    files("src", ".rs")
        .into_iter()
        .filter(|path| !is_test(path))
        .collect()
}

#[test]
fn every_room_has_a_floor_and_imports_point_down() {
    let import = regex::Regex::new(r"crate::\{?([a-z_]+)").unwrap();
    let mut wrong = Vec::new();
    for path in sources() {
        let room = room(&path);
        if room == "main" {
            continue;
        }
        let own = floor(&room).unwrap_or_else(|| panic!("the room `{room}` has no floor"));
        for found in import.captures_iter(&code(&path)) {
            let other = &found[1];
            // `failure` and `text` share the ground floor: messages need both.
            let ground = own == 0 && floor(other) == Some(0);
            if other != room && !ground && floor(other).is_some_and(|floor| floor >= own) {
                wrong.push(format!("{}: {room} imports {other}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn only_the_engine_room_names_bollard() {
    let named = |path: &PathBuf| code(path).contains("bollard");
    let rooms: BTreeSet<String> = sources()
        .iter()
        .filter(|path| named(path))
        .map(|path| room(path))
        .collect();
    assert_eq!(rooms, BTreeSet::from(["engine".to_owned()]));
}

#[test]
fn only_the_command_line_and_the_terminal_of_the_seat_use_a_terminal() {
    let words = [
        "println!",
        "print!(",
        "io::stdout",
        "io::stdin",
        "inquire::",
        "indicatif::",
        "rustix::termios",
        "terminal_size::",
        "ratatui::backend",
        "ratatui::Terminal",
        "pty_process::",
    ];
    let uses = |path: &&PathBuf| words.iter().any(|word| code(path).contains(word));
    let allowed =
        |path: &PathBuf| room(path) == "cli" || path.to_string_lossy().contains("/learn/terminal/");
    let wrong: Vec<PathBuf> = sources()
        .iter()
        .filter(uses)
        .filter(|path| !allowed(path))
        .cloned()
        .collect();
    assert_eq!(wrong, Vec::<PathBuf>::new());
}

#[test]
fn what_is_decided_and_shown_at_the_seat_is_pure() {
    let words = [
        "std::fs",
        "std::process",
        "tokio::",
        "crate::engine",
        "Instant::now",
    ];
    let pure = |path: &&PathBuf| {
        let path = path.to_string_lossy().into_owned();
        [
            "/learn/seat/",
            "/learn/lab/",
            "/learn/view.rs",
            "/learn/page.rs",
            "/learn/steps.rs",
            "/learn/hints.rs",
            "/learn/handin.rs",
            "/learn/answers.rs",
        ]
        .iter()
        .any(|part| path.contains(part))
    };
    let sources = sources();
    assert!(sources.iter().filter(pure).count() >= 9);
    for path in sources.iter().filter(pure) {
        for word in words {
            assert!(!code(path).contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn what_is_pure_does_no_input_or_output() {
    let words = ["std::fs", "std::net", "std::process", "tokio::"];
    for path in sources().iter().filter(|path| {
        let of_book = path.to_string_lossy().contains("/author/book/");
        of_book || ["report", "render", "dockerfile"].contains(&room(path).as_str())
    }) {
        for word in words {
            assert!(!code(path).contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn a_sandboxs_policy_does_no_input_or_output() {
    let words = [
        "std::fs",
        "std::env",
        "std::process",
        "std::time::SystemTime",
        "Socket",
        "Stream",
        "Listener",
        "tokio::",
        "hyper",
        "crate::engine",
    ];
    for path in sources()
        .iter()
        .filter(|path| path.to_string_lossy().contains("/sandbox/policy/"))
    {
        for word in words {
            assert!(!code(path).contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn one_file_of_the_sandbox_speaks_to_the_engine_and_one_folder_speaks_http() {
    let in_sandbox = |path: &&PathBuf| room(path) == "sandbox";
    let all = sources();
    for path in all.iter().filter(in_sandbox) {
        let (code, shown) = (code(path), path.to_string_lossy());
        let speaks_http = code.contains("hyper");
        assert!(
            !speaks_http || shown.contains("/sandbox/server/"),
            "{shown}"
        );
        for word in ["open_stream", "http1::handshake"] {
            let is_upstream = shown.ends_with("/sandbox/server/upstream.rs");
            assert!(!code.contains(word) || is_upstream, "{shown} uses {word}");
        }
    }
}

#[test]
fn nothing_unwraps_outside_tests() {
    for path in sources() {
        assert!(
            !code(&path).contains(".unwrap()"),
            "{} unwraps",
            path.display()
        );
    }
}

/// Lessons that are called by a word of docker's own, which code has other reasons to say.
const WORDS_OF_DOCKER: [&str; 6] = ["compose", "env", "mounts", "ports", "registry", "volumes"];

#[test]
fn lessons_and_checks_belong_together_and_no_code_names_one() {
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    let checks: BTreeSet<String> = files("checks", ".yaml").iter().map(stem).collect();
    let lessons: BTreeSet<String> = files("lessons", "lesson.md")
        .iter()
        .map(|path| {
            path.parent()
                .unwrap()
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(checks, lessons);
    let telling = |lesson: &&String| !WORDS_OF_DOCKER.contains(&lesson.as_str());
    for path in sources() {
        for lesson in lessons.iter().filter(telling) {
            let named = code(&path).contains(&format!("\"{lesson}\""));
            assert!(!named, "{} names the lesson {lesson}", path.display());
        }
    }
}

#[test]
fn the_changelog_knows_the_current_version() {
    let changelog =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/CHANGELOG.md")).unwrap();
    assert!(changelog.contains(concat!("## [", env!("CARGO_PKG_VERSION"), "]")));
}

#[test]
fn no_link_of_the_book_or_the_readme_is_broken() {
    let link = regex::Regex::new(r"\]\(([^)#]+)").unwrap();
    let mut pages = files("book/src", ".md");
    pages.extend(
        ["README.md", "CONTRIBUTING.md"]
            .map(|page| Path::new(env!("CARGO_MANIFEST_DIR")).join(page)),
    );
    for page in pages {
        for found in link.captures_iter(&fs::read_to_string(&page).unwrap()) {
            let target = page.parent().unwrap().join(&found[1]);
            assert!(
                found[1].contains("://") || target.exists(),
                "{}: {}",
                page.display(),
                &found[1]
            );
        }
    }
}
