//! Files that a test works on.

#![allow(unreachable_pub, reason = "seen by the test files alone")]

use std::fs;
use std::path::Path;

/// Copies a folder with all that is in it.
#[allow(dead_code, reason = "not every test file needs it")]
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }
}
