//! The course's images, which a sandbox gets under the course's names: at its beginning, and where they are pulled.

use serde_json::{Value, json};

use super::answer::{self, Answered};
use super::ask::{Ask, Word};
use super::images::{ImageName, Listed};
use super::serve::Asked;
use super::{Server, stream};
use crate::dockerfile::reference::{self, Reference};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::call::Pull;
use crate::sandbox::settings::OfferedImage;
use crate::text::tick;

impl Server {
    /// The course's image that a name means, where the course has one.
    fn offered(&self, written: &str) -> Option<&OfferedImage> {
        self.images.iter().find(|image| {
            std::iter::once(&image.name)
                .chain(&image.aliases)
                .any(|name| reference::same(name, written))
        })
    }

    /// Makes a course image the sandbox's own under the name it is called by, as a pull would; says whether it was
    /// there already.
    pub(super) async fn take_in(&self, written: &str) -> Result<TakenIn, Refusal> {
        let Some(offered) = self.offered(written) else {
            return Err(self.not_offered(written));
        };
        let base = ImageName::offered(offered);
        let id = match self.image_id(&base).await {
            Err(refusal) if refusal.status == 404 => {
                let name = base.as_str();
                return Err(Refusal::not_allowed(
                    format!("{} is not on this engine yet", tick(name)),
                    format!("get it with `sealegs images build {name}`, outside this sandbox"),
                ));
            }
            other => other?,
        };
        let own = self.engine_name(written)?;
        let was_there = self.image_id(&own).await.is_ok_and(|own| own == id);
        if !was_there {
            self.tag(&base, written).await?;
        }
        Ok(match was_there {
            true => TakenIn::WasThere,
            false => TakenIn::New,
        })
    }

    /// Takes in every image of the course that is on the engine, under the course's own name.
    pub(in crate::sandbox) async fn stock(&self) -> Result<(), Refusal> {
        let ask = Ask::get(&[Word::Is("images"), Word::Is("json")]);
        let listed: Vec<Listed> = self.fetch(ask).await?;
        let here = |wanted: &str| {
            let tags = listed
                .iter()
                .flat_map(|image| image.repo_tags.iter().flatten());
            tags.into_iter().any(|tag| reference::same(tag, wanted))
        };
        for image in self.images.iter().filter(|image| here(&image.name)) {
            self.tag(&ImageName::offered(image), &image.name).await?;
        }
        Ok(())
    }

    /// The refusal of an image from elsewhere.
    pub(super) fn not_offered(&self, written: &str) -> Refusal {
        let names: Vec<&str> = self
            .images
            .iter()
            .map(|image| image.name.as_str())
            .collect();
        Refusal::not_allowed(
            format!(
                "the image {}, which no registry is asked for",
                tick(written)
            ),
            match names.as_slice() {
                [] => "build or load it".to_owned(),
                names => format!("this course has {}", crate::text::list(names)),
            },
        )
    }

    pub(super) async fn pull(&self, pull: Pull, asked: Asked<'_>) -> Result<Answered, Refusal> {
        let Pull {
            image,
            tag,
            platform,
        } = pull;
        let image = image.trim_end_matches(':');
        let written = match tag.as_str() {
            "" => image.to_owned(),
            digest if digest.contains(':') => format!("{image}@{digest}"),
            tag => format!("{image}:{tag}"),
        };
        asked.note.object("image", written.as_str());
        let parsed = Reference::parse(&written)
            .map_err(|_| Refusal::engine(400, "invalid reference format"))?;
        if self.names.own_registry(&parsed.domain).is_some() {
            return self.pull_from_own(&written, &parsed, asked).await;
        }
        let here = format!("linux/{}", self.engine.info().arch);
        if !platform.is_empty() && platform != here && platform != "linux" {
            return Err(Refusal::not_allowed(
                format!("an image for {}", tick(&platform)),
                format!("this engine is {}", tick(&here)),
            ));
        }
        if parsed.digest.is_some() {
            return Err(Refusal::not_allowed(
                format!("pulling {} by its digest", tick(&written)),
                "the course's images are known by their tags",
            ));
        }
        let taken = self.take_in(&parsed.familiar()).await?;
        let (path, tag) = (
            parsed.path.as_str(),
            parsed.tag.as_deref().unwrap_or("latest"),
        );
        let familiar = parsed.familiar();
        let last = match taken {
            TakenIn::WasThere => format!("Status: Image is up to date for {familiar}"),
            TakenIn::New => format!("Status: Downloaded newer image for {familiar}"),
        };
        let lines = [
            json!({"status": format!("Pulling from {path}"), "id": tag}),
            json!({"status": last}),
        ];
        let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let mut response = answer::json(200, &Value::Null);
        *response.body_mut() = stream::whole(text);
        Ok(response)
    }
}

/// What came of taking an image in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TakenIn {
    /// The sandbox had it under that name.
    WasThere,
    /// It has it now.
    New,
}
