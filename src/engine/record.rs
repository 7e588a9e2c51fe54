//! What labels cannot reach, written down: the untagged images of classic builds, one file a run.

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
    /// Image ids, oldest first.
    pub(super) images: Vec<String>,
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

    /// Adds an image to a run's record; the first one makes the file.
    pub(super) fn note(
        &self,
        run: &str,
        process: &Process,
        endpoint: &str,
        image: &str,
    ) -> Result<(), EngineError> {
        let path = self.folder.join(run);
        let mut text = String::new();
        if !path.exists() {
            fs::create_dir_all(&self.folder)
                .map_err(|error| EngineError::file(&self.folder, &error))?;
            let Process {
                host,
                boot,
                pid,
                start,
            } = process;
            text =
                format!("host {host}\nboot {boot}\npid {pid}\nstart {start}\nengine {endpoint}\n");
        }
        text.push_str(&format!("image {image}\n"));
        fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| EngineError::file(&path, &error))
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
        records.note("r1", &process, "unix:///x", "aa").unwrap();
        records.note("r1", &process, "unix:///x", "bb").unwrap();
        let record = Record {
            run: "r1".into(),
            process,
            endpoint: "unix:///x".into(),
            images: vec!["aa".into(), "bb".into()],
        };
        assert_eq!(records.all().unwrap(), [record]);
        records.end("r1").unwrap();
        records.end("r1").unwrap();
        assert_eq!(records.all().unwrap(), []);
    }
}
