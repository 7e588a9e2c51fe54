//! What the engine says of itself.

use hyper::Method;
use hyper::header::{self, HeaderValue};
use serde_json::{Value, json};

use super::Server;
use super::answer::{self, Answered};
use super::ask::{Ask, Word};
use super::serve::Asked;
use super::stream;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::route::OLDEST;

/// The fields of `docker info` that tell of the engine and not of what others do on it.
const INFO: [&str; 43] = [
    "ID",
    "Driver",
    "DriverStatus",
    "Plugins",
    "MemoryLimit",
    "SwapLimit",
    "KernelMemory",
    "KernelMemoryTCP",
    "CpuCfsPeriod",
    "CpuCfsQuota",
    "CPUShares",
    "CPUSet",
    "PidsLimit",
    "IPv4Forwarding",
    "BridgeNfIptables",
    "BridgeNfIp6tables",
    "Debug",
    "OomKillDisable",
    "SystemTime",
    "LoggingDriver",
    "CgroupDriver",
    "CgroupVersion",
    "KernelVersion",
    "OperatingSystem",
    "OSVersion",
    "OSType",
    "Architecture",
    "IndexServerAddress",
    "NCPU",
    "MemTotal",
    "DockerRootDir",
    "Name",
    "ExperimentalBuild",
    "ServerVersion",
    "Runtimes",
    "DefaultRuntime",
    "LiveRestoreEnabled",
    "Isolation",
    "InitBinary",
    "ContainerdCommit",
    "RuncCommit",
    "InitCommit",
    "SecurityOptions",
];

impl Server {
    pub(super) fn ping(&self, asked: &Asked<'_>) -> Answered {
        let mut response = answer::status(200);
        let headers = response.headers_mut();
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, text);
        let fresh = HeaderValue::from_static("no-cache, no-store, must-revalidate");
        headers.insert(header::CACHE_CONTROL, fresh);
        headers.insert("pragma", HeaderValue::from_static("no-cache"));
        headers.insert("swarm", HeaderValue::from_static("inactive"));
        if let Ok(builder) = HeaderValue::from_str(&self.builder) {
            headers.insert("builder-version", builder);
        }
        if asked.request.method() == Method::GET {
            *response.body_mut() = stream::whole("OK");
        }
        response
    }

    pub(super) async fn version(&self, asked: Asked<'_>) -> Result<Answered, Refusal> {
        let reply = self
            .send(Ask::get(&[Word::Is("version")]).version(asked.version))
            .await?;
        let (newest, oldest) = (self.version.to_string(), OLDEST.to_string());
        self.shown_after(asked.seat, reply, |value| {
            let components = value["Components"].as_array_mut();
            let engine = components
                .into_iter()
                .flatten()
                .find(|part| part["Name"] == "Engine");
            if let Some(engine) = engine {
                engine["Details"]["ApiVersion"] = json!(newest);
                engine["Details"]["MinAPIVersion"] = json!(oldest);
            }
            value["ApiVersion"] = json!(newest);
            value["MinAPIVersion"] = json!(oldest);
        })
        .await
    }

    pub(super) async fn info(&self, asked: Asked<'_>) -> Result<Answered, Refusal> {
        let reply = self
            .send(Ask::get(&[Word::Is("info")]).version(asked.version))
            .await?;
        let containers = self.containers().await?;
        let images = self.own_images().await?;
        let state = |wanted: &str| {
            let matching = containers.iter().filter(|one| one.state == wanted);
            matching.count()
        };
        let (running, paused) = (state("running"), state("paused"));
        self.shown_after(asked.seat, reply, |value| {
            let mut shown = serde_json::Map::new();
            shown.insert("Containers".into(), json!(containers.len()));
            shown.insert("ContainersRunning".into(), json!(running));
            shown.insert("ContainersPaused".into(), json!(paused));
            shown.insert(
                "ContainersStopped".into(),
                json!(containers.len() - running - paused),
            );
            shown.insert("Images".into(), json!(images.len()));
            if let Value::Object(map) = value {
                let known = std::mem::take(map)
                    .into_iter()
                    .filter(|(key, _)| INFO.contains(&key.as_str()));
                shown.extend(known);
            }
            shown.insert("Swarm".into(), json!({"LocalNodeState": "inactive"}));
            shown.insert("Warnings".into(), Value::Null);
            *value = Value::Object(shown);
        })
        .await
    }
}
