use super::super::parse;
use super::*;

#[track_caller]
fn check(code: &str, text: &str, lines: &[u32]) {
    let found = findings(&parse(text).unwrap(), &[code]);
    let found: Vec<u32> = found.into_iter().map(|finding| finding.line).collect();
    assert_eq!(found, lines, "{code} {text:?}");
}

/// The code, a file, and the lines on which the rule is broken.
const CASES: &[(&str, &str, &[u32])] = &[
    ("DL3000", "FROM a\nWORKDIR app", &[2]),
    (
        "DL3000",
        "FROM a\nWORKDIR /app\nWORKDIR $X\nWORKDIR \"/a b\"\nWORKDIR C:\\\\x",
        &[],
    ),
    ("DL3002", "FROM a\nUSER app\nUSER root", &[3]),
    ("DL3002", "FROM a\nUSER 0:0", &[2]),
    ("DL3002", "FROM a\nUSER root\nRUN x\nUSER app", &[]),
    ("DL3002", "FROM a AS b\nUSER root\nFROM b", &[2]),
    ("DL3002", "FROM a AS b\nUSER root\nFROM a\nUSER rooted", &[]),
    ("DL3006", "FROM a\nFROM b:1\nFROM localhost:5000/c", &[1, 3]),
    (
        "DL3006",
        "ARG V=1\nFROM a:$V AS b\nFROM b\nFROM scratch\nFROM $X",
        &[],
    ),
    ("DL3007", "FROM a:latest\nFROM b:1\nFROM c", &[1]),
    ("DL3011", "FROM a\nEXPOSE 80 65536", &[2]),
    (
        "DL3011",
        "FROM a\nEXPOSE 80/tcp 53/udp 7000-7005 $PORT",
        &[],
    ),
    (
        "DL3012",
        "FROM a\nHEALTHCHECK CMD x\nHEALTHCHECK NONE\nFROM b\nHEALTHCHECK NONE",
        &[3],
    ),
    ("DL3020", "FROM a\nADD . /app\nADD a.tar.gz x /y", &[2, 3]),
    (
        "DL3020",
        "FROM a\nADD a.tar.gz /\nADD https://x/y /\nADD b.TGZ $X /",
        &[],
    ),
    ("DL3021", "FROM a\nCOPY a b c", &[2]),
    (
        "DL3021",
        "FROM a\nCOPY a b\nCOPY a b c/\nCOPY [\"a b\", \"c\"]",
        &[],
    ),
    (
        "DL3022",
        "FROM a AS b\nFROM c\nCOPY --from=B x y\nCOPY --from=0 x y\nCOPY --from=n:1 x y\nCOPY --from=d x y",
        &[6],
    ),
    ("DL3023", "FROM a AS b\nCOPY --from=b x y", &[2]),
    ("DL3023", "FROM a AS b\nFROM a\nCOPY --from=b x y", &[]),
    ("DL3024", "FROM a AS b\nFROM a AS B", &[2]),
    (
        "DL3025",
        "FROM a\nENTRYPOINT x\nCMD [\"y\"]\nCMD ['z']",
        &[2, 4],
    ),
    ("DL3025", "FROM a\nCMD []\nHEALTHCHECK CMD x\nRUN x", &[]),
    (
        "DL3043",
        "FROM a\nONBUILD MAINTAINER x\nONBUILD RUN x",
        &[2],
    ),
    ("DL3044", "FROM a\nENV A=1 B=$A", &[2]),
    (
        "DL3044",
        "FROM a\nENV A=1\nENV A=2 B=$A\nENV C=$C:x\nENV D=1 E=$DD",
        &[],
    ),
    ("DL3045", "FROM a\nCOPY x y", &[2]),
    (
        "DL3045",
        "FROM a AS b\nWORKDIR /w\nFROM b\nCOPY x y\nFROM c\nCOPY x /y",
        &[],
    ),
    ("DL4000", "FROM a\nMAINTAINER me", &[2]),
    ("DL4003", "FROM a\nCMD x\nCMD y\nFROM b\nCMD z", &[3]),
    ("DL4004", "FROM a\nENTRYPOINT x\nENTRYPOINT y", &[3]),
    ("DL4006", "FROM a\nRUN x | y", &[2]),
    (
        "DL4006",
        "FROM a\nRUN x || y\nRUN echo 'a|b' \"c|d\" e\\|f # g | h\nRUN [\"x\", \"|\"]",
        &[],
    ),
    (
        "DL4006",
        "FROM a\nRUN set -eo pipefail && x | y\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN x | y",
        &[],
    ),
    (
        "DL4006",
        "FROM a AS b\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\nFROM b\nRUN x | y\nSHELL [\"/bin/sh\", \"-c\"]\nRUN x | y",
        &[6],
    ),
];

#[test]
fn each_rule_finds_its_mistake_and_nothing_else() {
    for (code, text, lines) in CASES {
        check(code, text, lines);
    }
}

#[test]
fn every_rule_has_a_case_that_breaks_it() {
    for rule in all() {
        assert!(
            CASES
                .iter()
                .any(|(code, _, lines)| *code == rule.code && !lines.is_empty()),
            "{}",
            rule.code
        );
    }
}

#[test]
fn codes_are_unique_in_order_and_found_in_any_case() {
    assert!(RULES.windows(2).all(|pair| pair[0].code < pair[1].code));
    assert_eq!(rule("dl3020").map(|rule| rule.code), Some("DL3020"));
    assert!(rule("DL9999").is_none());
}

#[test]
fn pragmas_are_not_heeded() {
    check(
        "DL3020",
        "FROM a\n# hadolint ignore=DL3020\nADD . /app",
        &[3],
    );
}

#[test]
fn findings_come_in_the_order_of_the_lines() {
    let file = parse("FROM a\nCMD x\nWORKDIR b").unwrap();
    let found = findings(&file, &["DL3000", "DL3025", "DL3006"]);
    let found: Vec<_> = found
        .iter()
        .map(|f| (f.line, f.code, f.message.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (1, "DL3006", "`a` names no version"),
            (2, "DL3025", "`CMD` is handed to a shell"),
            (3, "DL3000", "`b` is relative"),
        ]
    );
}
