//! What no label tells as ours, written down: the images of classic builds, one file a run.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::EngineError;
use super::ownership::Process;

/// The folder of run records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Records {
    folder: PathBuf,
}

/// One run's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) run: String,
    pub(super) process: Process,
    pub(super) endpoint: String,
    /// The images that the run's builds made, oldest first.
    pub(super) images: Vec<String>,
    /// Whether the run has ended and could not take all of them with it.
    pub(super) ended: bool,
}

impl Records {
    pub(super) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(super) fn usual_place() -> PathBuf {
        let state = std::env::var_os("XDG_STATE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| {
                std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"))
            })
            .unwrap_or_else(std::env::temp_dir);
        state.join("sealegs/runs")
    }

    /// Begins a run's record, unless it has one: from here on its images can be found again.
    pub(super) fn begin(
        &self,
        run: &str,
        process: &Process,
        endpoint: &str,
    ) -> Result<(), EngineError> {
        let path = self.folder.join(run);
        if path.exists() {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)
            .map_err(|error| EngineError::file(&self.folder, &error))?;
        let Process {
            host,
            boot,
            pid,
            start,
        } = process;
        let text =
            format!("host {host}\nboot {boot}\npid {pid}\nstart {start}\nengine {endpoint}\n");
        append(&path, &text)
    }

    /// Adds an image that a run's build has made to its record.
    pub(super) fn note(&self, run: &str, image: &str) -> Result<(), EngineError> {
        append(&self.folder.join(run), &format!("image {image}\n"))
    }

    /// Notes that a run has ended and that somebody else still uses an image of its.
    pub(super) fn leave(&self, run: &str) -> Result<(), EngineError> {
        append(&self.folder.join(run), "ended\n")
    }

    /// Removes a run's record, if there is one.
    pub(super) fn end(&self, run: &str) -> Result<(), EngineError> {
        let path = self.folder.join(run);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(EngineError::file(&path, &error))
            }
            _ => Ok(()),
        }
    }

    /// All records that can be read.
    pub(super) fn all(&self) -> Result<Vec<Record>, EngineError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(EngineError::file(&self.folder, &error)),
        };
        Ok(entries
            .flatten()
            .filter_map(|entry| read(&entry.path()))
            .collect())
    }
}

fn append(path: &Path, text: &str) -> Result<(), EngineError> {
    fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| EngineError::file(path, &error))
}

fn read(path: &Path) -> Option<Record> {
    let text = fs::read_to_string(path).ok()?;
    let one = |key: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(' ').map(str::to_owned))
    };
    Some(Record {
        run: path.file_name()?.to_str()?.to_owned(),
        process: Process {
            host: one("host")?,
            boot: one("boot")?,
            pid: one("pid")?.parse().ok()?,
            start: one("start")?,
        },
        endpoint: one("engine")?,
        images: text
            .lines()
            .filter_map(|line| line.strip_prefix("image ").map(str::to_owned))
            .collect(),
        ended: text.lines().any(|line| line == "ended"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back_as_it_was_noted_and_ends_cleanly() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::at(folder.path().join("runs"));
        assert_eq!(records.all().unwrap(), []);
        let process = Process {
            host: "h".into(),
            boot: "b".into(),
            pid: 7,
            start: "9".into(),
        };
        records.begin("r1", &process, "unix:///x").unwrap();
        records.begin("r1", &process, "unix:///x").unwrap();
        records.note("r1", "aa").unwrap();
        records.note("r1", "bb").unwrap();
        let record = Record {
            run: "r1".into(),
            process,
            endpoint: "unix:///x".into(),
            images: vec!["aa".into(), "bb".into()],
            ended: false,
        };
        assert_eq!(records.all().unwrap(), [record]);
        records.leave("r1").unwrap();
        assert!(records.all().unwrap()[0].ended);
        records.end("r1").unwrap();
        records.end("r1").unwrap();
        assert_eq!(records.all().unwrap(), []);
    }
}
