use super::super::{parse, parse_with};
use super::*;

fn allowed(image: &str) -> bool {
    image.starts_with("docker.io/library/ok:") && !image.contains('@')
}

fn refused(text: &str) -> Vec<(u32, String)> {
    let found = refusals(&parse(text).unwrap(), &allowed);
    found
        .into_iter()
        .map(|refusal| (refusal.line, refusal.what))
        .collect()
}

#[track_caller]
fn assert_refused(text: &str, line: u32, what: &str) {
    assert_eq!(refused(text), [(line, what.to_string())], "{text}");
}

#[test]
fn an_honest_file_is_let_through() {
    for text in [
        "# syntax=docker/dockerfile:1\nFROM ok\n",
        "ARG V=1\nFROM docker.io/library/ok:$V AS build\nFROM scratch\nCOPY --from=build /x /\nCOPY --from=0 / /",
        "FROM ok AS a\nFROM ok\nRUN --mount=type=cache,target=/c --mount=from=A,target=/a --network=none x",
        "FROM ok\nCOPY http:/x https.txt a@b /to/\nADD a.tar.gz github.com/x ./git@x/a:b /",
        "FROM ok\nARG V=1\nENV W=$V\nADD x-$W.tar /\nRUN curl http://x",
        "FROM ok\nRUN cat <<EOF\nADD http://x /\nFROM evil\nEOF\n",
        "FROM ok\nONBUILD RUN x\nCOPY --from=ok:2 / /\n",
        "FROM --platform=linux/arm64 ok\nRUN --security=sandbox x",
        "FROM ok\nRUN --mount=type=tmpfs,from=scratch,target=/caf\u{e9} echo \u{e0}",
    ] {
        assert_eq!(refused(text), [], "{text}");
    }
}

#[test]
fn a_foreign_image_is_refused_wherever_it_stands() {
    assert_refused("FROM friend/solution", 1, "`FROM` uses `friend/solution`");
    assert_refused(
        "FROM evil.io/library/ok",
        1,
        "`FROM` uses `evil.io/library/ok`",
    );
    assert_refused(
        "FROM ok\nCOPY --from=evil / /",
        2,
        "`COPY --from` uses `evil`",
    );
    assert_refused("FROM ok\nCOPY --from=3 / /", 2, "`COPY --from` uses `3`");
    assert_refused(
        "FROM ok\nRUN --mount=from=evil,target=/x y",
        2,
        "`RUN --mount from` uses `evil`",
    );
    assert_refused(
        "FROM ok AS a\nFROM ok\nRUN --mount=from=0,target=/x y",
        3,
        "`RUN --mount from` uses `0`",
    );
    assert_refused(
        "FROM ok\nONBUILD COPY --from=evil / /",
        2,
        "`COPY --from` uses `evil`",
    );
    assert_refused("FROM ok\nONBUILD FROM evil", 2, "`FROM` uses `evil`");
    assert_refused(
        "FROM ok\nCOPY --from=late / /\nFROM ok AS late",
        2,
        "`COPY --from` uses `late`",
    );
    let pinned = format!("FROM ok:1@sha256:{}", "a".repeat(64));
    assert_eq!(refused(&pinned).len(), 1);
    let given = [("V".to_string(), "evil".to_string())];
    let file = parse_with("ARG V=ok\nFROM $V", &given).unwrap();
    assert_eq!(refusals(&file, &allowed).len(), 1);
}

#[test]
fn what_hangs_on_an_unknown_variable_is_refused() {
    assert_refused("FROM $X", 1, "`FROM` depends on `X`, which has no value");
    assert_refused(
        "FROM ok:${X}",
        1,
        "`FROM` depends on `X`, which has no value",
    );
    assert_refused(
        "FROM ok\nCOPY --from=$X / /",
        2,
        "`COPY --from` depends on a variable: `$X`",
    );
    let add = "`ADD` depends on a variable without a known value: `$X`";
    assert_refused("FROM ok\nADD $X /", 2, add);
    assert_refused("FROM ok\nARG X\nADD $X /", 3, add);
    assert_refused(
        "FROM ok\nRUN --mount=type=$X,target=/x y",
        2,
        "`RUN --mount` takes its type or source from a variable",
    );
}

#[test]
fn add_reaches_no_network_by_any_spelling() {
    for text in [
        "FROM ok\nADD http://e/x /",
        "FROM ok\nADD a HTTPS://e/x /",
        "FROM ok\nADD [\"http://e/x\", \"/\"]",
        "FROM ok\nADD \"http://e/x\" /",
        "FROM ok\nADD h\\ttp://e/x /",
        "FROM ok\nADD \\\n# why\n  http://e/x /",
        "FROM ok\nADD git@e:x /",
        "FROM ok\nADD git://e/x /",
        "FROM ok\nONBUILD ADD http://e/x /",
        "FROM ok\nADD --chown=1 http://e/x /",
    ] {
        assert_eq!(refused(text).len(), 1, "{text}");
        assert_eq!(refused(text)[0].0, 2, "{text}");
    }
    for text in [
        "FROM ok\nARG X=http://e/x\nADD $X /",
        "FROM ok\nENV A=http B=e\nADD ${A}://x /",
        "ARG X=http://e/x\nFROM ok\nARG X\nADD $X /",
        "FROM ok AS a\nENV X=http://e/x\nFROM a\nADD $X /",
        "FROM ok\nADD ${NO:-http://e/x} /",
    ] {
        assert_eq!(refused(text).len(), 1, "{text}");
    }
}

#[test]
fn steps_get_no_rights_secrets_or_host_network() {
    assert_refused(
        "FROM ok\nRUN --network=host x",
        2,
        "`RUN` asks for `--network=host`",
    );
    assert_refused(
        "FROM ok\nRUN --security=insecure x",
        2,
        "`RUN` asks for `--security=insecure`",
    );
    assert_refused(
        "FROM ok\nRUN --network=\"ho\"st x",
        2,
        "`RUN` asks for `--network=host`",
    );
    assert_refused(
        "FROM ok\nRUN --mount=type=secret,id=x y",
        2,
        "`RUN --mount=type=secret`",
    );
    assert_refused(
        "FROM ok\nRUN --mount=id=x,TYPE=SSH y",
        2,
        "`RUN --mount=type=ssh`",
    );
    assert_refused(
        "FROM ok\nONBUILD RUN --network=host x",
        2,
        "`RUN` asks for `--network=host`",
    );
}

#[test]
fn a_foreign_frontend_is_refused_in_every_form() {
    for text in [
        "# syntax=evil/x\nFROM ok",
        "#!x\n# syntax=evil/x\nFROM ok",
        "# a=b\n# syntax=evil/x\nFROM ok",
    ] {
        assert_eq!(refused(text).len(), 1, "{text}");
    }
    assert_eq!(
        refused("# syntax=docker/dockerfile:1\n# syntax=evil/x\nFROM ok").len(),
        1
    );
}

#[test]
fn what_builders_read_differently_is_refused() {
    for text in [
        "FROM ok\nRUN cat << EOF\nADD http://e /\nEOF\n",
        "# check=skip=all\n# escape=`\nFROM ok",
        "FROM ok\nADD a\u{b}b /",
        "FROM ok\nRUN --mount=type=cache,target=/\u{e0}--network=host x",
        "FROM ok\nADD --chown=\u{e0}http://e a /x",
        "FROM ok\nONBUILD RUN --mount=type=cache,target=/\u{e0}--network=host x",
    ] {
        assert_eq!(refused(text).len(), 1, "{text}");
    }
}

#[test]
fn another_architecture_is_only_a_note() {
    let file = parse(
        "FROM --platform=linux/arm64 ok\nFROM --platform=linux/amd64 ok\nFROM --platform=$X ok",
    )
    .unwrap();
    let said: Vec<_> = notes(&file, "amd64")
        .into_iter()
        .map(|note| (note.line, note.what))
        .collect();
    assert_eq!(
        said,
        [(
            1,
            "`FROM` asks for `linux/arm64`, this engine is `amd64`".to_string()
        )]
    );
}
