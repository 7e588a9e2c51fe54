//! How much room the engine's disk has.

use std::time::Duration;

use super::{ContainerSpec, Engine, EngineError};

/// `df` answers at once; the container that asks needs a moment.
const LIMIT: Duration = Duration::from_secs(20);

impl Engine {
    /// Free bytes on the engine's disk, without asking it; `None` where that is not a disk of this machine.
    pub fn free_disk(&self) -> Option<u64> {
        let info = self.info();
        if !info.same_machine || info.root_dir.is_empty() {
            return None;
        }
        let disk = rustix::fs::statvfs(&info.root_dir).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Free bytes on the engine's disk, asked of `df` in a container of `spec`, wherever the engine is; `None` where its
    /// answer makes no sense.
    pub async fn free_disk_inside(&self, spec: &ContainerSpec) -> Result<Option<u64>, EngineError> {
        let words = ["df", "-P", "-k", "/"].map(str::to_owned);
        let spec = ContainerSpec {
            entrypoint: Some(Vec::new()),
            command: Some(words.to_vec()),
            ..spec.clone()
        };
        let report = self.run(&spec, None, LIMIT, 4096).await?;
        Ok(available(&report.stdout))
    }
}

/// The fourth column of POSIX `df -P -k`, in bytes.
fn available(table: &str) -> Option<u64> {
    let row = table.lines().nth(1)?;
    let kib: u64 = row.split_whitespace().nth(3)?.parse().ok()?;
    Some(kib.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    #[tokio::test]
    async fn a_container_sees_the_room_of_the_engines_disk() {
        let bench = Bench::new().await;
        let inside = bench.engine.free_disk_inside(&bench.spec(&[])).await;
        let inside = inside.unwrap().unwrap();
        assert!(inside > 0);
        if let Some(outside) = bench.engine.free_disk() {
            // The same disk, while others write to it.
            assert!(outside.abs_diff(inside) < 8 << 30, "{outside} {inside}");
        }
    }

    #[test]
    fn the_fourth_column_is_what_is_available() {
        let table =
            "Filesystem 1024-blocks Used Available Capacity Mounted on\noverlay 100 40 60 40% /\n";
        assert_eq!(available(table), Some(60 << 10));
        assert_eq!(available("df: not found\n"), None);
    }
}
