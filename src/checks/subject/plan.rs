//! A build thought through before anything is sent: what is refused, which images it needs, which builder it takes.

use std::ops::Range;

use crate::course::{BuildWith, CourseImage};
use crate::dockerfile::{self, BaseKind, Body, Dockerfile, Need, Refusal, Transfer, reference};
use crate::engine::{Builder, EngineInfo, Product};
use crate::outcome::{Cause, Place};
use crate::text::{count, tick};
use crate::workspace::{Context, ContextFault, Listing};

use super::Trouble;
use crate::checks::nonce::Nonce;

/// A build of a submission that nothing speaks against.
pub struct BuildPlan<'a> {
    /// What is sent.
    pub context: Context<'a>,
    /// The Dockerfile as the learner wrote it, parsed.
    pub file: Dockerfile,
    /// The Dockerfile as it is sent: no `# syntax=`, course images under the name they have here.
    pub text: String,
    /// The course images it starts from or copies from, by the course's own names.
    pub images: Vec<String>,
    /// How the course says to build it.
    pub with: BuildWith,
}

/// The first Engine whose own default is BuildKit; older ones build with the classic builder, which honours limits,
/// unless it cannot.
const BUILDKIT_FROM: u32 = 23;

/// Thinks a build through.
///
/// # Errors
/// No Dockerfile, one that cannot be read, or something that is refused: the submission's. An unreadable file: not.
pub fn plan<'a>(
    listing: &'a Listing,
    with: &BuildWith,
    course: &[CourseImage],
    nonce: &Nonce,
) -> Result<BuildPlan<'a>, Trouble> {
    let mut with = with.clone();
    with.args
        .values_mut()
        .for_each(|value| *value = nonce.expand(value));
    let context = Context::of(listing, &with.context.0, &with.dockerfile.0).map_err(no_context)?;
    let written = context.dockerfile_text();
    let path = context.dockerfile_in_submission();
    let args: Vec<(String, String)> = with
        .args
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let file = dockerfile::parse_with(written, &args).map_err(|fault| {
        let said = format!("the Dockerfile cannot be read: {}", fault.message);
        let mut cause = Cause::new(said).see("docker build .");
        cause.place = Some(place(&path, written, fault.line));
        Trouble::Submission(cause)
    })?;
    let allowed = |name: &str| course_name(course, name).is_some();
    if let [first, rest @ ..] = dockerfile::refusals(&file, &allowed).as_slice() {
        return Err(Trouble::Submission(refusal(
            first, rest, &path, written, course,
        )));
    }
    let text = under_course_names(&Dockerfile::without_syntax(written), &file, course);
    let mut images: Vec<String> = file
        .images()
        .iter()
        .filter_map(|name| course_name(course, name).map(str::to_owned))
        .collect();
    images.sort();
    images.dedup();
    Ok(BuildPlan {
        file,
        text,
        images,
        with,
        context,
    })
}

impl BuildPlan<'_> {
    /// Which builder it takes on this engine.
    ///
    /// # Errors
    /// It needs more than this engine's builders know: not the submission's fault.
    pub fn builder(&self, engine: &EngineInfo) -> Result<Builder, Trouble> {
        if engine.product == Product::Podman {
            return Ok(Builder::Classic);
        }
        let needs = self.file.needs_buildkit();
        if let Some(Need { line, what, since }) = needs
            .iter()
            .find(|need| need.since.version() > engine.release())
        {
            let said = format!(
                "this engine's builder is too old for {what} on line {line}: it needs {since}, this is {}",
                engine.version
            );
            return Err(Trouble::Infrastructure(
                Cause::new(said).help(format!("grade on {since} or newer")),
            ));
        }
        if engine.major >= BUILDKIT_FROM {
            return Ok(Builder::BuildKit);
        }
        match needs.is_empty() {
            true => Ok(Builder::Classic),
            false => Ok(Builder::BuildKit),
        }
    }

    /// A line of the learner's Dockerfile as a place in the submission.
    pub fn place(&self, line: u32) -> Place {
        place(
            &self.context.dockerfile_in_submission(),
            self.context.dockerfile_text(),
            line,
        )
    }
}

fn no_context(fault: ContextFault) -> Trouble {
    match fault {
        ContextFault::NoDockerfile { path } => {
            let cause = Cause::new(format!("there is no {}", tick(&path)));
            let help = format!("write it to {}, with a capital D", tick(&path));
            Trouble::Submission(match path.ends_with("Dockerfile") {
                true => cause.help(help),
                false => cause.help(format!("write it to {}", tick(&path))),
            })
        }
        ContextFault::Refused(problem) => {
            let mut cause = Cause::new(problem.message);
            cause.help = problem.hint;
            Trouble::Submission(cause)
        }
        ContextFault::Unreadable(error) => Trouble::Infrastructure(Cause::new(error.to_string())),
    }
}

fn refusal(
    first: &Refusal,
    rest: &[Refusal],
    path: &str,
    text: &str,
    course: &[CourseImage],
) -> Cause {
    let more = match rest.len() {
        0 => String::new(),
        n => format!(" (and {})", count(n, "more refusal")),
    };
    let names: Vec<&str> = course.iter().map(|image| image.name.as_str()).collect();
    let mut cause = Cause::new(format!("{}: {}{more}", first.what, first.why));
    cause.place = Some(place(path, text, first.line));
    cause.help = Some(match first.instead.is_empty() {
        true => format!("the course's images are {}", crate::text::list(&names)),
        false => first.instead.clone(),
    });
    cause
}

fn place(file: &str, text: &str, line: u32) -> Place {
    let index = (line as usize).saturating_sub(1);
    let text = text
        .lines()
        .nth(index)
        .unwrap_or_default()
        .trim_end()
        .to_owned();
    Place {
        file: file.to_owned(),
        line,
        text,
    }
}

/// The course's own name of an image that a learner may know by another tag.
pub(crate) fn course_name<'a>(course: &'a [CourseImage], written: &str) -> Option<&'a str> {
    course
        .iter()
        .find(|image| {
            std::iter::once(&image.name)
                .chain(&image.aliases)
                .any(|name| reference::same(name, written))
        })
        .map(|image| image.name.as_str())
}

/// Puts the course's own names into FROM lines that use an alias, so that one image serves all its tags. Line
/// numbers stay.
fn under_course_names(text: &str, file: &Dockerfile, course: &[CourseImage]) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let mut put =
        |first: u32, last: u32, written: &str, find: &dyn Fn(&str) -> Option<Range<usize>>| {
            let Some(name) =
                course_name(course, written).filter(|name| !reference::same(name, written))
            else {
                return;
            };
            let span = (first as usize).saturating_sub(1)..(last as usize).min(lines.len());
            for line in lines.get_mut(span).into_iter().flatten() {
                if let Some(range) = find(line) {
                    line.replace_range(range, name);
                }
            }
        };
    for stage in &file.stages {
        if let BaseKind::Image(written) = &stage.base.image {
            put(stage.line, stage.line, written, &base_word);
        }
        for instruction in &stage.instructions {
            if let Body::Copy(Transfer {
                from: Some(from), ..
            }) = &instruction.body
            {
                put(instruction.line, instruction.end_line, from, &|line| {
                    from_flag(line, from)
                });
            }
        }
    }
    lines.join("\n")
}

/// Where an image stands in a `--from=` flag.
fn from_flag(line: &str, image: &str) -> Option<Range<usize>> {
    let flag = format!("--from={image}");
    let start = line.find(&flag)? + "--from=".len();
    Some(start..start + image.len())
}

/// Where the image stands in a FROM line: the first word after FROM that is no flag.
fn base_word(line: &str) -> Option<Range<usize>> {
    let mut words = line.split_whitespace().map(|word| {
        let start = word.as_ptr() as usize - line.as_ptr() as usize;
        (start, word)
    });
    words
        .next()
        .filter(|(_, word)| word.eq_ignore_ascii_case("from"))?;
    let (start, word) = words.find(|(_, word)| !word.starts_with("--"))?;
    Some(start..start + word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> Vec<CourseImage> {
        vec![CourseImage {
            name: "python:3.13-slim".into(),
            aliases: vec!["python:3.13".into()],
        }]
    }

    #[test]
    fn an_alias_is_the_course_image_however_it_is_written() {
        assert_eq!(
            course_name(&course(), "docker.io/library/python:3.13"),
            Some("python:3.13-slim")
        );
        assert_eq!(course_name(&course(), "python:3.9"), None);
    }

    #[test]
    fn the_base_is_the_first_word_that_is_no_flag() {
        let line = "from --platform=linux/amd64 python:3.13 AS build";
        assert_eq!(
            base_word(line).map(|range| &line[range]),
            Some("python:3.13")
        );
        assert_eq!(base_word("RUN x"), None);
    }

    #[test]
    fn from_lines_get_the_course_name_and_keep_their_line() {
        let text = "# a\nFROM python:3.13 AS b\nFROM b\nCOPY --from=python:3.13 /a \\\n  /b\n";
        let file = dockerfile::parse(text).expect("a Dockerfile");
        let sent = under_course_names(text, &file, &course());
        let expected =
            "# a\nFROM python:3.13-slim AS b\nFROM b\nCOPY --from=python:3.13-slim /a \\\n  /b\n";
        assert_eq!(sent, expected);
    }
}
