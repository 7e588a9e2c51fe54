//! Prepares what tasks look at: each build once, each container once, however many tasks share it.

use crate::checks::{self, BuildPlan, Built, Nonce, Rig, Scene, Started, Trouble};
use crate::course::{BuildWith, ContainerWith, CourseImage, Task, With};
use crate::engine::NetworkSpec;
use crate::failure::Failure;
use crate::images;
use crate::outcome::{Cause, ImageSeen};
use crate::text::tick;
use crate::workspace::Listing;

use super::{Order, Progress};

/// The builds of a submission, thought through, in the order of the tasks that want them.
pub(super) struct Plans<'a>(Vec<(BuildWith, Result<BuildPlan<'a>, Trouble>)>);

impl<'a> Plans<'a> {
    pub(super) fn of(
        listing: &'a Listing,
        tasks: &[Task],
        course: &[CourseImage],
        nonce: &Nonce,
    ) -> Self {
        let mut plans: Vec<(BuildWith, _)> = Vec::new();
        for with in tasks.iter().filter_map(|task| task.with.build.as_ref()) {
            if !plans.iter().any(|(known, _)| known == with) {
                plans.push((with.clone(), checks::plan(listing, with, course, nonce)));
            }
        }
        Self(plans)
    }

    /// Gets the images that are missing; a plan whose image cannot be had becomes an `error`.
    pub(super) async fn get_images(
        &mut self,
        rig: &Rig<'_>,
        order: &Order<'_>,
        on: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Vec<ImageSeen>, Failure> {
        let mut seen: Vec<ImageSeen> = Vec::new();
        let on_image = |notice| on(Progress::Image(notice));
        for (_, plan) in &mut self.0 {
            let Ok(built) = plan else { continue };
            let mut lost = None;
            for name in &built.images {
                if seen.iter().any(|image| image.name == *name) {
                    continue;
                }
                match images::ensure(rig.engine, order.depot, name, &on_image).await {
                    Ok(image) => seen.push(image),
                    Err(failure) => {
                        lost = Some(missing(name, failure)?);
                        break;
                    }
                }
            }
            if let Some(cause) = lost {
                *plan = Err(Trouble::Infrastructure(cause));
            }
        }
        Ok(seen)
    }

    fn get(&self, with: &BuildWith) -> Option<&Result<BuildPlan<'a>, Trouble>> {
        self.0
            .iter()
            .find(|(known, _)| known == with)
            .map(|(_, plan)| plan)
    }
}

/// Gets the image that looks into containers' networks, where a check needs it. Without it those checks say so
/// themselves.
pub(super) async fn get_helper(
    rig: &Rig<'_>,
    order: &Order<'_>,
    on: &(dyn Fn(Progress) + Send + Sync),
) -> Result<(), Failure> {
    let tasks = &order.lesson.tasks;
    if !rig.engine.needs_helper()
        || !tasks
            .iter()
            .any(|task| checks::ask_for_network(&task.checks))
    {
        return Ok(());
    }
    let on_image = |notice| on(Progress::Image(notice));
    match images::ensure(rig.engine, order.depot, &rig.helper, &on_image).await {
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        _ => Ok(()),
    }
}

/// Gets the images that checks run something in. Without them those checks say so themselves.
pub(super) async fn get_for_checks(
    rig: &Rig<'_>,
    order: &Order<'_>,
    on: &(dyn Fn(Progress) + Send + Sync),
) -> Result<(), Failure> {
    let on_image = |notice| on(Progress::Image(notice));
    for task in order.lesson.tasks.iter() {
        for name in checks::images_of(&task.checks, rig) {
            if let Err(Failure::Interrupted) =
                images::ensure(rig.engine, order.depot, name, &on_image).await
            {
                return Err(Failure::Interrupted);
            }
        }
    }
    Ok(())
}

/// Gets the images that a sandbox of this lesson offers, and those that its commands are run and looked at with.
pub(super) async fn get_for_sandbox(
    rig: &Rig<'_>,
    order: &Order<'_>,
    seen: &mut Vec<ImageSeen>,
    on: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Result<(), Trouble>, Failure> {
    let on_image = |notice| on(Progress::Image(notice));
    let ours = [images::TOOLBOX, images::HELPER];
    let names = order.lesson.images.iter().map(String::as_str).chain(ours);
    for name in names {
        if seen.iter().any(|image| image.name == name) {
            continue;
        }
        match images::ensure(rig.engine, order.depot, name, &on_image).await {
            Ok(image) => seen.push(image),
            Err(failure) => {
                return Ok(Err(Trouble::Infrastructure(missing(name, failure)?)));
            }
        }
    }
    Ok(Ok(()))
}

/// The cause of an `error` for want of an image.
fn missing(name: &str, failure: Failure) -> Result<Cause, Failure> {
    match failure {
        Failure::System(problem) | Failure::Usage(problem) => {
            let said = format!("the image {} is missing: {}", tick(name), problem.message);
            let mut cause = Cause::new(said);
            cause.help = problem.hint;
            Ok(cause)
        }
        Failure::Interrupted => Err(Failure::Interrupted),
    }
}

/// Images and containers made so far.
#[derive(Default)]
pub(super) struct Subjects {
    built: Vec<(BuildWith, Result<Built, Trouble>)>,
    started: Vec<(With, Result<Started, Trouble>)>,
}

impl Subjects {
    /// Makes what a task looks at, unless it is there already.
    pub(super) async fn prepare(&mut self, rig: &mut Rig<'_>, plans: &Plans<'_>, task: &Task) {
        let Some(with) = &task.with.build else { return };
        let Some(Ok(plan)) = plans.get(with) else {
            return;
        };
        let container = task.with.container.as_ref();
        let network = async {
            match container {
                Some(container) => private_network(rig, task, container).await,
                None => Ok(None),
            }
        };
        let image = async {
            if self.built(with).is_some() {
                return None;
            }
            let name = format!("image-{}", self.built.len() + 1);
            Some(checks::build_image(rig, plan, &name).await)
        };
        // A network is made while the image is built: neither waits for the other.
        let (network, image) = tokio::join!(network, image);
        self.built.extend(image.map(|image| (with.clone(), image)));
        let network = network.map(|made| rig.network = made.or(rig.network.take()));
        let Some(container) = container else {
            return;
        };
        if self.started.iter().any(|(known, _)| *known == task.with) {
            return;
        }
        let started = match network {
            Ok(()) => {
                let Some(Ok(built)) = self.built(with) else {
                    return;
                };
                let name = format!("container-{}", self.started.len() + 1);
                checks::start(rig, built, container, &rig.nonce(), &name).await
            }
            Err(trouble) => Err(trouble),
        };
        self.started.push((task.with.clone(), started));
    }

    fn built(&self, with: &BuildWith) -> Option<&Result<Built, Trouble>> {
        self.built
            .iter()
            .find(|(known, _)| known == with)
            .map(|(_, built)| built)
    }

    /// What the task's checks look at.
    pub(super) fn scene<'a>(
        &'a self,
        rig: &'a Rig<'a>,
        plans: &'a Plans<'a>,
        task: &Task,
    ) -> Scene<'a> {
        let plan = task.with.build.as_ref().and_then(|with| plans.get(with));
        let built = task.with.build.as_ref().and_then(|with| self.built(with));
        let started = self.started.iter().find(|(known, _)| *known == task.with);
        Scene::new(
            rig,
            plan.map(Result::as_ref),
            built.map(Result::as_ref),
            started.map(|(_, started)| started.as_ref()),
        )
    }
}

/// Makes the grade's private network, where there is none yet, a check of the task looks at ports and nothing is
/// published.
async fn private_network(
    rig: &Rig<'_>,
    task: &Task,
    container: &ContainerWith,
) -> Result<Option<String>, Trouble> {
    if rig.network.is_some()
        || !container.publish.is_empty()
        || !checks::ask_for_network(&task.checks)
    {
        return Ok(None);
    }
    let name = rig.run.name("network");
    let spec = NetworkSpec {
        name: name.clone(),
        labels: rig.run.labels(),
        internal: true,
    };
    rig.engine.create_network(&spec).await?;
    Ok(Some(name))
}
