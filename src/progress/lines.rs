//! Progress as lines of JSON, each whole by itself: damage to one leaves the others readable.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::ProgressError;
use super::model::{Progress, Workspace};

/// The version of the lines below. A newer program that needs other ones counts it up.
const VERSION: u32 = 1;

/// Names and times longer than this are not ours.
const LONGEST: usize = 4096;

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    /// The first line.
    Progress { version: u32, course: String },
    /// The lesson the learner is at.
    Current { lesson: String },
    Lesson {
        lesson: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workspace: Option<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        made: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skipped: Option<String>,
    },
    Task {
        lesson: String,
        task: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passed: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        hints: Vec<String>,
    },
}

/// What a file gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What could be read.
    pub progress: Progress,
    /// The course it belongs to, where its first line says so.
    pub course: Option<String>,
    /// Lines that could not be read.
    pub unreadable: usize,
}

impl Reading {
    /// Whether anything was lost.
    pub fn is_whole(&self) -> bool {
        self.unreadable == 0 && self.course.is_some()
    }
}

/// A progress as the text of its file.
pub fn written(progress: &Progress, course: &str) -> String {
    let mut out = String::new();
    let mut put = |line: Line| {
        out.push_str(&serde_json::to_string(&line).expect("a line has only string keys"));
        out.push('\n');
    };
    put(Line::Progress {
        version: VERSION,
        course: course.to_owned(),
    });
    for (id, it) in &progress.lessons {
        let folder = it.workspace.as_ref();
        put(Line::Lesson {
            lesson: id.clone(),
            workspace: folder.and_then(|it| it.folder.to_str().map(str::to_owned)),
            made: folder.is_some_and(|it| it.made),
            skipped: it.skipped.clone(),
        });
        for (task, it) in &it.tasks {
            put(Line::Task {
                lesson: id.clone(),
                task: task.clone(),
                passed: it.passed.clone(),
                hints: it.hints.clone(),
            });
        }
    }
    if let Some(lesson) = &progress.current {
        put(Line::Current {
            lesson: lesson.clone(),
        });
    }
    out
}

/// Reads what can be read of a file.
///
/// # Errors
/// It says that it is of a newer version: it must not be written over.
pub fn read(bytes: &[u8]) -> Result<Reading, ProgressError> {
    let mut reading = Reading::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(line) {
            Ok(Line::Progress { version, .. }) if version > VERSION => {
                return Err(ProgressError::Newer { version });
            }
            Ok(line) if sound(&line) => take(&mut reading, line),
            _ => match newer(line) {
                Some(version) => return Err(ProgressError::Newer { version }),
                None => reading.unreadable += 1,
            },
        }
    }
    Ok(reading)
}

/// The version of a first line that has more in it than we know.
fn newer(line: &[u8]) -> Option<u32> {
    let line: serde_json::Value = serde_json::from_slice(line).ok()?;
    let version = u32::try_from(line.get("version")?.as_u64()?).ok()?;
    (line.get("is")? == "progress" && version > VERSION).then_some(version)
}

fn sound(line: &Line) -> bool {
    let short = |text: &String| text.len() <= LONGEST;
    let maybe = |text: &Option<String>| text.as_ref().is_none_or(short);
    match line {
        Line::Progress { course, .. } => short(course),
        Line::Current { lesson } => short(lesson),
        Line::Lesson {
            lesson,
            workspace,
            skipped,
            ..
        } => short(lesson) && maybe(workspace) && maybe(skipped),
        Line::Task {
            lesson,
            task,
            passed,
            hints,
        } => short(lesson) && short(task) && maybe(passed) && hints.iter().all(short),
    }
}

fn take(reading: &mut Reading, line: Line) {
    let progress = &mut reading.progress;
    match line {
        Line::Progress { course, .. } => reading.course = Some(course),
        Line::Current { lesson } => progress.current = Some(lesson),
        Line::Lesson {
            lesson,
            workspace,
            made,
            skipped,
        } => {
            let it = progress.lesson_mut(&lesson);
            it.workspace = workspace.map(|folder| Workspace {
                folder: PathBuf::from(folder),
                made,
            });
            it.skipped = skipped;
        }
        Line::Task {
            lesson,
            task,
            passed,
            hints,
        } => {
            let it = progress.lesson_mut(&lesson).tasks.entry(task).or_default();
            it.passed = it.passed.take().or(passed);
            it.hints = hints;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Progress {
        let mut progress = Progress::default();
        progress.work_in(
            "ports",
            Workspace {
                folder: "/w/ports".into(),
                made: true,
            },
        );
        progress.pass("ports", "publish", "2026-01-01T00:00:00Z");
        let task = progress.lesson_mut("ports").tasks.entry("b".into());
        task.or_default().hinted("a hint");
        progress.lesson_mut("env").skipped = Some("2026-01-02T00:00:00Z".into());
        progress
    }

    #[test]
    fn what_is_written_reads_back() {
        let reading = read(written(&some(), "c").as_bytes()).unwrap();
        assert!(reading.is_whole());
        assert_eq!(reading.progress, some());
        assert_eq!(reading.course.as_deref(), Some("c"));
    }

    #[test]
    fn a_file_cut_anywhere_keeps_all_lines_before_the_cut() {
        let text = written(&some(), "c");
        for end in 0..text.len() {
            let reading = read(&text.as_bytes()[..end]).unwrap();
            let whole = text[..end].matches('\n').count();
            assert!(reading.unreadable <= 1, "cut at {end}");
            if whole > 2 {
                assert!(reading.progress.has_passed("ports", "publish"), "{end}");
            }
        }
    }

    #[test]
    fn garbage_in_the_middle_costs_no_other_line() {
        let text = written(&some(), "c").replace("\"b\"", "\u{0}\u{0}");
        let mut bytes = text.into_bytes();
        bytes.extend([0xff, 0xfe, b'\n']);
        let reading = read(&bytes).unwrap();
        assert_eq!(reading.unreadable, 2);
        assert!(reading.progress.has_passed("ports", "publish"));
        assert!(reading.progress.is_skipped("env"));
    }

    #[test]
    fn a_newer_version_is_left_alone_whatever_else_it_says() {
        let line = br#"{"is":"progress","version":2,"course":"c","cohort":"x"}"#;
        let newer = Err(ProgressError::Newer { version: 2 });
        assert_eq!(read(line), newer);
        assert_eq!(
            read(b"{\"is\":\"progress\",\"version\":2,\"course\":\"c\"}"),
            newer
        );
    }
}
