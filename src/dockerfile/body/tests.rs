use super::super::lines;
use super::*;

fn read(text: &str) -> Result<Instruction, ParseFault> {
    instruction(&lines::join(text, '\\').unwrap()[0], '\\')
}

fn body(text: &str) -> Body {
    read(text).unwrap().body
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let (Body::Env(pairs) | Body::Label(pairs)) = body(text) else {
        panic!("no pairs")
    };
    pairs
        .into_iter()
        .map(|pair| (pair.name, pair.value))
        .collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_string(), value.to_string())
}

#[test]
fn environment_and_labels_are_pairs_in_both_spellings() {
    assert_eq!(
        pairs("ENV A=1 B=\"two words\" C=it\\'s\\ ok D="),
        [
            pair("A", "1"),
            pair("B", "two words"),
            pair("C", "it's ok"),
            pair("D", "")
        ]
    );
    assert_eq!(pairs("ENV A  b c=d"), [pair("A", "b c=d")]);
    assert_eq!(pairs("LABEL \"com.x\"=\"a=$B\""), [pair("com.x", "a=$B")]);
    assert_eq!(
        read("ENV A").unwrap_err().message,
        "`ENV` needs a name and a value"
    );
    assert_eq!(
        read("ENV A=1 b").unwrap_err().message,
        "`ENV` has `b` where a `name=value` belongs"
    );
}

#[test]
fn commands_know_their_form() {
    for (text, form) in [
        ("CMD [\"a\", \"b\"]", Form::Exec),
        ("CMD a b", Form::Shell),
        ("CMD ['a']", Form::Shell),
        ("CMD", Form::Shell),
        ("CMD []", Form::Exec),
        ("ENTRYPOINT [\"a\"]", Form::Exec),
        ("RUN [ -e x ]", Form::Shell),
        ("RUN [[ -e x ]]", Form::Shell),
        ("HEALTHCHECK --interval=1s CMD [\"a\"]", Form::Exec),
        ("healthcheck cmd curl x", Form::Shell),
        ("HEALTHCHECK NONE", Form::NotApplicable),
    ] {
        assert_eq!(read(text).unwrap().form, form, "{text}");
    }
    assert_eq!(
        body("HEALTHCHECK --retries=2 CMD a || exit 1"),
        Body::Healthcheck(Healthcheck::Cmd(Command::Shell("a || exit 1".to_string())))
    );
    assert_eq!(
        body("CMD [\"a\\\"b\", \"<<x\"]"),
        Body::Cmd(Command::Exec(vec!["a\"b".to_string(), "<<x".to_string()]))
    );
}

#[test]
fn run_keeps_its_text_its_mounts_and_its_here_documents() {
    let Body::Run(run) = body(
        "RUN --mount=type=cache,target=/c --network=none cat <<A && \\\n  echo \"<<B\"\nx $y\nA\n",
    ) else {
        panic!("no run")
    };
    assert_eq!(
        run.command,
        Command::Shell("cat <<A &&   echo \"<<B\"".to_string())
    );
    assert_eq!(run.script(), "cat <<A &&   echo \"<<B\"\nx $y\n");
    assert_eq!(run.mounts[0].kind, "cache");
    assert_eq!(run.network.as_deref(), Some("none"));
}

#[test]
fn copy_tells_paths_from_here_documents() {
    let Body::Copy(copy) = body("COPY --from=b a http/x \"<<E\" <<F /to/\ncontent\nF\n") else {
        panic!("no copy")
    };
    assert_eq!(copy.from.as_deref(), Some("b"));
    assert_eq!(copy.dest, "/to/");
    assert_eq!(copy.paths().collect::<Vec<_>>(), ["a", "http/x", "<<E"]);
    assert!(matches!(&copy.sources[3], Source::Heredoc(doc) if doc.content == "content\n"));
    let Body::Add(add) = body("ADD [\"a b\", \"c\", \"/to/\"]") else {
        panic!("no add")
    };
    assert_eq!(add.paths().collect::<Vec<_>>(), ["a b", "c"]);
    assert_eq!(
        read("COPY a").unwrap_err().message,
        "`COPY` needs at least two arguments"
    );
}

#[test]
fn lists_are_read_word_by_word() {
    assert_eq!(
        body("EXPOSE 80 53/udp"),
        Body::Expose(vec!["80".into(), "53/udp".into()])
    );
    assert_eq!(body("VOLUME [\"/a\"]"), Body::Volume(vec!["/a".into()]));
    assert_eq!(
        body("VOLUME /a /b"),
        Body::Volume(vec!["/a".into(), "/b".into()])
    );
    assert_eq!(
        body("SHELL [\"/bin/bash\", \"-c\"]"),
        Body::Shell(vec!["/bin/bash".into(), "-c".into()])
    );
    assert_eq!(body("USER \"app\""), Body::User("app".into()));
}

#[test]
fn onbuild_holds_an_instruction_but_not_another_onbuild() {
    let Body::Onbuild(inner) = body("ONBUILD COPY . /app") else {
        panic!("no onbuild")
    };
    assert_eq!(inner.keyword, Keyword::Copy);
    assert_eq!(
        read("ONBUILD ONBUILD RUN x").unwrap_err().message,
        "`ONBUILD` cannot stand inside `ONBUILD`"
    );
}

#[test]
fn a_slip_in_a_keyword_is_recognised() {
    assert_eq!(
        read("RUNN x").unwrap_err().message,
        "there is no instruction `RUNN`, did you mean `RUN`?"
    );
    assert_eq!(
        read("<html>").unwrap_err().message,
        "there is no instruction `<html>`"
    );
}
