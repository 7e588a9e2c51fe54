//! A bench for tests on the real engine: a small image of our own, and no trace of either afterwards.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::{ContainerSpec, DialHelper, Engine, Network, Run};

/// The image all tests of this process share, by tag.
static IMAGE: OnceLock<String> = OnceLock::new();

/// How long a condition may take to come true on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// `sh -c SCRIPT`, as arguments.
pub(super) fn sh(script: &str) -> Vec<String> {
    ["sh", "-c", script].map(str::to_owned).to_vec()
}

/// One test's connection, run and containers; dropping it removes what the run made.
pub(super) struct Bench {
    pub(super) engine: Engine,
    pub(super) run: Run,
    pub(super) image: String,
    pub(super) folder: tempfile::TempDir,
}

impl Bench {
    pub(super) async fn new() -> Self {
        let engine = Engine::connect(None).await.expect("an engine to test with");
        let folder = tempfile::tempdir().expect("a folder");
        let run = Run::with_records(folder.path().join("runs"));
        let image = image(&engine).await;
        Self {
            engine,
            run,
            image,
            folder,
        }
    }

    pub(super) fn spec(&self, command: &[String]) -> ContainerSpec {
        ContainerSpec {
            command: Some(command.to_vec()),
            labels: self.run.labels(),
            stop_timeout: Some(0),
            ..ContainerSpec::of(&self.image)
        }
    }

    pub(super) fn helper(&self) -> DialHelper {
        DialHelper {
            image: self.image.clone(),
            labels: self.run.labels(),
            timeout: Duration::from_secs(5),
        }
    }

    /// A running container with no network.
    pub(super) async fn start(&self, command: &[String]) -> String {
        self.started(&self.spec(command)).await
    }

    /// A running container on the default bridge.
    pub(super) async fn start_on_bridge(&self, command: &[String]) -> String {
        self.started(&ContainerSpec {
            network: Network::Bridge,
            ..self.spec(command)
        })
        .await
    }

    async fn started(&self, spec: &ContainerSpec) -> String {
        let id = self.engine.create(spec).await.expect("a container");
        self.engine.start(&id).await.expect("a started container");
        id
    }

    /// A container whose command has ended well.
    pub(super) async fn finished(&self, command: &[String]) -> String {
        let id = self.start(command).await;
        assert_eq!(
            self.engine.wait(&id, PATIENCE).await.expect("an end"),
            Some(0)
        );
        id
    }

    /// A context of these files, packed.
    pub(super) fn context(&self, files: &[(&str, &str)]) -> PathBuf {
        let path = self
            .folder
            .path()
            .join(format!("{}.tar", rand::random::<u32>()));
        let mut tar = tar::Builder::new(std::fs::File::create(&path).expect("a file"));
        for (name, content) in files {
            let content = content.replace("BASE", &self.image);
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            header.set_size(content.len() as u64);
            tar.append_data(&mut header, name, content.as_bytes())
                .expect("an entry");
        }
        tar.finish().expect("an archive");
        path
    }

    /// Waits for a condition to come true.
    pub(super) async fn until(&self, mut holds: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds().await {
            assert!(Instant::now() < deadline, "the condition never came true");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(super) async fn assert_no_containers(&self) {
        let gone = async || {
            self.engine
                .owned(&self.run.filter())
                .await
                .expect("a list")
                .containers
                .is_empty()
        };
        self.until(gone).await;
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let (engine, run) = (self.engine.clone(), self.run.clone());
        // A test's runtime is about to end: tidy up on one of our own.
        let tidy = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let owned = engine.owned(&run.filter()).await.expect("a list");
                engine.remove_owned(&owned).await.expect("a clean engine");
            });
        });
        if tidy.join().is_err() && !std::thread::panicking() {
            panic!("the test left something behind");
        }
    }
}

/// A busybox image made of Debian's static package, loaded once and kept: it is small, and the next test run
/// needs it again.
async fn image(engine: &Engine) -> String {
    const TAG: &str = "sealegs-test/busybox:engine";
    static LOADING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    if let Some(tag) = IMAGE.get() {
        return tag.clone();
    }
    let _one_at_a_time = LOADING.lock().await;
    if engine.image(TAG).await.expect("an answer").is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let archive = busybox_archive(folder.path(), TAG);
        engine.load(&archive).await.expect("a loaded image");
    }
    IMAGE.get_or_init(|| TAG.to_owned()).clone()
}

fn busybox_archive(folder: &std::path::Path, tag: &str) -> PathBuf {
    let script = "get() { apt-get download busybox-static >/dev/null 2>&1; }; { get || { apt-get update -q >/dev/null 2>&1; get; }; } && dpkg-deb --fsys-tarfile busybox-static*.deb \
                  | tar -x ./bin/busybox && mkdir -p root/bin root/etc root/tmp && cp bin/busybox root/bin/ \
                  && for a in $(bin/busybox --list); do [ $a = busybox ] || ln -s busybox root/bin/$a; done \
                  && echo root:x:0:0::/:/bin/sh > root/etc/passwd && tar -C root -cf layer.tar .";
    let made = Command::new("sh")
        .args(["-ec", script])
        .current_dir(folder)
        .status()
        .expect("a shell");
    assert!(
        made.success(),
        "the package `busybox-static` could not be fetched"
    );
    let layer = std::fs::read(folder.join("layer.tar")).expect("a layer");
    let diff_id = super::endpoint::hex(&<sha2::Sha256 as sha2::Digest>::digest(&layer));
    let config = serde_json::json!({
        "architecture": "amd64", "os": "linux",
        "config": {"Cmd": ["sh"], "Env": ["PATH=/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{diff_id}")]},
        "history": [{"created_by": "busybox"}],
    });
    let manifest =
        serde_json::json!([{"Config": "config.json", "RepoTags": [tag], "Layers": ["layer.tar"]}]);
    std::fs::write(folder.join("config.json"), config.to_string()).expect("a file");
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).expect("a file");
    let archive = folder.join("image.tar");
    let packed = Command::new("tar")
        .args([
            "-cf",
            "image.tar",
            "config.json",
            "layer.tar",
            "manifest.json",
        ])
        .current_dir(folder)
        .status();
    assert!(packed.expect("tar").success());
    archive
}
