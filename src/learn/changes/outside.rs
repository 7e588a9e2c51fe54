//! The engine beside the sandbox: a learner who types in another terminal works there, and nothing would tick. That is
//! told; whose container it is, and which, is nobody's business here.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, sleep};

use super::Noticed;
use crate::course::CourseImage;
use crate::dockerfile::reference::same;
use crate::engine::{Engine, EngineEvent, is_own_label};
use crate::text::tick;

/// Between two tries where the engine does not answer.
const PAUSE: Duration = Duration::from_secs(2);

/// How long it is not said again.
const SAID: Duration = Duration::from_secs(20);

/// Listens to the engine itself until nobody listens any more.
pub(super) async fn watch(
    choice: Option<String>,
    lesson: String,
    images: Vec<CourseImage>,
    to: UnboundedSender<Noticed>,
) {
    let mut said: Option<Instant> = None;
    let mut lost = false;
    while !to.is_closed() {
        if let Ok(engine) = Engine::connect(choice.as_deref()).await {
            if std::mem::take(&mut lost) {
                let _ = to.send(Noticed::EngineIsBack);
            }
            let on = |event: EngineEvent| {
                let Some(image) = made_outside(&event, &images) else {
                    return;
                };
                if said.is_none_or(|said| said.elapsed() > SAID) {
                    said = Some(Instant::now());
                    let _ = to.send(Noticed::Said(mend(&lesson, image)));
                }
            };
            tokio::select! {
                _ = engine.hear(on) => {}
                () = to.closed() => return,
            }
            lost = true;
            let _ = to.send(Noticed::EngineIsGone);
        }
        sleep(PAUSE).await;
    }
}

/// The image of the course that somebody has just made a container of, beside every sandbox and run of ours.
fn made_outside<'i>(event: &EngineEvent, images: &'i [CourseImage]) -> Option<&'i str> {
    let ours = event.attributes.keys().any(|key| is_own_label(key));
    if event.action != "create" || ours {
        return None;
    }
    let written = event.attributes.get("image")?;
    let names = |image: &&CourseImage| {
        let mut names = std::iter::once(&image.name).chain(&image.aliases);
        names.any(|name| same(name, written))
    };
    images.iter().find(names).map(|image| image.name.as_str())
}

fn mend(lesson: &str, image: &str) -> String {
    let line = tick(&format!("eval \"$(sealegs sandbox env {lesson})\""));
    format!(
        "a container of {} was made outside this lesson's sandbox, where nobody looks at it. If that was you: type {line} in that terminal, and the command again",
        tick(image)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_fresh_container_of_a_course_image_that_is_not_ours_counts() {
        let images = [CourseImage {
            name: "nginx:1.26".to_owned(),
            aliases: vec!["nginx".to_owned()],
        }];
        let event = |action: &str, attributes: &[(&str, &str)]| EngineEvent {
            action: action.to_owned(),
            id: String::new(),
            attributes: attributes
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        };
        let plain = [("image", "docker.io/library/nginx"), ("name", "web")];
        let found = |event: &EngineEvent| made_outside(event, &images).map(str::to_owned);
        assert_eq!(
            found(&event("create", &plain)),
            Some("nginx:1.26".to_owned())
        );
        assert_eq!(found(&event("start", &plain)), None);
        assert_eq!(found(&event("create", &[("image", "redis:8.0")])), None);
        let ours = [("image", "nginx"), ("sealegs.run", "0123")];
        assert_eq!(found(&event("create", &ours)), None);
    }
}
