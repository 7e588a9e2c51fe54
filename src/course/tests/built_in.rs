//! The course in the binary.

use std::path::Path;

use crate::course::SchemaOf;
use crate::course::load::{Trust, load};
use crate::course::source::Source;

#[test]
fn the_built_in_course_has_no_faults() {
    match load(Source::built_in(), Vec::new(), Trust::None) {
        Ok(course) => assert!(!course.lessons.is_empty()),
        Err(faults) => panic!("{faults}"),
    }
}

/// An editor checks a file of the course while it is typed, given the place of its schema.
#[test]
fn every_yaml_file_of_the_course_names_its_schema() {
    let source = Source::built_in();
    for path in source.paths().filter(|path| path.ends_with(".yaml")) {
        let of = match path.split('/').collect::<Vec<_>>().as_slice() {
            ["checks", _] => SchemaOf::Checks,
            ["lessons", "course.yaml"] => SchemaOf::Course,
            ["lessons", _, "mistakes", _, "mistake.yaml"] => SchemaOf::Mistake,
            _ => continue,
        };
        let up = "../".repeat(path.matches('/').count());
        let line = format!(
            "# yaml-language-server: $schema={up}book/schema/{}",
            of.file_name()
        );
        let text = std::str::from_utf8(source.get(path).unwrap()).unwrap();
        assert_eq!(text.lines().next(), Some(line.as_str()), "{path}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/schema");
    assert!(
        SchemaOf::ALL
            .iter()
            .all(|of| folder.join(of.file_name()).is_file())
    );
}
