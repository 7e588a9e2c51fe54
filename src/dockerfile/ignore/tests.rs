use super::*;

fn ignored(rules: &str, path: &str) -> bool {
    Ignore::parse(rules).unwrap().ignores(path)
}

#[test]
fn the_examples_of_dockers_reference_hold() {
    for (rules, path, expected) in [
        ("# comment\n*/temp*", "a/temporary.txt", true),
        ("*/temp*", "a/temp", true),
        ("*/temp*", "temp", false),
        ("*/*/temp*", "a/b/temporary.txt", true),
        ("*/*/temp*", "a/temporary.txt", false),
        ("temp?", "tempa", true),
        ("temp?", "temp", false),
        ("temp?", "tempab", false),
        ("**/*.go", "a.go", true),
        ("**/*.go", "a/b/c.go", true),
        ("*.md\n!README.md", "README.md", false),
        ("*.md\n!README.md", "OTHER.md", true),
        (
            "*.md\n!README*.md\nREADME-secret.md",
            "README-secret.md",
            true,
        ),
        ("*.md\n!README*.md\nREADME-secret.md", "README-a.md", false),
        (
            "*.md\nREADME-secret.md\n!README*.md",
            "README-secret.md",
            false,
        ),
        ("foo/bar", "foo/bar", true),
        ("/foo/bar", "foo/bar", true),
        ("foo/bar/", "foo/bar", true),
    ] {
        assert_eq!(ignored(rules, path), expected, "{rules:?} {path}");
    }
}

#[test]
fn stars_question_marks_brackets_and_escapes_mean_what_docker_means() {
    for (pattern, path, expected) in [
        ("**", "a/b", true),
        ("**/", "a", true),
        ("**/**", "a/b", true),
        ("logs/**", "logs/today/1.log", true),
        ("logs/**", "logs", false),
        ("logs/**", "logs2/1.log", false),
        ("**/target", "target", true),
        ("**/target", "crates/x/target/debug", true),
        ("**/target", "mytarget", false),
        ("**.log", "a/b.log", true),
        ("**/cache/*", "x/cache/y", true),
        ("**/cache/*", "x/cache", false),
        ("**/**/*.pyc", "a/b/c.pyc", true),
        ("**/**/*.pyc", "c.pyc", true),
        ("src**/*.o", "src/a/b.o", true),
        ("src/*.o", "src/a/b.o", false),
        ("v[0-9]", "v7", true),
        ("v[0-9]", "v", false),
        ("v[^0-9]", "vx", true),
        ("v[1]", "v1", true),
        (".*", ".env", true),
        (".*", "a.env", false),
        ("a.b", "axb", false),
        ("a?b", "a/b", false),
        ("a\\*b", "a*b", true),
        ("a\\*b", "axb", false),
        ("x(1)+{y}|$/z", "x(1)+{y}|$/z", true),
        ("dist/*.whl", "dist/p-1.0+g1.whl", true),
        ("[a&&b~~]", "&", true),
        ("build", "build/a/b", true),
        ("build", "builds", false),
        ("./a/../b//c", "b/c", true),
        ("  x  ", "x", true),
    ] {
        assert_eq!(ignored(pattern, path), expected, "{pattern:?} {path}");
    }
}

#[test]
fn order_and_folders_decide_as_in_dockers_walk() {
    assert!(!ignored("dir\n!dir/keep", "dir/keep"));
    assert!(!ignored("dir\n!dir/keep", "dir/keep/deep"));
    assert!(ignored("dir\n!dir/keep\ndir/keep/no", "dir/keep/no"));
    assert!(ignored("!a\na", "a"));
    assert!(!ignored("*\n!src\n", "src/a.c"));
    assert!(ignored("*\n!src\nsrc/*.o", "src/a.o"));
    // A folder that was never left out is not brought back either.
    assert!(ignored("dir/sub\n!dir", "dir/sub"));
}

#[test]
fn comments_blanks_and_windows_line_ends_are_no_patterns() {
    let rules = "\u{feff}# a\r\n\r\n  \r\nb\r\n #c\r\n";
    assert!(ignored(rules, "b"));
    assert!(!ignored(rules, "# a"));
    assert!(ignored(rules, "#c"));
    assert!(!ignored("", "x"));
    assert!(!ignored(".", "x"));
}

#[test]
fn what_docker_refuses_is_a_fault_with_its_line() {
    for text in [
        "a\n!\n",
        "a\n[\n",
        "a\n[]a]\n",
        "a\n[a-]\n",
        "a\nx\\\n",
        "a\n[^\n",
    ] {
        assert_eq!(Ignore::parse(text).unwrap_err().line, 2, "{text:?}");
    }
    assert_eq!(
        Ignore::parse("!").unwrap_err().message,
        "`!` has no pattern after it"
    );
}

#[test]
fn a_walker_skips_only_folders_that_hold_nothing() {
    let may =
        |rules: &str, folder: &str| Ignore::parse(rules).unwrap().may_contain_included(folder);
    assert!(!may("node_modules", "node_modules"));
    assert!(!may("*\n!src", "docs"));
    assert!(may("*\n!src/deep/x", "src"));
    assert!(may("*\n!src/deep/x", "src/deep"));
    assert!(!may("*\n!src/deep/x", "src/other"));
    assert!(may("*\n!**/*.go", "src"));
    assert!(may("*\n!src/**", "src"));
    assert!(may("", "src"));
}

#[test]
fn the_builders_own_files_are_always_sent() {
    assert!(Ignore::always_sent("Dockerfile", "Dockerfile"));
    assert!(Ignore::always_sent(".dockerignore", "x/Dockerfile"));
    assert!(!Ignore::always_sent("Dockerfile", "x/Dockerfile"));
}
