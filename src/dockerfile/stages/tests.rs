use super::super::{parse, parse_with};
use super::*;

fn base(text: &str) -> Base {
    parse(text).unwrap().final_stage().base.clone()
}

fn image(name: &str) -> BaseKind {
    BaseKind::Image(name.to_string())
}

#[test]
fn a_base_is_an_image_a_stage_or_nothing() {
    assert_eq!(base("from nginx:1.27 as web").image, image("nginx:1.27"));
    assert_eq!(base("FROM a AS Base\nFROM base").image, BaseKind::Stage(0));
    assert_eq!(base("FROM base\nFROM b AS base").image, image("b"));
    assert_eq!(base("FROM scratch").image, BaseKind::Scratch);
    assert_eq!(
        base("FROM --platform=linux/arm64 a").platform.as_deref(),
        Some("linux/arm64")
    );
    assert_eq!(base("FROM a\nFROM 0").image, image("0"));
}

#[test]
fn arguments_before_from_fill_it_in() {
    assert_eq!(
        base("ARG V=1.2\nARG I=a:${V}\nFROM $I").image,
        image("a:1.2")
    );
    assert_eq!(base("ARG V\nFROM a:${V:-9}").image, image("a:9"));
    assert_eq!(base("ARG V=\"1\"\nFROM a:${V:+x}").image, image("a:x"));
    assert_eq!(
        base("ARG V\nFROM a:$V").image,
        BaseKind::Unresolved("V".to_string())
    );
    assert_eq!(base("FROM a:$V").base_variable(), Some("V"));
    assert_eq!(
        base("FROM a-$TARGETARCH").base_variable(),
        Some("TARGETARCH")
    );
}

impl Base {
    fn base_variable(&self) -> Option<&str> {
        match &self.image {
            BaseKind::Unresolved(name) => Some(name),
            _ => None,
        }
    }
}

#[test]
fn build_arguments_win_over_defaults_and_undeclared_ones_count_for_nothing() {
    let given = [
        ("V".to_string(), "7".to_string()),
        ("TARGETARCH".to_string(), "amd64".to_string()),
    ];
    let base = |text| {
        parse_with(text, &given)
            .unwrap()
            .final_stage()
            .base
            .image
            .clone()
    };
    assert_eq!(base("ARG V=1\nFROM a:$V"), image("a:7"));
    assert_eq!(base("FROM a:$V"), BaseKind::Unresolved("V".to_string()));
    assert_eq!(base("FROM a-$TARGETARCH"), image("a-amd64"));
}

#[test]
fn a_target_needs_the_stages_it_copies_mounts_and_builds_on() {
    let file = parse(
        "FROM a AS unused\nFROM a AS build\nFROM b AS tools\nFROM c AS base\n\
         FROM base\nCOPY --from=build /x /\nRUN --mount=from=tools,target=/t x\nFROM a AS last\nCOPY --from=0 / /\n",
    )
    .unwrap();
    assert_eq!(file.stage_closure(None), Some(vec![0, 5]));
    assert_eq!(file.stage_closure(Some("4")), Some(vec![1, 2, 3, 4]));
    assert_eq!(file.stage_closure(Some("BUILD")), Some(vec![1]));
    assert_eq!(file.stage_closure(Some("nowhere")), None);
}

#[test]
fn faults_name_their_lines() {
    for (text, line, message) in [
        ("", 1, "there is no instruction in the file"),
        (
            "# only\n\n# comments\n",
            1,
            "there is no instruction in the file",
        ),
        ("ARG A=1\n", 1, "there is no `FROM`"),
        ("\nRUN x\nFROM a", 2, "`RUN` stands before the first `FROM`"),
        (
            "FROM a\nFORM b",
            2,
            "there is no instruction `FORM`, did you mean `FROM`?",
        ),
        ("FROM", 1, "`FROM` needs at least one argument"),
        ("FROM a AS 1x", 1, "`1x` cannot be the name of a stage"),
        (
            "# escape=x\nFROM a",
            1,
            "the escape character is `x`, it can be `\\` or a backtick",
        ),
    ] {
        let fault = parse(text).unwrap_err();
        assert_eq!(
            (fault.line, fault.message.as_str()),
            (line, message),
            "{text:?}"
        );
    }
}

#[test]
fn lines_are_those_of_the_file_as_written() {
    let file = parse("# escape=`\r\nFROM a\r\n\r\nRUN x `\r\n  # c\r\n  y\r\nCMD z\r\n").unwrap();
    let lines: Vec<_> = file
        .final_stage()
        .instructions
        .iter()
        .map(|i| (i.line, i.end_line))
        .collect();
    assert_eq!(lines, [(4, 6), (7, 7)]);
    assert_eq!(file.escape, Some('`'));
}
